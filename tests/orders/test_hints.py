"""What the text of papers says is looked for after the upload, and told to staff. It decides nothing."""

import io
from functools import cache

import pytest
import time_machine
from django.urls import reverse

from nt24.documents.models import Document
from orders.hints import read_due
from orders.matching import names_company
from orders.models import Reading
from tests.deal import money
from tests.papers import photo

NUMBER = "The invoice number is on the document: INV-1."
NO_NUMBER = "The invoice number was not found on the document: INV-1."
NAME = "The buyer's name is on the document: Auto Handel Kowalski Sp. z o.o."
NO_NAME = "The buyer's name was not found on the document: Auto Handel Kowalski Sp. z o.o."
NO_TEXT = "There is no text in this file; it has to be read by eye."
VIN = "WVWZZZ1JZXW000001"


@cache
def paper(*lines: str) -> bytes:
    """A PDF with these lines of text."""
    from weasyprint import HTML

    target = io.BytesIO()
    HTML(string="".join(f"<p>{line}</p>" for line in lines)).write_pdf(target)
    return target.getvalue()


@pytest.fixture
def placed(deal):
    """An order with one vehicle and its invoice data."""
    deal.has_buyer().has_order()
    deal.partner.post(
        f"{deal.path}/invoice",
        {"type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "INV-1", "vatIncluded": False,
         "amount": deal.order["totalAmount"]},
    )  # fmt: skip
    return deal


pytestmark = pytest.mark.django_db(transaction=True)


def uploaded(deal, module, type, content):
    """The sentences that staff read about this paper."""
    document = deal.uploads(f"{deal.path}{module}/documents", type, content)
    read_due()
    return sentences(document["uuid"])


def sentences(document_uuid):
    return [hint["sentence"] for hint in Reading.objects.get(document__uuid=document_uuid).hints]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Auto Handel Kowalski Sp. z o.o.", "Invoice INV-1"), [NAME, NUMBER]),
        (("AUTO-HANDEL KOWALSKI", "Rechnung Nr. inv 1 / 2026"), [NAME, NUMBER]),
        (("Auto Hándel<br>Kowalski SP.ZO.O.", "INV1"), [NAME, NUMBER]),
        (("Auto Handel Nowak Sp. z o.o.", "Invoice INV-12"), [NO_NAME, NO_NUMBER]),
        (("Nothing of it",), [NO_NAME, NO_NUMBER]),
    ],
    ids=[
        "as it is",
        "other case and spaces",
        "accents and line ends",
        "another company and number",
        "nothing",
    ],
)
def test_the_buyer_and_the_number_are_looked_for_on_the_invoice(placed, lines, expected):
    assert uploaded(placed, "/invoice", "SHIPMENT_PRELIMINARY_INVOICE", paper(*lines)) == expected


@pytest.mark.parametrize(
    ("module", "type"),
    [
        ("", "ORDER_PURCHASING_CONTRACT"),
        ("/transport", "TRANSPORT_CMR"),
        ("/transport", "TRANSPORT_CMR_DELIVERY"),
        ("/transport", "TRANSPORT_CONFIRMATION_OF_ARRIVAL"),
    ],
)
def test_the_vin_is_looked_for_on_contract_and_transport_papers(placed, module, type):
    with_vin, without = paper("VIN wvw zzz 1jz xw 000001"), paper("VIN WVWZZZ1JZXW000002")

    assert uploaded(placed, module, type, with_vin) == [f"The VIN is on the document: {VIN}."]
    assert uploaded(placed, module, type, without) == [f"The VIN was not found on the document: {VIN}."]


def test_vehicles_that_are_missing_on_the_paper_are_named(deal):
    vins = tuple(f"WVWZZZ1JZXW{number:06d}" for number in range(1, 9))
    deal.has_buyer().has_order(vins=vins)

    found = uploaded(deal, "/transport", "TRANSPORT_CMR", paper(vins[0]))

    shown = ", ".join(vins[1:6])
    assert found == [f"The VIN was not found on the document: {shown} and 2 more."]


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00", True),
        ("from account DE** **** 3000 of the buyer", True),
        ("Amount 3000.00 EUR", False),
        ("Amount 13.3000 EUR", False),
        ("IBAN DE89 3704 0044 0532 0130 01", False),
    ],
)
def test_the_end_of_the_account_is_looked_for_on_the_proof_of_payment(placed, line, is_found):
    placed.partner.post(
        f"{placed.path}/payment",
        {"paymentDate": "2026-04-20", "bankAmount": placed.order["totalAmount"], "cashAmount": money(0),
         "sourceIban": "DE89370400440532013000"},
    )  # fmt: skip

    found = uploaded(placed, "/payment", "PAYMENT_CONFIRMATION", paper(line))

    verb = "is on" if is_found else "was not found on"
    assert found == [f"The account {verb} the document: DE••3000."]


@pytest.mark.parametrize("content", [photo(), b""], ids=["photo", "scan"])
def test_a_paper_without_text_is_to_be_read_by_eye(placed, content):
    assert uploaded(placed, "/transport", "TRANSPORT_CMR", content or None) == [NO_TEXT]


def test_a_paper_that_came_before_its_facts_is_read_again_with_them(deal):
    deal.has_buyer().has_order()
    content = paper("Auto Handel Kowalski", "INV-1")
    document = deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE", content)
    read_due()
    assert sentences(document["uuid"]) == [NAME]

    invoice = {"type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "INV-1",
               "vatIncluded": False, "amount": deal.order["totalAmount"]}  # fmt: skip
    version = deal.partner.post(f"{deal.path}/invoice", invoice).json()["version"]
    read_due()
    assert sentences(document["uuid"]) == [NAME, NUMBER]

    changed = deal.partner.patch(f"{deal.path}/invoice", {"invoiceNumber": "INV-2"}, version=version)
    assert changed.status_code == 200
    read_due()
    assert sentences(document["uuid"]) == [NAME, "The invoice number was not found on the document: INV-2."]


def test_facts_that_change_while_a_paper_is_read_win(placed, monkeypatch):
    document = placed.uploads(
        f"{placed.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE", paper("Kowalski INV-2")
    )

    def patched_meanwhile(file):
        monkeypatch.undo()
        version = placed.partner.get(f"{placed.path}/invoice").json()["version"]
        placed.partner.patch(f"{placed.path}/invoice", {"invoiceNumber": "INV-2"}, version=version)
        return "Kowalski INV-2"

    monkeypatch.setattr("orders.hints.text_of", patched_meanwhile)

    assert read_due() == 2
    assert sentences(document["uuid"])[1] == "The invoice number is on the document: INV-2."


def test_a_paper_that_is_not_scanned_yet_waits_and_an_infected_one_is_never_opened(placed, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:1"  # nobody listens there
    document = placed.uploads(f"{placed.path}/transport/documents", "TRANSPORT_CMR", paper(VIN))

    assert read_due() == 1
    assert Reading.objects.get().read_at is None

    Document.objects.filter(uuid=document["uuid"]).update(scan_status="INFECTED")
    with time_machine.travel("2026-04-25T10:11:00Z"):
        assert read_due() == 1
    reading = Reading.objects.get()
    assert (reading.hints, reading.due_at) == ([], None)
    assert reading.read_at is not None


def test_hints_change_nothing_that_partners_see(placed):
    document = placed.uploads(
        f"{placed.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE", paper("Somebody else")
    )
    paths = (placed.path, f"{placed.path}/invoice", f"{placed.path}/compliance",
             f"{placed.path}/invoice/documents/{document['uuid']}")  # fmt: skip
    before = [placed.partner.get(path).content for path in paths]

    assert read_due() == 1

    assert [placed.partner.get(path).content for path in paths] == before
    assert sentences(document["uuid"]) == [NO_NAME, NO_NUMBER]


def test_the_text_of_a_paper_is_kept_nowhere(placed):
    uploaded(placed, "/transport", "TRANSPORT_CMR", paper(VIN, "driver Jan Nowak, born 1 May 1980"))

    assert "Nowak" not in str(Reading.objects.values())


def test_staff_read_the_hints_beside_the_order(placed, admin_client):
    uploaded(placed, "/transport", "TRANSPORT_CMR", paper(VIN))
    order = Reading.objects.get().order

    page = admin_client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    assert f"The VIN is on the document: {VIN}." in page


@pytest.mark.parametrize(
    ("company", "text"),
    [
        ("Auto-Müller GmbH & Co. KG", "AUTO MULLER GMBH"),
        ("UAB „Žalgirio automobiliai“", "Zalgirio Automobiliai, UAB"),
        ("S.C. Dacia Motors S.R.L.", "dacia motors srl"),
        ("Łódź Cars Sp. z o.o.", "LODZ CARS"),
        ("Carrozzeria Bianchi S.p.A.", "Carrozzeria\nBianchi"),
        ("BMW AG", "bmw ag"),
        ("Straße & Söhne OHG", "STRASSE & SOHNE"),
    ],
)
def test_a_company_is_found_however_it_is_written(company, text):
    assert names_company(text, company)


@pytest.mark.parametrize(
    ("company", "text"),
    [
        ("Auto-Müller GmbH", "Autohaus Müller GmbH"),
        ("BMW AG", "BMW Niederlassung"),
        ("Muster Auto B.V.", "Muster Autos B.V."),
        ("Łódź Cars Sp. z o.o.", "GmbH Sp. z o.o."),
        ("…", "anything"),
    ],
)
def test_another_company_is_not_found(company, text):
    assert not names_company(text, company)
