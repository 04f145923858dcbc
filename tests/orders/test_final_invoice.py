"""The final invoice follows the verdict and never unmakes it (contract 8, 10, 16.11)."""

from unittest.mock import ANY

import pytest

from compliance.models import ExportFile
from tests.deal import BERLIN, money, taken
from tests.ledger import fields_of, messages, nothing_moves, refused

FINAL = {
    "invoiceDate": "2026-04-25",
    "invoiceNumber": "INV-2",
    "vatIncluded": False,
    "amount": money(1850000),
}


def invoice_of(deal, type):
    return taken(deal.partner.get(f"{deal.path}/invoice?type={type}"), 200)


def test_a_final_invoice_before_the_verdict_is_refused(ordered):
    ordered.has_invoice()

    with nothing_moves():
        below = ordered.partner.post(f"{ordered.path}/finalization/final-invoice", FINAL)
        refused(below, 409, "state-conflict")
        refused(
            ordered.partner.post(f"{ordered.path}/invoice", {**FINAL, "type": "FINAL"}), 409, "state-conflict"
        )


def test_the_verdict_asks_for_it_and_its_arrival_is_seen_everywhere(deal):
    deal.is_judged()
    preliminary = invoice_of(deal, "PRELIMINARY")
    assert (preliminary["finalInvoiceRequired"], preliminary["finalInvoiceReceived"]) == (True, False)
    before, moment = deal.rollup(), deal.now()

    response = deal.partner.post(f"{deal.path}/finalization/final-invoice", FINAL)
    assert taken(response, 201) == {
        **FINAL,
        "type": "FINAL",
        "marginScheme": False,
        "status": "DRAFT",
        "finalInvoiceRequired": True,
        "finalInvoiceReceived": True,
        "version": 0,
        "updatedAt": ANY,
    }
    assert response["Location"] == f"{deal.partner.path(deal.path)}/invoice?type=FINAL"
    assert invoice_of(deal, "PRELIMINARY") == {
        **preliminary,
        "finalInvoiceReceived": True,
        "version": preliminary["version"] + 1,
        "updatedAt": ANY,
    }
    after = deal.rollup()
    assert after["modules"]["invoice"] == {
        "status": "DRAFT",
        "type": "FINAL",
        "vatIncluded": False,
        "finalInvoiceRequired": True,
        "finalInvoiceReceived": True,
    }
    assert (after["complianceStatus"], after["version"]) == ("VALID", before["version"] + 1)
    assert deal.now() == moment

    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE")
    assert invoice_of(deal, "FINAL")["status"] == "VALID"
    reasons = ExportFile.objects.order_by("number").values_list("reason", flat=True)
    assert list(reasons) == ["FIRST_VERDICT", "FINAL_INVOICE"]


def test_vat_on_an_exempt_sale_is_shown_beside_the_verdict(deal):
    deal.is_judged()
    told = len(messages("compliance.status_changed", "compliance.decision_made"))
    body = {**FINAL, "vatIncluded": True, "amount": money(2201500)}

    taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", body), 201)
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE")
    rollup = deal.rollup()
    assert deal.codes() == ["FINAL_INVOICE_VAT_MISMATCH"]
    assert (rollup["complianceStatus"], rollup["decision"]) == ("VALID", "VALID_EXPORT")
    assert rollup["modules"]["invoice"]["status"] == "INVALID"
    assert len(messages("compliance.status_changed", "compliance.decision_made")) == told

    corrected = {"vatIncluded": False, "amount": money(1850000)}
    version = invoice_of(deal, "FINAL")["version"]
    taken(deal.partner.patch(f"{deal.path}/invoice?type=FINAL", corrected, version=version), 200)
    assert (deal.codes(), invoice_of(deal, "FINAL")["status"]) == ([], "VALID")


@pytest.mark.parametrize(("with_vat", "is_mismatch"), [(True, False), (False, True)])
def test_a_taxed_sale_wants_its_final_invoice_with_vat(ordered, with_vat, is_mismatch):
    ordered.has_invoice().has_payment().is_ready().is_picked_up()
    ordered.is_delivered(deliveryAddress=BERLIN)
    assert ordered.rollup()["decision"] == "VAT_APPLICABLE"

    taken(
        ordered.partner.post(
            f"{ordered.path}/finalization/final-invoice", {**FINAL, "vatIncluded": with_vat}
        ),
        201,
    )
    assert ("FINAL_INVOICE_VAT_MISMATCH" in ordered.codes()) is is_mismatch
    assert ordered.rollup()["decision"] == "VAT_APPLICABLE"


def test_both_ways_to_submit_it_are_one(deal):
    deal.is_judged()
    first = taken(deal.partner.post(f"{deal.path}/invoice", {**FINAL, "type": "FINAL"}), 201)

    with nothing_moves():
        below = f"{deal.path}/finalization/final-invoice"
        assert taken(deal.partner.post(below, FINAL), 200) == first
        assert taken(deal.partner.post(below, {**FINAL, "type": "FINAL"}), 200) == first
        other = deal.partner.post(below, {**FINAL, "invoiceNumber": "INV-3"})
        assert refused(other, 409, "resource-exists-different-body")["currentResource"] == first
        wrong = deal.partner.post(below, {**FINAL, "type": "PRELIMINARY"})
        assert fields_of(refused(wrong, 422, "validation-error")) == ["type"]


def test_one_that_is_there_is_still_found_when_the_verdict_is_gone(deal):
    deal.is_judged()
    first = taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", FINAL), 201)
    version = invoice_of(deal, "PRELIMINARY")["version"]
    wrong = {"amount": money(1)}
    taken(deal.partner.patch(f"{deal.path}/invoice?type=PRELIMINARY", wrong, version=version), 200)
    assert deal.rollup()["decision"] is None

    found = taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", FINAL), 200)
    assert found["invoiceNumber"] == first["invoiceNumber"]
    assert found["finalInvoiceRequired"] is True
