"""One row of everything that staff see, made the way partners and buyers make it."""

from typing import Any

from django.db.models import Model

from buyers.branding import brand_seller
from nt24.actors import system
from nt24.audit.chain import seal_new
from nt24.mail.models import Mail
from tests.buyers.links import fills_in, linked
from tests.compliance.staff import VAT_APPLICABLE, overrides


def one_of_everything(deal: Any) -> None:
    """A judged order that two people have overridden, a Mode B buyer who is to identify himself, a prospect, a webhook
    with a delivery, a branded seller, a mail, and the trail sealed."""
    deal.is_judged()
    overrides(VAT_APPLICABLE)
    deal.run_workers()
    hook = deal.partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]})
    deal.partner.post(f"{hook['Location']}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    Mail.objects.create(kind="test", to="anna@example.com", subject="x", text=b"", html=b"", language="en")
    deal.has_buyer(kycMode="NT24_LED", vatNumber="PL1111111111")
    deal.partner.post(f"{deal.buyer_path}/kyc/verify")
    invited = {"recipientEmail": "anna@example.com"}
    deal.partner.post(f"{deal.buyer_path}/kyc/self-service-invitations", invited)
    fills_in(linked(deal.partner))
    look = {"display_name": "X", "logo_png": None, "accent": "#000000", "reply_to": "x@example.com"}
    brand_seller(deal.partner.seller, by=system("test"), **look)
    seal_new()


def newest_of(model: type[Model]) -> Any:
    row = model._default_manager.order_by("-pk").first()
    assert row is not None, model
    return row
