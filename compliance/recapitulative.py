"""The recapitulative statement's lines (Directive 2006/112/EC, Articles 262 to 264). Pure functions, no database.

The list helps whoever files the statement and is not the statement: supplies that NT24 does not know are not in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from buyers.vies.numbers import split_vat_number
from nt24.money import Money

INVOICE_DAY = 15  # of the month after the supply: the last day for its invoice (Article 222)


@dataclass(frozen=True, slots=True)
class Invoiced:
    """What an invoice says, as far as it counts here."""

    on: date
    amount: Money
    vat_included: bool


@dataclass(frozen=True, slots=True)
class Supply:
    """One exempt supply. `seller` tells sellers apart: two may have one name."""

    seller: int
    organization_name: str
    seller_name: str
    seller_vat_number: str
    buyer_vat_number: str
    chargeable_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Line:
    """All supplies of a seller to one VAT number in a month and a currency; `month` is its first day."""

    organization_name: str
    seller_name: str
    seller_vat_number: str
    month: date
    buyer_vat_number: str
    supplies: int
    amount: Money


def counting_invoice(preliminary: Invoiced | None, final: Invoiced | None) -> Invoiced | None:
    """The final invoice, unless it states VAT on a supply that is exempt: that one has to be corrected first."""
    return preliminary if final is None or final.vat_included else final


def chargeable_on(invoiced_on: date, dispatched_on: date) -> date:
    """When the exempt supply is to be reported: with its invoice, at the latest on the 15th of the next month.

    Article 67 with Article 222; the supply is made when the transport begins (Article 32).
    """
    is_december = dispatched_on.month == 12
    year, month = (
        (dispatched_on.year + 1, 1) if is_december else (dispatched_on.year, dispatched_on.month + 1)
    )
    return min(invoiced_on, date(year, month, INVOICE_DAY))


def lines_of(supplies: Iterable[Supply]) -> list[Line]:
    """Sorted by seller, month, VAT number and currency. Numbers are written as in VIES: GR is EL."""
    sums: dict[tuple[int, date, str, str], tuple[Supply, int, Money]] = {}
    for supply in supplies:
        number = str(split_vat_number(supply.buyer_vat_number))
        key = (supply.seller, supply.chargeable_on.replace(day=1), number, supply.amount.currency)
        first, count, amount = sums.get(key, (supply, 0, Money(0, supply.amount.currency)))
        sums[key] = (first, count + 1, amount + supply.amount)
    lines = [
        (
            (first.seller_name, *key),
            Line(
                organization_name=first.organization_name,
                seller_name=first.seller_name,
                seller_vat_number=first.seller_vat_number,
                month=key[1],
                buyer_vat_number=key[2],
                supplies=count,
                amount=amount,
            ),
        )
        for key, (first, count, amount) in sums.items()
    ]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]
