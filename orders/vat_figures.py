"""The VAT that an invoice states: its rate, and the part of the gross amount that is tax. Standard library only.

A rate is counted in hundredths of a percent (1900 is 19 %), amounts in minor units. The VAT is that of the state in
which the transport begins (Directive 2006/112/EC, Article 32), so an invoice names no state of its own.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

HUNDRED_PERCENT = 10_000
# Article 226 lets the tax be rounded for each line, and an order has up to 100 vehicles (contract 7).
ROUNDING = 100


class FigureWrong(ValueError):
    """`member` is the model's name of what does not fit."""

    def __init__(self, member: str, sentence: str) -> None:
        super().__init__(sentence)
        self.member, self.sentence = member, sentence


def vat_within(gross: int, rate: int) -> int:
    """The tax inside a gross amount, rounded half up."""
    exact = Decimal(gross) * rate / (HUNDRED_PERCENT + rate)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def settled(sent: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """`vat_rate` and `vat_amount` as they have to be stored when `sent` is written over `present`.

    Empty where an invoice neither states them nor changes what they depend on. An amount of VAT that is left out
    follows from the rate; an invoice that no longer includes VAT loses both.

    :raises FigureWrong: they contradict each other or the rest of the invoice.
    """
    merged = {**present, **sent}
    if not merged["vat_included"]:
        return _without_vat(sent, present)
    rate = merged.get("vat_rate")
    if rate is None:
        if sent.get("vat_amount") is not None:
            raise FigureWrong("vat_rate", "Required with vatAmount.")
        return {}
    computed = vat_within(merged["amount"], rate)
    stated = sent.get("vat_amount")
    if stated is None:
        depends = {"amount", "vat_rate", "vat_included"} & sent.keys()
        return {"vat_amount": computed} if depends else {}
    if abs(stated - computed) > ROUNDING:
        raise FigureWrong("vat_amount", "This is not the VAT that the rate gives for the gross amount.")
    return {}


def _without_vat(sent: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    for member in ("vat_rate", "vat_amount"):
        if sent.get(member) is not None:
            raise FigureWrong(member, "An invoice that does not include VAT states none.")
    is_stated = present.get("vat_rate") is not None
    return {"vat_rate": None, "vat_amount": None} if is_stated else {}


def rate_in_words(rate: int) -> str:
    """1900 is `19`, 2550 is `25.5`."""
    whole, part = divmod(rate, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)
