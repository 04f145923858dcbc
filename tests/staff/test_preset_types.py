"""The type of an upload is preset from what the case waits for, or by the link that leads to the form."""

import pytest


def preset(desk, case, move, query=""):
    return desk.form(f"{case.move(move)}{query}").get("type", "")


def test_the_paper_that_is_missing_is_preset(desk, case, deal):
    deal.has_buyer().has_kyc().has_order()
    data = {"invoiceDate": "2026-04-18", "invoiceNumber": "I-1"}
    desk.presses(case.move("submit-invoice"), **data)
    assert preset(desk, case, "file-invoice-document") == "SHIPMENT_PRELIMINARY_INVOICE"

    paid = {"paymentDate": "2026-04-20", "sourceIban": "DE89 3704 0044 0532 0130 00"}
    desk.presses(case.move("submit-payment"), **paid)
    assert preset(desk, case, "file-payment-document") == "PAYMENT_CONFIRMATION"


@pytest.mark.parametrize(
    ("type", "first", "second", "arrival"),
    [
        ("COMPANY_TRANSPORT", "TRANSPORT_CMR", "TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY"),
        ("SELF_PICKUP", "TRANSPORT_PICKUP_DECLARATION", "TRANSPORT_PICKUP_DECLARATION",
         "TRANSPORT_CONFIRMATION_OF_ARRIVAL"),
    ],
)  # fmt: skip
def test_transport_papers_follow_the_kind_of_transport(desk, case, deal, type, first, second, arrival):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    desk.presses(case.move("confirm-pickup"), type=type, pickupDate="2026-04-22")
    assert preset(desk, case, "file-transport-document") == first
    desk.presses(case.move("confirm-delivery"), deliveryDate="2026-04-24")
    assert preset(desk, case, "file-transport-document") == second
    deal.uploads(f"{deal.path}/transport/documents", first)
    assert preset(desk, case, "file-transport-document") == arrival


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("?type=SHIPMENT_INVOICE", "SHIPMENT_INVOICE"),
        ("?type=x", ""),
        ("?type=TRANSPORT_CMR", ""),
        ("?type=%00", ""),
    ],
)
def test_a_link_names_the_type_and_only_one_that_is_offered(desk, case, deal, query, held):
    deal.has_buyer().has_kyc().has_order().has_invoice()

    assert preset(desk, case, "file-invoice-document", query) == held
