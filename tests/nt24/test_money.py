"""Amounts have the decimals of their currency wherever people read them (contract 17.10)."""

import csv
import io
from decimal import Decimal

import pytest

from compliance.period_files import orders_as_csv
from nt24.api.json import CURRENCIES
from nt24.money import Money, decimals_of
from tests.compliance.periods import traded
from tests.compliance.test_period import april, row_of, text_of, workbook
from tests.deal import money


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (1850000, "EUR", "18,500.00 EUR"),
        (5, "PLN", "0.05 PLN"),
        (1850000, "JPY", "1,850,000 JPY"),
        (0, "KRW", "0 KRW"),
        (1850000, "KWD", "1,850.000 KWD"),
        (7, "TND", "0.007 TND"),
        (123456789, "CLF", "12,345.6789 CLF"),
        (10**13, "HUF", "100,000,000,000.00 HUF"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(value, currency, shown):
    assert str(Money(value, currency)) == shown
    assert Money(value, currency).major == Decimal(shown.split()[0].replace(",", ""))


def test_every_currency_that_is_taken_has_decimals_between_0_and_4():
    assert {decimals_of(code) for code in CURRENCIES} == {0, 2, 3, 4}


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XBA", "XSU", "XUA"])
def test_what_is_no_money_is_refused(deal, code):
    deal.has_buyer()
    vin = {"vin": "WVWZZZ1JZXW000001", "brand": "VW", "model": "Golf", "purchaseAmount": money(1, code)}
    body = {
        "externalOrderId": "1",
        "buyerId": deal.buyer["uuid"],
        "vins": [vin],
        "totalAmount": money(1, code),
    }

    response = deal.partner.post("P/orders", body)

    assert response.status_code == 422
    fields = {error["field"] for error in response.json()["errors"]}
    assert fields == {"vins[0].purchaseAmount.currency", "totalAmount.currency"}


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [("JPY", 1_850_050, "1,850,050 JPY"), ("KWD", 1_850_050, "1,850.050 KWD"), ("SEK", 5, "0.05 SEK")],
)
def test_a_blocker_names_the_amount_in_its_currency(deal, currency, total, amount):
    vehicle = {"vin": "WVWZZZ1JZXW000001", "brand": "VW", "model": "Golf"}
    deal.has_buyer()
    body = {
        "externalOrderId": "1", "buyerId": deal.buyer["uuid"], "totalAmount": money(total, currency),
        "vins": [{**vehicle, "purchaseAmount": money(total, currency)}],
    }  # fmt: skip
    deal.order = deal.partner.post("P/orders", body).json()
    deal.has_invoice(amount=money(1, currency))

    (message,) = [
        blocker["message"]
        for blocker in deal.rollup()["blockers"]
        if blocker["code"] == "INVOICE_TOTAL_MISMATCH"
    ]
    assert amount in message


@pytest.mark.parametrize(
    ("currency", "cell"), [("JPY", "1850050"), ("KWD", "1850.050"), ("EUR", "18500.50"), ("CLF", "185.0050")]
)
def test_lists_for_programs_and_for_people_have_them_too(seller, currency, cell):
    traded(seller, currency=currency)

    (row,) = csv.DictReader(io.StringIO("".join(orders_as_csv(april())).removeprefix("\ufeff"), newline=""))
    assert row["Total amount"] == cell
    in_sheet = row_of(workbook(april())["Orders"], 1)["J"]
    assert Decimal(text_of(in_sheet)) == Decimal(cell)
