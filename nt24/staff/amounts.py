"""Amounts as people write them, and as the wire counts them: minor units of a currency (contract 17.10).

A text is read when it can mean one amount only. What could mean two is asked back with both readings.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from nt24.api.json import CURRENCIES
from nt24.money import Money, decimals_of

NUMBER = re.compile(r"[0-9]+(?:[., '][0-9]+)*")
GROUPS = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[., '])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
NO_CENTS = re.compile(r"(?<=[0-9])([.,])[-–—]{1,2}(?=[^0-9]*$)")  # `28.100,-`
MOST_DIGITS = 15
SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "kč": "CZK", "ft": "HUF", "lei": "RON", "лв": "BGN"}
SHARED_SIGNS = frozenset({"$", "¥", "kr", "fr"})  # of several currencies: they contradict none


def minor_units(text: str, currency: str) -> int:
    """`28.100,00`, `28,100.00`, `28 100,50 €` and `1'850'000` in minor units of the currency.

    :raises ValueError: with a sentence that says what to write instead.
    """
    number = _number_in(text, currency)
    readings = sorted(set(_readings(number, decimals_of(currency))))
    if len(readings) == 1:
        return int(readings[0].scaleb(decimals_of(currency)))
    if not readings:
        raise ValueError(_how_to_write(currency))
    low, high = (_unmistakable(one, currency) for one in readings)
    raise ValueError(
        f"“{number}” can be read in two ways. Write the amount with a point before the decimals: {low} or {high}."
    )


def written(minor: int, currency: str) -> str:
    """1850000 → `18500.00` EUR, `1850000` JPY, `1850.000` KWD."""
    return f"{Money(minor, currency).major:f}"


def read_back(text: str, currency: str) -> int:
    """What `written` wrote: a form that comes back untouched is not asked what it means."""
    return int(Decimal(text).scaleb(decimals_of(currency)))


def _number_in(text: str, currency: str) -> str:
    """The digits with their marks. A currency that is written beside them has to be the one that was chosen.

    :raises ValueError: there is no number, or it is one of another currency.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    plain = NO_CENTS.sub(r"\g<1>00", re.sub("[’‘´`]", "'", plain))
    found = NUMBER.search(plain)
    if found is None or sum(one.isdigit() for one in found[0]) > MOST_DIGITS:
        raise ValueError(_how_to_write(currency))
    beside = (plain[: found.start()] + plain[found.end() :]).strip(" .").lower()
    named = SIGNS.get(beside, beside.upper())
    if named in CURRENCIES and named != currency:
        raise ValueError(f"This is an amount in {named}, but the currency chosen is {currency or 'none'}.")
    if beside and named != currency and beside not in SHARED_SIGNS:
        raise ValueError(_how_to_write(currency))
    return found[0]


def _readings(number: str, decimals: int) -> Iterator[Decimal]:
    """Every amount that the text can mean: all marks part thousands, or the last one begins the decimals."""
    if number.isdigit() or GROUPS.fullmatch(number):
        yield Decimal(re.sub(r"\D", "", number))
    found = re.fullmatch(r"(?P<whole>.+)(?P<mark>[.,])(?P<rest>[0-9]+)", number)
    if found is None:
        return
    whole, mark, rest = found["whole"], found["mark"], found["rest"]
    groups = GROUPS.fullmatch(whole)
    if not whole.isdigit() and (groups is None or groups["mark"] == mark):
        return
    if decimals and len(rest.rstrip("0")) <= decimals:
        yield Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{rest}")
    elif decimals and GROUPS.fullmatch(number):
        # `18.512` EUR: thousands, or one digit too many; asked back and never cut off silently.
        yield Decimal(f"{whole}.{rest[:decimals]}")


def _unmistakable(amount: Decimal, currency: str) -> str:
    """The amount as nobody reads it otherwise: three decimals behind a point could be thousands again."""
    text = written(int(amount.scaleb(decimals_of(currency))), currency)
    return f"0{text}" if GROUPS.fullmatch(text) else text


def _how_to_write(currency: str) -> str:
    example = written(18500 * 10 ** decimals_of(currency), currency)
    if decimals_of(currency) == 0:
        return f"Write the amount without decimals, for example {example}."
    return f"Write the amount with a point before the decimals, for example {example}."
