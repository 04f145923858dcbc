"""The four roles and what each may do: one table, written into Django's groups after every migration.

Whoever wants another mix makes a group of his own or gives a person single permissions; the four stay what the table
says, so that `docs/roles.md` is true of every installation.
"""

from typing import Any

from django.apps import apps as all_apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from nt24.records import action

ADMINISTRATOR, CASE_HANDLER, AUDITOR, VIEWER = "Administrator", "Case handler", "Auditor", "Viewer"

# Tables of Django's and allauth's own machinery: nobody is given anything there.
MACHINERY = ("admin", "contenttypes", "sessions", "account", "mfa", "socialaccount", "usersessions")


def may(verb: str, *models: str) -> tuple[str, ...]:
    """`may("view", "orders.order")` is `("orders.view_order",)`."""
    parts = (model.split(".") for model in models)
    return tuple(f"{app}.{verb}_{model}" for app, model in parts)


CASES = may(
    "view",
    "partners.organization",
    "partners.seller",
    "buyers.sellerbranding",
    "buyers.buyer",
    "buyers.kyc",
    "buyers.viescheck",
    "buyers.verificationsession",
    "buyers.invitation",
    "buyers.prospect",
    "orders.order",
    "orders.vehicle",
    "orders.invoice",
    "orders.payment",
    "orders.reading",
    "transport.transport",
    "transport.milestone",
    "compliance.rollup",
    "compliance.exportfile",
    "compliance.override",
    "documents.document",
    "webhooks.endpoint",
    "webhooks.message",
    "webhooks.delivery",
)
# What was proposed to a second person, and why, is inside knowledge like the trail.
TRAIL = may("view", "audit.entry", "audit.link", "audit.checkpoint", "proposals.proposal")
PERSONAL = (*may("view", "buyers.contact"), "buyers.view_personal_data")
ENTERED_BY_HAND = (
    "buyers.buyer",
    "buyers.contact",
    "buyers.invitation",
    "buyers.prospect",
    "buyers.sellerbranding",
    "orders.order",
    "orders.invoice",
    "orders.payment",
    "transport.transport",
    "documents.document",
)

OF_VIEWER = CASES
OF_AUDITOR = (
    *CASES,
    *TRAIL,
    *PERSONAL,
    "audit.export_evidence",
    *may("view", "partners.apiclient", "auth.user", "auth.group"),
)
OF_CASE_HANDLER = (
    *CASES,
    *TRAIL,
    *PERSONAL,
    *may("add", *ENTERED_BY_HAND),
    *may("change", *ENTERED_BY_HAND),
    *may("change", "buyers.kyc", "compliance.exportfile", "webhooks.endpoint", "webhooks.delivery"),
    "buyers.review_verification",
    "buyers.clear_aml",
    "compliance.override_verdict",
)
RUN_BY_ADMINISTRATORS = (
    "partners.organization",
    "partners.apiclient",
    "partners.seller",
    "webhooks.endpoint",
    "auth.user",
    "auth.group",
)
OF_ADMINISTRATOR = tuple(
    dict.fromkeys(
        (
            *OF_CASE_HANDLER,
            *OF_AUDITOR,
            *may("add", *RUN_BY_ADMINISTRATORS),
            *may("change", *RUN_BY_ADMINISTRATORS),
            *may("delete", "webhooks.endpoint"),
            "mail.view_mail",
            "mail.change_mail",
        )
    )
)
ROLES: dict[str, tuple[str, ...]] = {
    ADMINISTRATOR: OF_ADMINISTRATOR,
    CASE_HANDLER: OF_CASE_HANDLER,
    AUDITOR: OF_AUDITOR,
    VIEWER: OF_VIEWER,
}


def named(permission: Permission) -> str:
    """`orders.view_order`, as in the table and in `has_perm`."""
    return f"{permission.content_type.app_label}.{permission.codename}"


def ours() -> QuerySet[Permission]:
    """Every permission that somebody can be given here."""
    rows = Permission.objects.exclude(content_type__app_label__in=MACHINERY)
    return rows.exclude(Q(content_type__app_label="auth", content_type__model="permission"))


@action
def seed_roles() -> set[str]:
    """Make the four groups what the table says; the names of permissions that the database does not have yet."""
    found = {named(permission): permission for permission in ours().select_related("content_type")}
    missing = set[str]()
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        missing |= {name for name in names if name not in found}
        wanted = {found[name].pk for name in names if name in found}
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)
    return missing


def seed_after_migrate(*, apps: Any = all_apps, **_: Any) -> None:
    """Not while Django's own tables are still missing, as after `migrate contenttypes`."""
    try:
        apps.get_model("auth", "Permission")
    except LookupError:
        return
    seed_roles()
