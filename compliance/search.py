"""One box for all that staff hold in their hands: a VIN or its end, an order's or invoice's number, a VAT number, a
company, an id from a log or a webhook.

Each question is a range of an index, so a million orders do not matter. Persons are not searched for, and what was
searched stands in no log.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import CharField, Model, Q, Value
from django.urls import reverse

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer, VerificationSession, ViesCheck
from buyers.search import buyers_by_vat_number, words_of_buyers_named
from compliance.models import ExportFile
from nt24.documents.models import Document
from nt24.identifiers import uuid_in
from nt24.partners.models import Organization, Seller
from nt24.webhooks.actions import origin_of
from nt24.webhooks.models import EVENT_PREFIX, Delivery, Endpoint, Message
from orders.models import Invoice, Order, Payment, Vehicle
from orders.search import invoices_by_number, orders_by_external_id, vehicles_by_end_of_vin, vehicles_by_vin

SHOWN = 10  # of each group
LONGEST = 100  # characters of a question
SHORTEST = 2

CanSee = Callable[[type[Model]], bool]

WITH_A_UUID: tuple[type[Any], ...] = (
    Order, Buyer, Seller, Organization, Invoice, Payment, Document, ExportFile, ViesCheck, VerificationSession,
    Invitation, Prospect, Endpoint, Delivery,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    subtitle: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    found: tuple[Found, ...]
    has_more: bool


def search(text: str, *, can_see: CanSee) -> list[Group]:
    """What this names, best first within each group; at most nine queries. Groups without a find are left out."""
    wanted = cleaned(text)
    if len(wanted) < SHORTEST:
        return []
    uuid = uuid_in(wanted)
    groups = by_id(wanted, uuid, can_see) if uuid else by_words(wanted, can_see)
    return [group for group in groups if group.found]


def cleaned(text: str) -> str:
    """As it was meant: without what comes along when something is copied."""
    return re.sub(
        r"\s+", " ", "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    ).strip()[:LONGEST]


# --- By what it says -----------------------------------------------------------------------------------------------


def by_words(text: str, can_see: CanSee) -> Iterator[Group]:
    if can_see(Order):
        yield group("Orders", (of_order(order) for order in orders(text)))
        yield group("Vehicles", (of_vehicle(vehicle) for vehicle in vehicles(text)))
    if can_see(Invoice):
        rows = invoices_by_number(text).select_related("order")
        yield group("Invoices", (of_invoice(invoice) for invoice in rows[: SHOWN + 1]))
    if can_see(Buyer):
        yield group("Buyers", (of_buyer(buyer) for buyer in buyers(text)))
    if can_see(Seller):
        yield group("Sellers", (of_seller(seller) for seller in sellers(text)))


def group(title: str, found: Iterable[Found]) -> Group:
    """Reads one more than it shows, to say that there are more."""
    taken = tuple(islice(found, SHOWN + 1))
    return Group(title, taken[:SHOWN], has_more=len(taken) > SHOWN)


def orders(text: str) -> Iterable[Order]:
    return orders_by_external_id(text).select_related("buyer")[: SHOWN + 1]


def vehicles(text: str) -> Iterator[Vehicle]:
    """Ends first: six characters are a VIN's end more often than its beginning."""
    seen = set()
    for rows in (vehicles_by_end_of_vin(text), vehicles_by_vin(text)):
        for vehicle in rows.select_related("order__buyer")[: SHOWN + 1]:
            if vehicle.pk not in seen:
                seen.add(vehicle.pk)
                yield vehicle


def buyers(text: str) -> Iterator[Buyer]:
    """By VAT number, then by name; several words of one name make it one find."""
    seen = set()
    by_number = buyers_by_vat_number(text).select_related("seller")[: SHOWN + 1]
    by_name = words_of_buyers_named(text).select_related("buyer__seller")[: 3 * SHOWN]
    for buyer in (*by_number, *(word.buyer for word in by_name)):
        if buyer.pk not in seen:
            seen.add(buyer.pk)
            yield buyer


def sellers(text: str) -> Iterable[Seller]:
    """Anywhere in the name: sellers are some hundreds, and every row of them is looked at."""
    named = Q(name__contains_spelled=text) | Q(vat_number__istartswith=text.replace(" ", ""))
    return Seller.objects.filter(named).select_related("organization")[: SHOWN + 1]


# --- By id ---------------------------------------------------------------------------------------------------------


def by_id(text: str, uuid: UUID, can_see: CanSee) -> Iterator[Group]:
    yield group("Records with this id", (of_record(record) for record in records(uuid, can_see)))
    if text.lower().startswith(EVENT_PREFIX) and can_see(Delivery):
        event_id = f"{EVENT_PREFIX}{uuid.hex}"
        if can_see(Message):
            yield group("Events", (of_record(one) for one in Message.objects.filter(event_id=event_id)))
        rows = Delivery.objects.filter(message__event_id=event_id).select_related("endpoint").order_by("pk")
        yield group("Deliveries of this event", (of_delivery(delivery) for delivery in rows[: SHOWN + 1]))


def records(uuid: UUID, can_see: CanSee) -> Iterator[Any]:
    """One query over all tables for where it is, and one for the row."""
    models = {model._meta.label: model for model in WITH_A_UUID if can_see(model)}
    places = [
        model._base_manager.filter(uuid=uuid)
        .annotate(table=Value(label, CharField()))
        .order_by()
        .values_list("table", "pk")
        for label, model in models.items()
    ]
    if places:
        for label, pk in places[0].union(*places[1:], all=True):
            yield models[label]._base_manager.get(pk=pk)


# --- As they are shown ---------------------------------------------------------------------------------------------


def page_of(record: Model) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def of_record(record: Model) -> Found:
    return Found(str(record), str(record._meta.verbose_name).capitalize(), page_of(record))


def of_order(order: Order) -> Found:
    status = Order.Status(order.status).label
    return Found(order.external_order_id, f"{status} · {order.buyer.company_name}", page_of(order))


def of_vehicle(vehicle: Vehicle) -> Found:
    about = f"{vehicle.brand} {vehicle.model} · order {vehicle.order} · {vehicle.order.buyer.company_name}"
    return Found(vehicle.vin, about, page_of(vehicle.order))


def of_invoice(invoice: Invoice) -> Found:
    kind = Invoice.Type(invoice.type).label.lower()
    about = f"{kind} of {invoice.invoice_on} · {invoice.money} · order {invoice.order}"
    return Found(invoice.invoice_number, about, page_of(invoice))


def of_buyer(buyer: Buyer) -> Found:
    return Found(buyer.company_name, f"{buyer.vat_number} · buys from {buyer.seller}", page_of(buyer))


def of_seller(seller: Seller) -> Found:
    return Found(seller.name, f"{seller.vat_number} · {seller.organization}", page_of(seller))


def of_delivery(delivery: Delivery) -> Found:
    status = Delivery.Status(delivery.status).label
    return Found(delivery.public_id, f"{status} · {origin_of(delivery.endpoint.url)}", page_of(delivery))
