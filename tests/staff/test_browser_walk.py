"""A new colleague at a real browser: whole cases from the screens alone, and what the API then shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from buyers.models import Buyer
from compliance.verification import Outcome, examine
from orders.models import Order
from tests.buyers.browser import DESKTOP, PHONE
from tests.buyers.conftest import browser, open_tab  # noqa: F401  fixtures
from tests.deal import BERLIN, WARSAW, Deal
from tests.people.conftest import member
from tests.staff.colleague import Colleague, Fields, paper
from tests.staff.twins import buyer_shown, order_shown, twin_of

pytestmark = pytest.mark.django_db(transaction=True)
KYC_PAPERS = ("COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION")
CASE_HANDLER = "Case handler"


def address(where: dict[str, str]) -> Fields:
    names = {"street": "Street", "postCode": "Post code", "city": "City", "country": "Country"}
    return {names[name]: value for name, value in where.items()}


KOWALSKI = {
    "VAT number": "PL5260001246",
    "Company name": "Auto Handel Kowalski Sp. z o.o.",
    **address(WARSAW),
}
GOLF = {
    "External order id": "DEAL-2026-04-00451",
    "Purchase date": "2026-04-18",
    "VIN": "wvwzzz1jzxw000001",
    "Brand": "Volkswagen",
    "Model": "Golf",
    "Purchase amount": "18500.00",
    "Total amount": "18500.00",
}
# What the page of the case names as the next step, one after the other, and what is filled in.
STEPS: list[tuple[str, Fields]] = [
    ("Submit the preliminary invoice", {"Invoice date": "2026-04-18", "Invoice number": "INV-1"}),
    ("Upload an invoice PDF", paper("SHIPMENT_PRELIMINARY_INVOICE")),
    (
        "Submit the payment",
        {"Payment date": "2026-04-20", "IBAN it was paid from": "DE89 3704 0044 0532 0130 00"},
    ),
    ("Upload a payment proof", paper("PAYMENT_CONFIRMATION")),
    ("Mark ready for pickup", {}),
    (
        "Confirm the pickup",
        {
            "Type": "COMPANY_TRANSPORT",
            "Pickup date": "2026-04-22",
            "Driver identification": "DE-FR-2026-1234",
            **address(BERLIN),
        },
    ),
    ("Upload a transport paper", paper("TRANSPORT_CMR")),
    ("Confirm the delivery", {"Delivery date": "2026-04-24", **address(WARSAW)}),
    ("Upload a transport paper", paper("TRANSPORT_CMR_DELIVERY")),
]


@pytest.fixture
def run_workers(run_workers):
    """In a thread of their own, as workers have: in this one runs the browser's loop, and sealing needs its own."""

    def work() -> None:
        try:
            run_workers()
        finally:
            connections.close_all()

    def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work).result()

    return run


@pytest.fixture
def colleague(open_tab, transactional_db):  # noqa: F811
    """Signs in a case handler with a browser of his own; what his browser complains about fails the test."""
    tabs = []

    def arrives(name: str, device: dict[str, Any] = DESKTOP, **options: Any) -> Colleague:
        member(name, CASE_HANDLER, first_name=name.capitalize())
        tab = open_tab(**device, **options)
        tab.set_default_timeout(8000)
        tabs.append(tab)
        arrived = Colleague(tab, name)
        arrived.signs_in()
        return arrived

    yield arrives
    assert [complaint for tab in tabs for complaint in tab.complaints] == []


def registers(anna: Colleague, deal: Deal, mode: str, **more: str) -> None:
    anna.goes_to("Buyers")
    anna.begins("Add buyer")
    anna.sees("New buyer")
    anna.looks("choose the seller")
    anna.tab.get_by_role("link", name=deal.partner.seller.name).first.click()
    anna.looks("register a buyer")
    anna.fills({"KYC mode": mode, **KOWALSKI, **more})
    anna.presses("Register the buyer")
    anna.sees(KOWALSKI["Company name"])
    deal.buyer = {"uuid": str(Buyer.objects.get(seller=deal.partner.seller).uuid)}


def files_kyc(anna: Colleague) -> None:
    for type in KYC_PAPERS:
        anna.does("Upload a KYC paper", paper(type))


def test_an_order_of_mode_a_from_its_buyer_to_its_sealed_file(colleague, deal):
    twin = twin_of(deal).is_judged()
    anna = colleague("anna")

    registers(anna, deal, "MARKETPLACE_LED")
    files_kyc(anna)
    anna.does("Start VIES check")
    deal.run_workers()
    anna.tab.reload()
    anna.looks("buyer")
    anna.follows("New order")
    anna.looks("new order")
    anna.fills(GOLF)
    anna.presses("Place the order")
    deal.order = {"uuid": str(Order.objects.get(seller=deal.partner.seller).uuid)}
    for step, fields in STEPS:
        deal.run_workers()
        anna.tab.reload()
        anna.looks(f"case before {step}")
        assert anna.next_step() == step
        anna.does(step, fields)
    deal.run_workers()
    anna.tab.reload()
    anna.looks("case at its end")

    assert anna.next_step() == "Submit the final invoice"
    export = anna.downloads(lambda: anna.follows("Download version 1"))
    assert examine(export).outcome == Outcome.GENUINE
    assert buyer_shown(deal) == buyer_shown(twin)
    shown = order_shown(deal)
    assert shown == order_shown(twin)
    assert shown["/compliance"]["decision"] == "VALID_EXPORT"
    assert shown["/finalization/export-file"]["status"] == "READY"
    assert (anna.found, anna.too_wide) == ({}, [])
