"""A new colleague at a real browser: whole cases from the screens alone, and what the API then shows."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from buyers.clearing import propose_clearing, second_clearing
from buyers.models import Buyer, VerificationSession
from buyers.verification import review_verification
from compliance.verification import Outcome, examine
from orders.models import Order
from tests.buyers.browser import DESKTOP, PHONE, file
from tests.buyers.conftest import browser, open_tab  # noqa: F401  fixtures
from tests.compliance.staff import ANNA, BERND
from tests.deal import BERLIN, WARSAW, Deal, taken
from tests.people.conftest import member
from tests.staff.colleague import Colleague, Fields, elsewhere, paper
from tests.staff.twins import buyer_shown, order_shown, twin_of

pytestmark = pytest.mark.django_db(transaction=True)
PAPERS_OF_MODE_B = ("COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION")
REASON = "Compared with the passport"
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
    ("Upload a transport document", paper("TRANSPORT_CMR")),
    ("Confirm the delivery", {"Delivery date": "2026-04-24", **address(WARSAW)}),
    ("Upload a transport document", paper("TRANSPORT_CMR_DELIVERY")),
]


@pytest.fixture
def run_workers(run_workers):
    return lambda: elsewhere(run_workers)


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
    assert sum((tab.complaints for tab in tabs), []) == []


def registers(anna: Colleague, deal: Deal, mode: str, **more: str) -> None:
    anna.goes_to("Buyers")
    anna.begins()
    anna.looks("choose the seller")
    anna.follows(deal.partner.seller.name)
    anna.looks("register a buyer")
    anna.fills({"KYC mode": mode, **KOWALSKI, **more})
    anna.presses("Register the buyer")
    anna.sees(KOWALSKI["Company name"])
    deal.buyer = {"uuid": str(Buyer.objects.get(seller=deal.partner.seller).uuid)}


def files_kyc(anna: Colleague, deal: Deal, *types: str) -> None:
    for type in types:
        anna.does("Upload a KYC document", paper(type))
    anna.does("Start VIES check")
    deal.run_workers()
    anna.looks_again()


def test_an_order_of_mode_a_from_its_buyer_to_its_sealed_file(colleague, deal):
    twin = twin_of(deal).is_judged()
    anna = colleague("anna")

    registers(anna, deal, "MARKETPLACE_LED")
    files_kyc(anna, deal, "COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION")
    anna.looks("buyer")
    anna.follows("New order")
    anna.looks("new order")
    anna.fills(GOLF)
    anna.presses("Create the case")
    deal.order = {"uuid": str(Order.objects.get(seller=deal.partner.seller).uuid)}
    anna.looks("case at its beginning")
    for step, fields in STEPS:
        assert anna.next_step() == step
        anna.does(step, fields)
        if step == "Mark ready for pickup":
            deal.run_workers()
            anna.looks_again()
    deal.run_workers()
    anna.looks_again()
    anna.looks("case at its end")

    assert anna.next_step() == "Submit the final invoice"
    export = anna.downloads(lambda: anna.follows("Download version 1"))
    assert elsewhere(lambda: examine(export)).outcome == Outcome.GENUINE
    assert buyer_shown(deal) == buyer_shown(twin)
    shown = order_shown(deal)
    assert shown == order_shown(twin)
    assert shown["/compliance"]["decision"] == "VALID_EXPORT"
    assert shown["/finalization/export-file"]["status"] == "READY"
    assert (anna.found, anna.too_wide) == ({}, [])


def identified(deal: Deal) -> Deal:
    """A buyer of Mode B by the API, up to a clear screening; what takes staff is done by the actions."""
    deal.has_buyer(kycMode="NT24_LED")
    for type in PAPERS_OF_MODE_B:
        deal.uploads(f"{deal.buyer_path}/kyc/documents", type)
    taken(deal.partner.post(f"{deal.buyer_path}/kyc/vies-check"), 202)
    deal.run_workers()
    link = taken(deal.partner.post(f"{deal.buyer_path}/kyc/verify"), 200)["idenfyUrl"]
    Client().post(urlsplit(link).path, {"overall": "SUSPECTED", "aml_hit": "on"})
    with transaction.atomic():
        buyer = Buyer.objects.for_change().select_related("seller__organization").get(uuid=deal.buyer["uuid"])
        review_verification(buyer, outcome=VerificationSession.Status.VERIFIED, reason=REASON, by=ANNA)
        proposal = propose_clearing(buyer, reason=REASON, by=ANNA)
        second_clearing(proposal, by=BERND)
    return deal


def is_suspected(tab: Any, link: str) -> None:
    """The buyer opens his link, and iDenfy is not sure of him."""
    tab.goto(urlsplit(link).path)
    tab.get_by_label("AML hit").check()
    tab.get_by_role("button", name="Suspect").click()
    tab.get_by_text("waits for a decision").wait_for()


def test_a_buyer_of_mode_b_until_two_people_have_cleared_him(colleague, open_tab, deal):  # noqa: F811
    twin = identified(twin_of(deal))
    anna, bernd = colleague("anna", PHONE, color_scheme="dark"), colleague("bernd")

    registers(anna, deal, "NT24_LED")
    files_kyc(anna, deal, *PAPERS_OF_MODE_B)
    anna.looks("buyer of mode B")
    anna.does("Start the identity verification")
    anna.looks("the link, shown once")
    is_suspected(open_tab(**PHONE), anna.tab.locator("code.secret").inner_text())
    anna.follows("I have it, go on")
    anna.looks("buyer to be reviewed")
    anna.follows("What iDenfy said about the person")
    anna.says_why("Reviewing the verification")
    anna.looks("what iDenfy said")
    anna.does("Approve the verification", {"Reason": REASON})
    anna.does("Propose to clear the screening", {"Reason": REASON})
    assert "Accept" not in anna.tab.inner_text("main")
    bernd.goes_to("Buyers")
    bernd.follows(KOWALSKI["Company name"])
    bernd.looks("buyer with a proposal")
    bernd.does("Accept")
    bernd.follows("Download the KYC profile")
    bernd.fills({"What do you need it for?": "The bank asks"})
    profile = bernd.downloads(lambda: bernd.tab.get_by_role("button", name="Show it").click())
    anna.looks_again()
    anna.looks("buyer who is cleared")

    assert profile.startswith(b"%PDF")
    shown = buyer_shown(deal)
    assert shown == buyer_shown(twin)
    assert shown["/kyc"]["overallStatus"] == "VALID"
    assert (anna.found | bernd.found, anna.too_wide + bernd.too_wide) == ({}, [])


def test_a_form_is_refused_corrected_and_taken_without_a_script(colleague, deal):
    deal.has_buyer().has_order()
    anna = colleague("anna", java_script_enabled=False)

    anna.goes_to("Orders")
    anna.follows(f"{deal.order['externalOrderId']} {deal.order['vins'][0]['vin']}")
    anna.follows("Submit the preliminary invoice")
    anna.presses("Submit the preliminary invoice")
    assert "Please correct what is marked below." in anna.refusals()[0]
    anna.fills({"Invoice date": "2026-04-18", "Invoice number": "INV-1"})
    anna.presses("Submit the preliminary invoice")

    anna.tab.get_by_text("Invoice submitted. Now upload its PDF.").wait_for()
    assert taken(deal.partner.get(f"{deal.path}/invoice"), 200)["invoiceNumber"] == "INV-1"


def test_a_chosen_file_leaves_the_other_fields_alone(colleague, deal):
    anna = colleague("anna")
    anna.tab.goto(f"/admin/buyers/sellerbranding/add/?in={deal.partner.seller.pk}")
    texts = anna.tab.locator("main form input[type=text]")
    before = texts.evaluate_all("all => all.map(one => one.value)")

    anna.tab.locator("main input[type=file]").set_input_files(file("logo.png", b"a picture", "image/png"))

    assert texts.evaluate_all("all => all.map(one => one.value)") == before
