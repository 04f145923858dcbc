"""Names on invoices that are similar to the buyer's and not the same: they block nothing, and staff confirm them."""

from collections.abc import Sequence

from django.db import models
from django.db.models import F

from buyers.company_names import Likeness, likeness
from nt24.actors import Actor
from nt24.errors import StateConflict
from nt24.events import announce
from nt24.records import action
from orders.models import Invoice, NameConfirmation, Order


class NothingToConfirm(StateConflict):
    def __init__(self) -> None:
        super().__init__(
            "The buyer's name on the invoices is the same by now, confirmed already, or another one."
        )


def similar_names(order: Order) -> Sequence[Invoice]:
    """Invoices of the order that name the buyer similarly and wait to be confirmed; no query unless there is one."""
    company = order.buyer.company_name
    similar = [
        invoice
        for invoice in order.invoices.all()
        if invoice.buyer_name and likeness(invoice.buyer_name, company) == Likeness.SIMILAR
    ]
    if not similar:
        return []
    known = set(confirmed_for(order).values_list("name_on_invoice", flat=True))
    return [invoice for invoice in similar if invoice.buyer_name not in known]


def confirmed_for(order: Order) -> models.QuerySet[NameConfirmation]:
    """A buyer with another company name is to be looked at again."""
    return NameConfirmation.objects.filter(buyer=order.buyer_id, company_name=F("buyer__company_name"))


@action
def confirm_names(order: Order, *, by: Actor, reason: str = "") -> None:
    """Say that the names on the order's invoices are the buyer's. `order` is locked.

    :raises NothingToConfirm: no name waits for it.
    """
    waiting = similar_names(order)
    if not waiting:
        raise NothingToConfirm
    for invoice in waiting:
        NameConfirmation.objects.get_or_create(
            buyer=order.buyer, name_on_invoice=invoice.buyer_name, company_name=order.buyer.company_name
        )
        announce(
            invoice,
            "invoice.name_confirmed",
            by=by,
            seller=order.seller,
            order_uuid=order.uuid,
            changes={"buyer_name": [invoice.buyer_name, order.buyer.company_name]},
            reason=reason,
        )
