"""`docs/roles.md`: the table of roles for people, made from `roles.py` so that it cannot say anything else."""

from django.apps import apps
from django.conf import settings

from nt24.people.roles import ROLES

PATH = settings.BASE_DIR / "docs" / "roles.md"
HEAD = """\
# Roles

Who is staff has one role or more; what the roles allow adds up. A single person can be given single permissions as
well, and an administrator can make further groups. The four roles are the same in every installation: `manage.py
migrate` brings them back to this table, which `manage.py seed_roles --document` writes from `nt24/people/roles.py`.

Whoever gives permissions can give only what he has himself. Two of them need a second person each time they are used:
clearing a hit of the AML screening, and overriding a verdict.
Somebody whose account was made or reset by another person counts for neither until an administrator who did not do that
has confirmed the account.

"""
VERBS = {"view": "See", "add": "Add", "change": "Change", "delete": "Remove"}
THINGS = {  # where the name in the code says too little
    "sellerbranding": "how sellers look to their buyers",
    "kyc": "what is known of a buyer (KYC)",
    "reading": "hints that were read from papers",
    "rollup": "verdicts, and what is missing for one",
    "exportfile": "Export Files",
    "message": "webhook messages",
    "delivery": "webhook deliveries",
    "entry": "the trail: who did what",
    "link": "the chain that seals the trail",
    "checkpoint": "signed states of that chain",
    "contact": "contact persons of buyers",
    "user": "staff users",
    "group": "roles and other groups of staff",
}
SPECIAL = {
    "buyers.view_personal_data": "Read names, addresses and identity data of people at a buyer, for a stated purpose",
    "buyers.review_verification": "Approve or reject a verification that waits for review",
    "buyers.clear_aml": "Clear a hit of the AML screening; a second person has to agree",
    "compliance.override_verdict": "Override a verdict, with a reason; a second person has to agree",
    "audit.export_evidence": "Take copies out of the portal: a case as a folder, a period as a table, the trail",
}


def document() -> str:
    """The whole page."""
    names = list(dict.fromkeys(name for role in reversed(ROLES) for name in ROLES[role]))
    columns = list(ROLES)
    lines = [f"| It allows to | {' | '.join(columns)} | Permission |", f"|---|{':-:|' * len(columns)}---|"]
    for name in names:
        marks = " | ".join("●" if name in ROLES[role] else "" for role in columns)
        lines.append(f"| {sentence(name)} | {marks} | `{name}` |")
    return HEAD + "\n".join(lines) + "\n"


def sentence(name: str) -> str:
    """`orders.view_order` is "See orders"."""
    if name in SPECIAL:
        return SPECIAL[name]
    app, _, codename = name.partition(".")
    verb, _, model = codename.partition("_")
    things = THINGS.get(model) or apps.get_model(app, model)._meta.verbose_name_plural
    return f"{VERBS[verb]} {things}"
