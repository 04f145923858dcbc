"""The document itself stands as a picture beside the form that asks a person to match or approve it."""

import re

import pytest

from buyers.models import Buyer, Kyc
from nt24.audit.models import Entry
from nt24.documents.models import Document
from tests.papers import pdf
from tests.staff.desk import Desk, member, move_of, page_of

PICTURE = re.compile(r'src="(/admin/documents/document/\d+/preview/)"')


@pytest.mark.parametrize(
    ("move", "type"),
    [
        ("change-invoice", "SHIPMENT_PRELIMINARY_INVOICE"),
        ("change-payment", "PAYMENT_CONFIRMATION"),
        ("revoke-delivery", "TRANSPORT_CMR_DELIVERY"),
        ("submit-final-invoice", "SHIPMENT_PRELIMINARY_INVOICE"),
    ],
)
def test_a_form_about_a_case_shows_the_first_page(desk, deal, case, move, type):
    deal.is_judged()
    document = Document.objects.get(type=type)

    (picture, *_) = [url for url in PICTURE.findall(desk.opens(case.move(move))) if f"/{document.pk}/" in url]
    answer = desk.get(picture)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_a_held_back_document_and_one_without_permission_show_no_picture(desk, deal, case):
    deal.is_judged()
    change = case.move("change-invoice")
    stranger = Desk(member("stella", "orders.view_order", "orders.change_invoice"))
    assert PICTURE.findall(stranger.opens(change)) == []

    document = Document.objects.get(type="SHIPMENT_PRELIMINARY_INVOICE")
    assert stranger.get(f"/admin/documents/document/{document.pk}/preview/").status_code == 403
    Document.objects.filter(pk=document.pk).update(scan_status="INFECTED")
    assert PICTURE.findall(desk.opens(change)) == []
    assert desk.get(f"/admin/documents/document/{document.pk}/preview/").status_code == 409


@pytest.fixture
def exposed(deal):
    """A buyer who has declared a politically exposed person."""
    deal.has_buyer().has_kyc()
    Kyc.objects.update(exposed_since="2026-04-20T10:00:00Z")
    return Buyer.objects.get()


def test_a_declaration_is_shown_for_a_purpose_and_the_way_leads_back(desk, exposed):
    form = move_of(exposed, "propose-acceptance")
    document = Document.objects.get(type="AML_DECLARATION")
    preview = f"/admin/documents/document/{document.pk}/preview/"

    page = desk.opens(form)
    assert PICTURE.findall(page) == []
    assert desk.get(preview).status_code == 403
    (ask,) = re.findall(r'href="(/admin/purpose/[^"]+)"', page)
    back = desk.http.post(ask.replace("&amp;", "&"), {"purpose": "reviewing the declaration"})
    assert back["Location"] == form

    assert PICTURE.findall(desk.opens(form)) == [preview]
    assert desk.get(preview).status_code == 200
    (entry,) = Entry.objects.filter(subject_uuid=document.uuid, action="kyc_document.read")
    assert (entry.actor_label, entry.purpose) == ("Anna Nowak", "reviewing the declaration")


def test_who_may_not_see_people_is_offered_no_look_at_them(exposed):
    clerk = Desk(member("clara", "buyers.view_buyer", "buyers.clear_aml", "documents.view_document"))

    page = clerk.opens(move_of(exposed, "propose-acceptance"))

    assert "AML declaration" not in page
    assert PICTURE.findall(page) == []


def test_archiving_shows_what_is_archived(desk, deal, case):
    deal.has_buyer().has_kyc().has_order()
    filed = deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf("contract"))

    assert len(PICTURE.findall(desk.opens(case.move("archive-document", filed["uuid"])))) == 1


def test_missing_documents_lead_to_their_form(desk, deal, case):
    deal.has_buyer().has_order()
    buyer = Buyer.objects.get()
    form = move_of(buyer, "file-kyc-document")

    for page in (page_of(buyer), case.page):
        links = re.findall(rf'href="{form}\?type=(\w+)"', desk.opens(page))
        assert links == ["COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION"]
    assert desk.form(f"{form}?type=VAT_CERTIFICATE")["type"] == "VAT_CERTIFICATE"
