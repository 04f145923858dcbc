"""The persons of an order, for whoever has said what for: shown together, and the look is written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from nt24.actors import Actor
from nt24.addresses import one_line
from nt24.audit.access import note_access
from nt24.records import action
from orders.models import Order, Payment
from transport.models import Milestone


@dataclass(frozen=True, slots=True)
class People:
    """What is personal about an order; empty where nothing was said."""

    responsible: Sequence[tuple[str, str]]
    account: str
    milestones: Sequence[tuple[str, str, str, str]]  # kind, VIN, person, address


@action
def people_of(order: Order, *, by: Actor, purpose: str) -> People:
    """Read them, with an entry in the access log."""
    note_access(order, "order_people.read", by=by, seller=order.seller, purpose=purpose)
    contact = order.responsible_contact or {}
    payment = Payment.objects.filter(order=order).first()
    rows = Milestone.objects.filter(transport__order=order, revoked_at__isnull=True).select_related("vehicle")
    return People(
        responsible=[
            (name.replace("_", " ").capitalize(), value) for name, value in contact.items() if value
        ],
        account=payment.source_iban if payment else "",
        milestones=[
            (row.kind, row.vehicle.vin, row.person, one_line(row.address)) for row in rows.order_by("pk")
        ],
    )
