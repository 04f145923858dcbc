"""The recapitulative statement's lines as tables: which invoice counts, which month, and what is added up."""

from datetime import date

import pytest

from compliance.recapitulative import Invoiced, Line, Supply, chargeable_on, counting_invoice, lines_of
from nt24.money import Money


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("invoiced", "dispatched", "reported"),
    [
        ("2026-04-18", "2026-04-22", "2026-04-18"),  # the invoice is first
        ("2026-04-30", "2026-04-22", "2026-04-30"),
        ("2026-05-02", "2026-04-30", "2026-05-02"),  # in the month after the supply
        ("2026-05-15", "2026-04-01", "2026-05-15"),  # on the last day
        ("2026-05-16", "2026-04-01", "2026-05-15"),  # late: the 15th of the next month
        ("2026-09-01", "2026-04-30", "2026-05-15"),
        ("2027-02-01", "2026-12-31", "2027-01-15"),  # over the turn of the year
        ("2026-12-31", "2026-12-31", "2026-12-31"),
        ("2028-03-20", "2028-02-29", "2028-03-15"),
        ("2026-03-31", "2026-05-01", "2026-03-31"),  # invoiced long before
    ],
)
def test_a_supply_is_reported_with_its_invoice_or_in_the_middle_of_the_next_month(
    invoiced, dispatched, reported
):
    assert chargeable_on(day(invoiced), day(dispatched)) == day(reported)


PRELIMINARY = Invoiced(day("2026-04-18"), Money(100, "EUR"), vat_included=False)
FINAL = Invoiced(day("2026-04-25"), Money(90, "EUR"), vat_included=False)
WITH_VAT = Invoiced(day("2026-04-25"), Money(119, "EUR"), vat_included=True)


@pytest.mark.parametrize(
    ("preliminary", "final", "counts"),
    [
        (PRELIMINARY, FINAL, FINAL),
        (PRELIMINARY, None, PRELIMINARY),
        (None, FINAL, FINAL),
        (PRELIMINARY, WITH_VAT, PRELIMINARY),
        (None, WITH_VAT, None),
        (None, None, None),
    ],
)
def test_the_final_invoice_counts_unless_it_contradicts_the_exemption(preliminary, final, counts):
    assert counting_invoice(preliminary, final) == counts


def supply(on="2026-04-18", amount=100, currency="EUR", buyer="PL5260001246", seller=1, **changes):
    about = {
        "organization_name": "Bank", "seller_name": f"Seller {seller}", "seller_vat_number": f"DE{seller}",
    }  # fmt: skip
    return Supply(
        seller=seller, buyer_vat_number=buyer, chargeable_on=day(on), amount=Money(amount, currency),
        **{**about, **changes},
    )  # fmt: skip


def line(month="2026-04-01", amount=100, currency="EUR", buyer="PL5260001246", seller=1, supplies=1):
    return Line(
        "Bank", f"Seller {seller}", f"DE{seller}", day(month), buyer, supplies, Money(amount, currency)
    )


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ([], []),
        ([supply(), supply("2026-04-30", 50)], [line(amount=150, supplies=2)]),
        ([supply(), supply("2026-05-01", 50)], [line(), line("2026-05-01", 50)]),
        ([supply(), supply(currency="PLN", amount=7)], [line(), line(currency="PLN", amount=7)]),
        ([supply(), supply(buyer="FR12345678901")], [line(buyer="FR12345678901"), line()]),
        (
            [supply(buyer="GR123456789"), supply(buyer="EL 123.456-789")],
            [line(buyer="EL123456789", amount=200, supplies=2)],
        ),
        ([supply(buyer="XI123456789")], [line(buyer="XI123456789")]),
        ([supply(seller=2), supply(seller=1)], [line(seller=1), line(seller=2)]),
        # two sellers of one name, registered with two organizations, are two sellers
        ([supply(seller=1), supply(seller=2, seller_name="Seller 1", seller_vat_number="DE1")], [line(), line()]),
    ],
    ids=[
        "none", "one month", "two months", "currencies", "buyers", "Greece", "Northern Ireland", "sellers", "same name",
    ],
)  # fmt: skip
def test_supplies_are_added_up_by_seller_month_number_and_currency(given, lines):
    assert lines_of(given) == lines
