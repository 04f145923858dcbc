"""Every model of ours is in the admin, readable and closed to every write."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from tests.compliance.staff import VAT_APPLICABLE, overrides
from tests.staff.world import one_of_everything

# What staff have no business reading: secrets, personal data, and the machinery of idempotency and the sandbox.
LEFT_OUT = {
    "ClientSecret",
    "Contact",
    "Call",
    "SandboxAnswer",
    "Vehicle",
    "Milestone",
    "Attempt",
    "Draft",
    "Original",  # listed on the page of its document
    "NameWord",
    "NameConfirmation",  # shown in the trail
    "SealedFile",  # a check sum for /verify; what was sealed is shown as Export Files
    "Agreement",  # listed on the page of its organization
    "RefusedRequester",  # shown as a notice with the seller, his buyers and on the start page
}
OURS = (
    "api",
    "partners",
    "documents",
    "mail",
    "webhooks",
    "audit",
    "proposals",
    "buyers",
    "orders",
    "transport",
    "compliance",
)
SHOWN = [
    model
    for label in OURS
    for model in apps.get_app_config(label).get_models()
    if model.__name__ not in LEFT_OUT
]


def test_every_model_is_registered_or_left_out_on_purpose():
    assert {model for model in SHOWN if not admin.site.is_registered(model)} == set()


def test_staff_read_each_model_and_write_none(admin_client, deal):
    one_of_everything(deal)

    for model in SHOWN:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.first()
        change = reverse(f"{name}_change", args=[row.pk])
        assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200, model
        assert admin_client.get(change, follow=True).status_code == 200, model
        rows = model.objects.count()
        assert admin_client.get(reverse(f"{name}_add")).status_code == (
            200 if is_made_by_hand(model) else 403
        )
        admin_client.post(reverse(f"{name}_add"), {"status": "VALID"})
        assert model.objects.count() == rows, model
        assert admin_client.post(change, {"status": "VALID"}).status_code == 403, model
        delete = reverse(f"{name}_delete", args=[row.pk])
        assert admin_client.post(delete, {"post": "yes"}).status_code == 403, model
        assert model.objects.filter(pk=row.pk).exists(), model


def is_made_by_hand(model) -> bool:
    """By an action of the house, behind a form with its fields; never by Django's form for the row."""
    return getattr(admin.site._registry[model], "creation", None) is not None


def test_no_account_number_is_shown_in_full(admin_client, deal):
    deal.is_judged()
    overrides(VAT_APPLICABLE)
    page = admin_client.get(reverse("admin:orders_payment_changelist")).content.decode()

    assert "DE89370400440532013000" not in page
    assert "DE••3000" in page
