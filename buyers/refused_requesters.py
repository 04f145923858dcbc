"""Sellers whose own VAT number VIES does not take: a notice to staff, and one mail to the seller's administrator.

No blocker of its own: what an order lacks is the answer about its buyer (contract 17.14).
"""

from collections.abc import Collection

from django.conf import settings
from django.db.models import F

from buyers.models import RefusedRequester
from nt24.actors import Actor
from nt24.events import announce
from nt24.mail.actions import queue_mail
from nt24.mail.rendering import render_mail
from nt24.partners.models import Seller
from nt24.records import action

REFUSED = "buyers.requester_refused"


@action
def note_refusal(seller: Seller, vat_number: str, *, by: Actor) -> None:
    """Keep the notice, and mail once per number, however many checks meet it."""
    _, is_new = RefusedRequester.objects.get_or_create(seller=seller, vat_number=vat_number)
    if not is_new:
        return
    content = render_mail(
        "requester_refused",
        {"seller": seller.name, "vat_number": vat_number},
        language=settings.LANGUAGE_CODE,
    )
    queue_mail(
        REFUSED,
        to=seller.admin_email,
        content=content,
        organization_id=seller.organization_id,
        about=seller.uuid,
    )
    announce(
        seller, "seller.refused_by_vies", by=by, seller=seller, changes={"vatNumber": [None, vat_number]}
    )


def forget_refusal(seller_id: int) -> None:
    RefusedRequester.objects.filter(seller=seller_id).delete()


def sellers_with_another_number() -> Collection[int]:
    """Sellers whose number is not the refused one any more."""
    corrected = RefusedRequester.objects.exclude(vat_number=F("seller__vat_number"))
    return set(corrected.values_list("seller_id", flat=True))


def is_refused(seller: Seller) -> bool:
    """Whether VIES does not take the number that the seller has now."""
    return RefusedRequester.objects.filter(seller=seller, vat_number=seller.vat_number).exists()


def refused_now() -> tuple[RefusedRequester, ...]:
    """The notices that hold: each with its seller, the oldest first."""
    rows = RefusedRequester.objects.filter(vat_number=F("seller__vat_number")).select_related("seller")
    return tuple(rows.order_by("pk"))
