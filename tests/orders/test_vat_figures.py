"""Rate and amount of the VAT that an invoice states: what is taken, completed, refused and shown."""

import pytest

from orders.vat_figures import rate_in_words, vat_within
from tests.deal import BERLIN, money, taken
from tests.ledger import fields_of, nothing_moves, refused

FINAL = {"invoiceDate": "2026-04-25", "invoiceNumber": "INV-2", "vatIncluded": True, "amount": money(2201500)}


@pytest.fixture
def taxed(ordered):
    """An order whose verdict is VAT_APPLICABLE."""
    ordered.has_invoice().has_payment().is_ready().is_picked_up()
    ordered.is_delivered(deliveryAddress=BERLIN)
    return ordered


def submitted(deal, **members):
    return deal.partner.post(f"{deal.path}/finalization/final-invoice", FINAL | members)


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [(2201500, "19", 351500), (2321750, "25.5", 471750), (1951750, "5.50", 101750), (999, "7", 65)],
)
def test_the_tax_follows_from_gross_and_rate_where_it_is_left_out(taxed, gross, rate, tax):
    invoice = taken(submitted(taxed, amount=money(gross), vatRate=rate), 201)

    assert invoice["vatAmount"] == money(tax)
    assert invoice["vatRate"] == rate.removesuffix("0") if "." in rate else rate
    assert taken(submitted(taxed, amount=money(gross), vatRate=rate), 200) == invoice


def test_a_tax_rounded_for_each_line_is_kept_as_it_is(taxed):
    invoice = taken(submitted(taxed, vatRate="19", vatAmount=money(351503)), 201)

    assert (invoice["vatRate"], invoice["vatAmount"]) == ("19", money(351503))


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"vatRate": "19", "vatAmount": money(418285)}, "vatAmount"),  # 19 % of the gross amount
        ({"vatRate": "19", "vatAmount": money(351500, "PLN")}, "vatAmount"),
        ({"vatAmount": money(351500)}, "vatRate"),
        ({"vatIncluded": False, "vatRate": "19"}, "vatRate"),
        ({"vatIncluded": False, "vatAmount": money(0)}, "vatAmount"),
        ({"vatRate": "0"}, "vatRate"),
        ({"vatRate": "0.19"}, "vatRate"),
        ({"vatRate": "0.99"}, "vatRate"),
        ({"vatRate": "0.05"}, "vatRate"),
        ({"vatRate": "00"}, "vatRate"),
        ({"vatRate": "019"}, "vatRate"),
        ({"vatRate": "19 %"}, "vatRate"),
        ({"vatRate": "19,0"}, "vatRate"),
        ({"vatRate": "119"}, "vatRate"),
        ({"vatRate": 19}, "vatRate"),
        ({"vatRate": "١٩"}, "vatRate"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(taxed, members, field):
    with nothing_moves():
        assert fields_of(refused(submitted(taxed, **members), 422, "validation-error")) == [field]


def test_a_correction_keeps_the_figures_in_agreement(taxed):
    taken(submitted(taxed, vatRate="19"), 201)
    path = f"{taxed.path}/invoice?type=FINAL"

    def corrected(**changes):
        version = taken(taxed.partner.get(path), 200)["version"]
        return taxed.partner.patch(path, changes, version=version)

    assert taken(corrected(amount=money(1190000)), 200)["vatAmount"] == money(190000)
    assert taken(corrected(vatRate="7"), 200)["vatAmount"] == money(77850)
    with nothing_moves():
        assert fields_of(refused(corrected(vatAmount=money(190000)), 422, "validation-error")) == [
            "vatAmount"
        ]
    without = taken(corrected(vatIncluded=False), 200)
    assert without.keys().isdisjoint({"vatRate", "vatAmount"})


def test_an_invoice_without_them_looks_as_published(taxed):
    assert taken(submitted(taxed), 201).keys().isdisjoint({"vatRate", "vatAmount"})


def test_the_sums_are_those_of_a_calculator():
    assert [vat_within(11900, 1900), vat_within(10700, 700), vat_within(12550, 2550)] == [1900, 700, 2550]
    assert [rate_in_words(rate) for rate in (1900, 2550, 810, 5, 2000)] == ["19", "25.5", "8.1", "0.05", "20"]
