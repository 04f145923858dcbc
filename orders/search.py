"""Finding orders by their external id, a VIN or an invoice number, through indexes."""

import re

from django.db.models import QuerySet
from django.db.models.functions import Upper

from buyers.search import ids_of_buyers
from nt24.identifiers import uuid_in
from nt24.prefixes import InByteOrder, begins_with, begins_with_in_any_case
from orders.models import Invoice, Order, Vehicle
from orders.vin import END_LENGTH, VinEnd

VIN_BEGINS = re.compile(
    r"[A-HJ-NPR-Z0-9]{3,17}"
)  # three characters name the maker; fewer would name everything


def orders_by_external_id(text: str) -> QuerySet[Order]:
    return Order.objects.filter(begins_with_in_any_case("external_order_id", text)).order_by(
        InByteOrder(Upper("external_order_id")), "pk"
    )


def invoices_by_number(text: str) -> QuerySet[Invoice]:
    return Invoice.objects.filter(begins_with_in_any_case("invoice_number", text)).order_by(
        InByteOrder(Upper("invoice_number")), "pk"
    )


def vin_meant(text: str) -> str:
    """`wvw zzz-1j` → `WVWZZZ1J`; empty when it cannot be a part of one."""
    vin = re.sub(r"[\s\-]", "", text).upper()
    return vin if VIN_BEGINS.fullmatch(vin) else ""


def vehicles_by_vin(text: str) -> QuerySet[Vehicle]:
    """Those whose VIN is this or begins so."""
    vin = vin_meant(text)
    found = Vehicle.objects.filter(begins_with("vin", vin)) if vin else Vehicle.objects.none()
    return found.order_by(InByteOrder("vin"), "pk")


def vehicles_by_end_of_vin(text: str) -> QuerySet[Vehicle]:
    """Those whose last six characters are these: what people read out on the phone."""
    vin = vin_meant(text)
    if len(vin) != END_LENGTH:
        return Vehicle.objects.none()
    return Vehicle.objects.alias(end=VinEnd("vin")).filter(end=vin).order_by("-pk")


def orders_matching(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """For the search box of the list: by external id, VIN, invoice number, buyer or uuid."""
    if uuid := uuid_in(text):
        return orders.filter(uuid=uuid)
    by_external_id = orders_by_external_id(text).order_by().values_list("pk")
    others = (
        vehicles_by_vin(text).order_by().values_list("order"),
        vehicles_by_end_of_vin(text).order_by().values_list("order"),
        invoices_by_number(text).order_by().values_list("order"),
        Order.objects.filter(buyer__in=ids_of_buyers(text)).values_list("pk"),
    )
    return orders.filter(pk__in=by_external_id.union(*others))
