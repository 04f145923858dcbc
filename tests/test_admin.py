"""Every model of ours is in the admin, readable and closed to every write."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from buyers.branding import brand_seller
from nt24.actors import system
from nt24.audit.chain import seal_new
from nt24.mail.models import Mail
from tests.buyers.links import fills_in, linked
from tests.compliance.staff import VAT_APPLICABLE, overrides

# What staff have no business reading: secrets, personal data, and the machinery of idempotency and the sandbox.
LEFT_OUT = {"ClientSecret", "Contact", "Call", "SandboxAnswer", "Vehicle", "Milestone", "Attempt", "Draft"}
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
    deal.is_judged()
    overrides(VAT_APPLICABLE)
    hook = deal.partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]})
    deal.partner.post(f"{hook['Location']}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    Mail.objects.create(kind="test", to="anna@example.com", subject="x", text=b"", html=b"", language="en")
    deal.has_buyer(kycMode="NT24_LED", vatNumber="PL1111111111")
    deal.partner.post(f"{deal.buyer_path}/kyc/verify")
    fills_in(linked(deal.partner))
    seller = deal.partner.seller
    look = {"display_name": "X", "logo_png": None, "accent": "#000000", "reply_to": "x@example.com"}
    brand_seller(seller, by=system("test"), **look)
    seal_new()

    for model in SHOWN:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.first()
        change = reverse(f"{name}_change", args=[row.pk])
        assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200, model
        assert admin_client.get(change).status_code == 200, model
        makes_new_ones = getattr(admin.site.get_model_admin(model), "creation", None) is not None
        assert admin_client.get(reverse(f"{name}_add")).status_code == (200 if makes_new_ones else 403), model
        assert admin_client.post(change, {"status": "VALID"}).status_code == 403, model
        delete = reverse(f"{name}_delete", args=[row.pk])
        assert admin_client.post(delete, {"post": "yes"}).status_code == 403, model
        assert model.objects.filter(pk=row.pk).exists(), model


def test_no_account_number_is_shown_in_full(admin_client, deal):
    deal.is_judged()
    overrides(VAT_APPLICABLE)
    page = admin_client.get(reverse("admin:orders_payment_changelist")).content.decode()

    assert "DE89370400440532013000" not in page
    assert "DE••3000" in page
