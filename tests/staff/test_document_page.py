"""A document beside what it has to match: the way back, the facts of the case, the neighbours, and what can be done."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nt24.documents.models import Document
from tests.papers import pdf
from tests.staff.desk import Desk, member, move_of, page_of

VINS = tuple(f"WVWZZZ1JZXW0002{number:02d}" for number in range(30))


@pytest.fixture
def delivered(deal):
    return deal.is_judged()


def of_type(type):
    return Document.objects.filter(type=type).latest("pk")


@pytest.mark.parametrize(
    ("type", "facts"),
    [
        ("SHIPMENT_PRELIMINARY_INVOICE", ("INV-1", "18,500.00 EUR, without VAT", "PL5260001246")),
        ("PAYMENT_CONFIRMATION", ("2026-04-20", "18,500.00 EUR", "INV-1")),
        ("TRANSPORT_CMR", ("Carrier", "2026-04-22, 10115 Berlin, DE", "carrier&#x27;s signature")),
        ("TRANSPORT_CMR_DELIVERY", ("2026-04-24, 00-263 Warszawa, PL", "field 24", "DE123456789")),
    ],
)
def test_a_document_stands_beside_the_facts_that_it_has_to_match(desk, case, delivered, type, facts):
    page = desk.opens(page_of(of_type(type)))

    for fact in (*facts, "WVWZZZ1JZXW000001", "Auto Handel Kowalski", f"{case.page}#papers"):
        assert fact in page, fact


def test_a_kyc_paper_leads_back_to_its_buyer(desk, delivered):
    paper = of_type("VAT_CERTIFICATE")
    desk.says_why(paper.subject_uuid)
    page = desk.opens(page_of(paper))

    assert "Back to buyer Auto Handel Kowalski" in page
    assert "ul. Długa 7, 00-263 Warszawa, PL" in page
    assert "WVWZZZ1JZXW000001" not in page


def test_the_documents_of_a_case_follow_each_other(desk, delivered):
    first, second = of_type("SHIPMENT_PRELIMINARY_INVOICE"), of_type("PAYMENT_CONFIRMATION")
    beginning, middle = desk.opens(page_of(first)), desk.opens(page_of(second))

    assert "Document 1 of 4" in beginning
    assert f'href="{page_of(second)}" rel="next"' in beginning
    assert 'rel="prev"' not in beginning
    assert f'href="{page_of(first)}" rel="prev"' in middle


def test_it_can_be_archived_where_it_is_looked_at_by_whoever_may(desk, case, delivered):
    invoice = of_type("SHIPMENT_PRELIMINARY_INVOICE")
    url = case.move("archive-document", str(invoice.uuid))
    assert url in desk.opens(page_of(invoice))
    reader = Desk(member("rita", "documents.view_document"))
    assert url not in reader.opens(page_of(invoice))

    desk.presses(url, reason="Unreadable")

    assert url not in desk.opens(page_of(invoice))


def test_one_in_quarantine_says_so_and_is_archived_from_there(desk, case, delivered):
    for type in ("SHIPMENT_PRELIMINARY_INVOICE", "TRANSPORT_CMR", "PAYMENT_CONFIRMATION"):
        paper = of_type(type)
        Document.objects.filter(pk=paper.pk).update(scan_status="INFECTED")
        page = desk.opens(page_of(paper))

        assert "In quarantine" in page
        assert case.move("archive-document", str(paper.uuid)) in page
        assert "Download the original" not in page


def test_a_document_of_nothing_is_shown_all_the_same(desk, delivered):
    orphan = of_type("TRANSPORT_CMR")
    Document.objects.filter(pk=orphan.pk).update(subject_uuid="00000000-0000-4000-8000-000000000000")

    assert "CMR consignment note at pickup" in desk.opens(page_of(orphan))


def test_thirty_vehicles_and_many_documents_ask_for_nothing_more(desk, deal):
    deal.has_buyer().has_kyc().has_order(vins=VINS[:1], externalOrderId="ONE").has_invoice()
    few = queries_of(desk, page_of(of_type("SHIPMENT_PRELIMINARY_INVOICE")))
    deal.has_order(vins=VINS, externalOrderId="MANY").has_invoice()
    for number in range(5):
        deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf(f"contract {number}"))

    assert queries_of(desk, page_of(of_type("SHIPMENT_PRELIMINARY_INVOICE"))) == few


def queries_of(desk, url):
    desk.opens(url)
    with CaptureQueriesContext(connection) as captured:
        desk.opens(url)
    return len(captured)


def test_the_page_of_a_cancelled_order_offers_nothing(desk, deal):
    deal.has_buyer().has_order().has_invoice()
    deal.partner.post(f"{deal.path}/cancel", {"reason": "sold elsewhere"})
    paper = of_type("SHIPMENT_PRELIMINARY_INVOICE")

    assert "archive-document" not in desk.opens(page_of(paper))
    assert move_of(paper, "x")  # the page is that of a record like any other
