"""Letting vehicles go although something is open takes a tick and a reason; a final invoice has figures that add up."""

import pytest

from tests.deal import BERLIN, money
from tests.ledger import nothing_moves
from tests.staff.desk import newest, problems_on

WHY = {"why": "The bank has confirmed by phone"}


def ticked(desk, url):
    """The tick that the form offers, as a browser would send it."""
    page = desk.opens(url)
    return {"despite": [page.split('name="despite" value="')[1].split('"')[0]], **WHY}


def test_ready_for_pickup_lists_what_is_open(desk, case, deal):
    deal.has_buyer().has_order().has_invoice().has_payment()
    url = case.move("ready-for-pickup")

    page = desk.opens(url)
    with nothing_moves():
        desk.presses(url, status=422)
        desk.presses(url, status=422, **WHY)
        desk.presses(url, status=422, despite=ticked(desk, url)["despite"])
        desk.presses(url, status=422, despite=["SOMETHING_ELSE"], **WHY)

    assert "Still open" in page
    assert "Upload what the buyer" in page or "VAT number has not been checked" in page
    desk.presses(url, **ticked(desk, url))
    assert newest("payment.ready_for_pickup").purpose == WHY["why"]


def test_without_open_points_one_press_is_enough(desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()
    url = case.move("ready-for-pickup")

    assert "Still open" not in desk.opens(url)
    desk.presses(url)


def test_a_pickup_with_open_points_takes_a_reason_too(desk, case, deal):
    deal.has_buyer().has_order().has_invoice().has_payment().is_ready()
    url, about = case.move("confirm-pickup"), {"type": "SELF_PICKUP", "pickupDate": "2026-04-22"}

    with nothing_moves():
        answer = desk.presses(url, status=422, **about)
    desk.presses(url, **about, **ticked(desk, url))

    assert "Tick this to go on." in " ".join(problems_on(answer))


def test_a_point_that_has_come_up_since_is_not_covered_by_the_tick(desk, case, deal):
    deal.has_buyer().has_order().has_invoice().has_payment()
    url = case.move("ready-for-pickup")
    form = {**desk.form(url), **ticked(desk, url)}
    version = deal.partner.get(f"{deal.path}/payment").json()["version"]
    deal.partner.patch(f"{deal.path}/payment", {"cashAmount": money(500)}, version=version)

    assert desk.sends(url, form).status_code in (409, 422)


def test_the_facts_to_match_stand_beside_the_form(desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice()

    for move in ("submit-payment", "change-invoice", "file-payment-document"):
        page = desk.opens(case.move(move))
        assert "18,500.00 EUR" in page
        assert "Auto Handel Kowalski" in page
        assert "WVWZZZ1JZXW000001" in page


@pytest.fixture
def taxed(deal):
    """Delivered in the state it left from."""
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up()
    return deal.is_delivered(deliveryAddress=BERLIN)


FINAL = {"invoiceDate": "2026-04-25", "invoiceNumber": "F-1", "netAmount__value": "18500"}


def test_the_final_invoice_is_preset_with_vat_after_vat_applicable(desk, case, taxed):
    form = desk.form(case.move("submit-final-invoice"))

    assert form["vatIncluded"] == ["on"]
    assert (form["netAmount.value"], form["amount.value"]) == ("18500.00", "")


@pytest.mark.parametrize(
    ("rate", "gross"), [("19", "22.015,00"), ("7", "19795"), ("25.5", "23 217,50"), ("21", "22385.01")]
)
def test_net_rate_and_gross_that_add_up_are_taken(desk, case, taxed, rate, gross):
    desk.presses(case.move("submit-final-invoice"), **FINAL, vatRate=rate, amount__value=gross)

    invoice = taxed.partner.get(f"{taxed.path}/invoice?type=FINAL").json()
    assert (invoice["vatIncluded"], invoice["vatRate"]) == (True, rate)
    assert invoice["vatAmount"]["value"] == invoice["amount"]["value"] - 1850000


@pytest.mark.parametrize(
    ("rate", "gross", "said"),
    [
        ("19", "22000", "give 22,015.00 EUR, but the gross amount is 22,000.00 EUR"),
        ("19", "18500", "give 22,015.00 EUR"),
        ("19", "18000", "below the net amount"),
        ("", "22015", "Required on an invoice with VAT"),
        ("19", "22015.02", "but the gross amount is 22,015.02 EUR"),
    ],
)
def test_figures_that_contradict_each_other_are_asked_back(desk, case, taxed, rate, gross, said):
    with nothing_moves():
        answer = desk.presses(
            case.move("submit-final-invoice"), status=422, **FINAL, vatRate=rate, amount__value=gross
        )

    assert said in " ".join(problems_on(answer))


def test_a_valid_export_is_invoiced_without_vat(desk, case, deal):
    deal.is_judged()
    form = desk.form(case.move("submit-final-invoice"))

    assert "vatIncluded" not in form
    assert "netAmount.value" not in form
    assert form["amount.value"] == "18500.00"
