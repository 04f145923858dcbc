"""Which move the case page offers for a blocker of the invoices: the one of the invoice that is wrong."""

import pytest

from compliance.case_page import case_page, orders_with_parts
from tests.deal import money, taken

FINAL = {
    "invoiceDate": "2026-04-25",
    "invoiceNumber": "INV-2",
    "vatIncluded": False,
    "amount": money(1850000),
}


def remedies(deal):
    panels = case_page(orders_with_parts().get(uuid=deal.order["uuid"])).panels
    return {blocker.code: blocker.moves for panel in panels for blocker in panel.blockers}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"amount": money(1849900)}, "INVOICE_TOTAL_MISMATCH"),
        ({"buyerName": "Somebody Else S.A."}, "BUYER_NAME_MISMATCH"),
        ({"marginScheme": True}, "MARGIN_SCHEME"),
        ({"marginScheme": True, "vatIncluded": True, "amount": money(2201500)}, "INVOICE_VAT_MISMATCH"),
        ({"vatIncluded": True, "amount": money(2201500)}, "FINAL_INVOICE_VAT_MISMATCH"),
    ],
)
def test_a_wrong_final_invoice_is_corrected_where_it_is_wrong(quick_deal, wrong, code):
    quick_deal.is_judged()
    taken(quick_deal.partner.post(f"{quick_deal.path}/finalization/final-invoice", FINAL | wrong), 201)

    assert remedies(quick_deal)[code] == ("change-final-invoice",)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"amount": money(1849900)}, "INVOICE_TOTAL_MISMATCH"),
        ({"buyerName": "Somebody Else S.A."}, "BUYER_NAME_MISMATCH"),
        ({"marginScheme": True}, "MARGIN_SCHEME"),
        ({"vatIncluded": True}, "INVOICE_VAT_MISMATCH"),
    ],
)
def test_a_wrong_preliminary_invoice_also_when_a_final_one_is_there(quick_deal, wrong, code):
    quick_deal.is_judged()
    taken(quick_deal.partner.post(f"{quick_deal.path}/finalization/final-invoice", FINAL), 201)
    path = f"{quick_deal.path}/invoice?type=PRELIMINARY"
    version = taken(quick_deal.partner.get(path), 200)["version"]
    taken(quick_deal.partner.patch(path, wrong, version=version), 200)

    assert remedies(quick_deal)[code] == ("change-invoice",)
