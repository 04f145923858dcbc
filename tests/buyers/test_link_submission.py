"""Handing the papers over behind a link: not before all are there, once, and with a receipt for a day."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from buyers.invitation_models import Invitation
from buyers.pages import views
from nt24.documents.models import Document
from tests.buyers.links import invited
from tests.buyers.visitor import ANSWERS, Visitor, heading, text
from tests.deal import taken
from tests.ledger import nothing_moves
from tests.papers import pdf

# An action that refuses ends its transaction; the page after it needs one of its own, as in real life.
really_committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


def opened_at(response):
    """The id of the one element that the browser focuses when the page comes."""
    [tag] = re.findall(r"<[^>]* autofocus[^>]*>", response.content.decode())
    found = re.search(r' id="([^"]+)"', tag)
    return found and found[1]


@really_committed
def test_what_is_missing_is_said_and_nothing_is_submitted(visitor):
    visitor.sends("vat")

    with nothing_moves():
        response = visitor.submits()

    assert response.status_code == 409
    assert "Still missing: Company register extract Identity document Anti-money" in text(response)
    assert opened_at(response) == "missing"


@really_committed
def test_without_the_declaration_nothing_is_submitted(visitor):
    visitor.sends_everything()

    with nothing_moves():
        response = visitor.post("submit/")

    assert response.status_code == 422
    assert "Please tick the box to confirm that the documents are genuine." in text(response)
    assert opened_at(response) == "id_declared"


def test_submitted_papers_make_the_same_kyc_as_those_filed_by_api(deal, partner, visitor, run_workers):
    visitor.sends_everything()
    assert visitor.submits().status_code == 303
    run_workers()

    by_link = taken(partner.get(f"{deal.buyer_path}/kyc"), 200)
    by_api = taken(partner.get(f"{deal.has_buyer(vatNumber='PL5260001247').has_kyc().buyer_path}/kyc"), 200)
    same = ("overallStatus", "viesResult", "documentsComplete", "missingDocuments", "amlStatus")
    assert {name: by_link[name] for name in same} == {name: by_api[name] for name in same}
    assert by_link["overallStatus"] == "VALID"


def test_filed_papers_are_documents_of_the_web_app_with_their_dates(visitor):
    visitor.sends_everything()
    visitor.submits()

    filed = Document.objects.order_by("pk").values_list("type", "source", "document_on", "expires_on")
    today = date(2026, 4, 25)
    assert list(filed) == [
        ("COC_EXTRACT", "WEB_APP", today, None),
        ("VAT_CERTIFICATE", "WEB_APP", today, None),
        ("CONTACT_ID_CARD", "WEB_APP", today, date(2031, 5, 1)),
        ("AML_DECLARATION", "WEB_APP", today, None),
    ]


def test_the_receipt_lists_what_was_handed_over(visitor, invitation):
    visitor.sends_everything()

    receipt = Client().get(visitor.submits()["Location"])

    assert receipt.status_code == 200
    assert heading(receipt) == "Thank you"
    page = text(receipt)
    assert "Your documents have been sent to AutoHandel Mustermann GmbH." in page
    assert str(invitation.uuid) in page
    assert "Company register extract IMG_1.jpg" in page
    assert "Anti-money-laundering declaration aml-declaration.pdf" in page


def test_the_receipt_shows_no_other_documents(deal, visitor):
    deal.partner.upload(f"{deal.buyer_path}/kyc/documents", "BANK_STATEMENT", pdf("bank"), name="bank.pdf")
    visitor.sends_everything()

    assert "bank.pdf" not in text(Client().get(visitor.submits()["Location"]))


def test_the_receipt_is_gone_after_a_day(visitor):
    visitor.sends_everything()
    receipt = visitor.submits()["Location"]

    with time_machine.travel("2026-04-26T10:05:00Z"):
        response = Client().get(receipt)

    assert response.status_code == 410
    assert heading(response) == "This link has been used"
    assert "Kowalski" not in response.content.decode()


def test_a_receipt_of_papers_that_were_not_submitted_does_not_open(visitor, invitation):
    visitor.sends_everything()
    ticket = views.ticket_for(invitation)

    assert Client().get(f"/b/{ticket}/receipt/").status_code == 404


def test_an_altered_receipt_is_unknown_and_no_link(visitor):
    visitor.sends_everything()
    receipt = visitor.submits()["Location"]

    assert Client().get(receipt.replace("/receipt/", "x/receipt/")).status_code == 404
    assert Client().get(receipt.replace("receipt/", "")).status_code == 404
    assert Client().get(f"{visitor.path}receipt/").status_code == 404


def test_the_link_ends_while_somebody_is_still_typing(visitor, invitation):
    visitor.get()
    Invitation.objects.filter(pk=invitation.pk).update(
        expires_at=invitation.created_at + timedelta(seconds=1)
    )
    with time_machine.travel("2026-04-25T10:01:00Z"), nothing_moves():
        response = visitor.post("declaration/", ANSWERS)

    assert response.status_code == 410
