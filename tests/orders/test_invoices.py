"""The preliminary invoice: states, corrections, refusals (contract 8, 10, 16.3, 16.7)."""

from unittest.mock import ANY

import pytest

from buyers import checks
from nt24.actors import system
from nt24.audit.models import Entry
from nt24.documents.actions import record_scan
from nt24.documents.models import Document, ScanStatus
from nt24.events import evidence_changed
from orders.models import Invoice, Order
from tests.deal import money, taken
from tests.ledger import fields_of, nothing_moves, refused
from tests.papers import pdf

EUROS = money(1850000)
BODY = {
    "type": "PRELIMINARY",
    "invoiceDate": "2026-04-18",
    "invoiceNumber": "INV-1",
    "vatIncluded": False,
    "amount": EUROS,
}
PAPER = "SHIPMENT_PRELIMINARY_INVOICE"


def invoice_of(deal, query=""):
    return taken(deal.partner.get(f"{deal.path}/invoice{query}"), 200)


def test_an_invoice_is_a_draft_until_its_pdf_is_there(ordered):
    response = ordered.partner.post(f"{ordered.path}/invoice", BODY)

    assert taken(response, 201) == {
        **BODY,
        "marginScheme": False,
        "status": "DRAFT",
        "finalInvoiceRequired": True,
        "finalInvoiceReceived": False,
        "version": 0,
        "updatedAt": ANY,
    }
    assert response["ETag"] == '"0"'
    assert response["Location"] == f"{ordered.partner.path(ordered.path)}/invoice?type=PRELIMINARY"
    assert taken(ordered.partner.get(response["Location"]), 200) == response.json()
    assert "MISSING_INVOICE_PDF" in ordered.codes()
    assert (ordered.now()["status"], ordered.now()["version"]) == ("INVOICE_SUBMITTED", 1)

    document = ordered.uploads(f"{ordered.path}/invoice/documents", PAPER)
    assert (invoice_of(ordered)["status"], invoice_of(ordered)["version"]) == ("VALID", 1)
    assert "MISSING_INVOICE_PDF" not in ordered.codes()

    archived = f"{ordered.path}/invoice/documents/{document['uuid']}"
    taken(ordered.partner.patch(archived, {"status": "ARCHIVED"}, version=0), 200)
    assert (invoice_of(ordered)["status"], invoice_of(ordered)["version"]) == ("DRAFT", 2)
    assert "MISSING_INVOICE_PDF" in ordered.codes()


def test_a_pdf_that_came_before_the_invoice_counts(ordered):
    ordered.uploads(f"{ordered.path}/invoice/documents", PAPER)

    assert taken(ordered.partner.post(f"{ordered.path}/invoice", BODY), 201)["status"] == "VALID"


def test_the_final_invoices_pdf_does_not_serve_the_preliminary_one(ordered):
    taken(ordered.partner.post(f"{ordered.path}/invoice", BODY), 201)

    ordered.uploads(f"{ordered.path}/invoice/documents", "SHIPMENT_INVOICE")
    assert invoice_of(ordered)["status"] == "DRAFT"


@pytest.mark.parametrize(("result", "status"), [("CLEAN", "VALID"), ("INFECTED", "DRAFT")])
def test_an_invoice_is_submitted_while_its_pdf_waits_for_the_scanner(ordered, settings, result, status):
    taken(ordered.partner.post(f"{ordered.path}/invoice", BODY), 201)
    settings.CLAMD_URL = "tcp://127.0.0.1:9"  # nobody listens there

    document = ordered.uploads(f"{ordered.path}/invoice/documents", PAPER)
    assert document["scanStatus"] == "PENDING"
    assert invoice_of(ordered)["status"] == "SUBMITTED"
    assert "MISSING_INVOICE_PDF" in ordered.codes()
    scanner = system("scan")
    record_scan(Document.objects.get(uuid=document["uuid"]), ScanStatus(result), by=scanner)
    evidence_changed.send(sender=Document, order_ids=(Order.objects.get().pk,), by=scanner)

    assert invoice_of(ordered)["status"] == status
    assert ("MISSING_INVOICE_PDF" in ordered.codes()) is (status == "DRAFT")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": money(1849999)}, "INVOICE_TOTAL_MISMATCH"),
        ({"vatIncluded": True}, "INVOICE_VAT_MISMATCH"),
        ({"marginScheme": True}, "MARGIN_SCHEME"),
        ({"buyerName": "Somebody Else"}, "BUYER_NAME_MISMATCH"),
    ],
)
def test_a_patch_is_assessed_at_once_in_both_directions(ordered, change, code):
    ordered.has_invoice(buyerName="Auto Handel Kowalski Sp. z o.o.")
    good = invoice_of(ordered)
    path = f"{ordered.path}/invoice"

    wrong = taken(ordered.partner.patch(path, change, version=good["version"]), 200)
    assert wrong == {
        **good, **change, "status": "INVALID", "version": good["version"] + 1, "updatedAt": ANY,
    }  # fmt: skip
    assert code in ordered.codes()
    assert ordered.rollup()["modules"]["invoice"]["status"] == "INVALID"
    back = {name: good[name] for name in change}
    right = taken(ordered.partner.patch(path, back, version=wrong["version"]), 200)
    assert (right["status"], right["version"]) == ("VALID", good["version"] + 2)
    assert code not in ordered.codes()


def test_a_name_is_compared_without_case_spaces_and_points(ordered):
    ordered.has_invoice(buyerName="AUTO HANDEL KOWALSKI  SP Z O.O")

    assert invoice_of(ordered)["status"] == "VALID"


def test_an_invoice_is_found_by_type_or_as_the_one_that_stands(deal):
    deal.is_judged()
    final = {**BODY, "type": "FINAL", "invoiceNumber": "INV-2"}
    assert invoice_of(deal)["type"] == "PRELIMINARY"
    refused(deal.partner.get(f"{deal.path}/invoice?type=FINAL"), 404, "not-found")

    taken(deal.partner.post(f"{deal.path}/invoice", final), 201)
    assert invoice_of(deal)["type"] == "FINAL"
    assert invoice_of(deal, "?type=PRELIMINARY")["invoiceNumber"] == "INV-1"
    assert invoice_of(deal, "?type=FINAL")["invoiceNumber"] == "INV-2"
    patched = deal.partner.patch(
        f"{deal.path}/invoice?type=PRELIMINARY",
        {"invoiceNumber": "INV-1a"},
        version=invoice_of(deal, "?type=PRELIMINARY")["version"],
    )
    assert (taken(patched, 200)["type"], patched.json()["invoiceNumber"]) == ("PRELIMINARY", "INV-1a")


def test_without_an_invoice_there_is_none_to_read_or_change(ordered):
    with nothing_moves():
        refused(ordered.partner.get(f"{ordered.path}/invoice"), 404, "not-found")
        refused(
            ordered.partner.patch(f"{ordered.path}/invoice", {"vatIncluded": True}, version=0),
            404,
            "not-found",
        )
        refused(ordered.partner.get(f"{ordered.path}/invoice?type=OTHER"), 422, "validation-error")


def test_the_same_invoice_again_is_found_and_another_one_is_a_conflict(ordered):
    first = taken(ordered.partner.post(f"{ordered.path}/invoice", BODY), 201)

    with nothing_moves():
        again = ordered.partner.post(f"{ordered.path}/invoice", BODY)
        assert (taken(again, 200), "Location" in again) == (first, False)
        assert taken(ordered.partner.post(f"{ordered.path}/invoice", {**BODY, "marginScheme": False}), 200)
        other = ordered.partner.post(f"{ordered.path}/invoice", {**BODY, "invoiceNumber": "INV-9"})
        problem = refused(other, 409, "resource-exists-different-body")
    assert problem["currentResource"] == first


def test_a_stale_version_is_refused_and_an_absent_one_is_malformed(ordered):
    ordered.has_invoice()
    path, now = f"{ordered.path}/invoice", invoice_of(ordered)

    with nothing_moves():
        stale = ordered.partner.patch(path, {"vatIncluded": True}, version=0)
        assert refused(stale, 409, "version-mismatch")["currentResource"] == now
        refused(ordered.partner.patch(path, {"vatIncluded": True}), 400, "malformed-request")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "PROFORMA"}, "type"),
        ({"invoiceDate": "2026-04-27"}, "invoiceDate"),
        ({"invoiceDate": None}, "invoiceDate"),
        ({"invoiceNumber": ""}, "invoiceNumber"),
        ({"invoiceNumber": "x" * 101}, "invoiceNumber"),
        ({"vatIncluded": "false"}, "vatIncluded"),
        ({"marginScheme": 0}, "marginScheme"),
        ({"amount": 1850000}, "amount"),
        ({"amount": money(-1)}, "amount.value"),
        ({"status": "VALID"}, "status"),
        ({"finalInvoiceRequired": True}, "finalInvoiceRequired"),
    ],
)
def test_an_invalid_invoice_is_refused_and_nothing_is_stored(ordered, change, field):
    with nothing_moves():
        response = ordered.partner.post(f"{ordered.path}/invoice", {**BODY, **change})
        assert fields_of(refused(response, 422, "validation-error")) == [field]
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("change", [{}, {"type": "FINAL"}, {"invoiceDate": "2026-04-27"}])
def test_a_patch_takes_what_a_patch_may_change(ordered, change):
    ordered.has_invoice()

    with nothing_moves():
        path, version = f"{ordered.path}/invoice", invoice_of(ordered)["version"]
        refused(ordered.partner.patch(path, change, version=version), 422, "validation-error")


def test_the_trail_has_the_old_and_the_new_value(ordered):
    ordered.has_invoice()
    taken(ordered.partner.patch(f"{ordered.path}/invoice", {"invoiceNumber": "INV-2"}, version=1), 200)

    entry = Entry.objects.get(action="invoice.updated")
    assert entry.changes == {"invoice_number": ["INV-1", "INV-2"]}
    assert str(entry.order_uuid) == ordered.order["uuid"]


def test_a_correction_after_the_verdict_changes_the_verdict(deal):
    deal.is_judged()
    path, version = f"{deal.path}/invoice", invoice_of(deal)["version"]

    taken(deal.partner.patch(path, {"amount": money(1)}, version=version), 200)
    assert (deal.rollup()["complianceStatus"], deal.rollup()["decision"]) == ("INCOMPLETE", None)
    assert deal.now()["status"] == "TRANSPORT_COMPLETED"
    assert invoice_of(deal)["finalInvoiceRequired"] is True
    taken(deal.partner.patch(path, {"amount": EUROS}, version=version + 1), 200)
    assert deal.now()["status"] == "COMPLIANCE_VALID"
    assert invoice_of(deal)["finalInvoiceRequired"] is True


def test_the_invoice_answers_304_until_it_moves(ordered):
    ordered.has_invoice()
    path = f"{ordered.path}/invoice"

    assert ordered.partner.get(path, If_None_Match='"1"').status_code == 304
    ordered.partner.upload(f"{path}/documents", PAPER, pdf("a second copy"))
    assert ordered.partner.get(path, If_None_Match='"1"').status_code == 304
    taken(ordered.partner.patch(path, {"vatIncluded": True}, version=1), 200)
    assert ordered.partner.get(path, If_None_Match='"1"').status_code == 200
    checks.ask_due()
