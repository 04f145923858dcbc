"""Money as integer minor units of one currency (contract 4, 17.10). Standard library only.

Whoever shows or reads an amount derives it from here: `str(money)` for people, `money.major` for lists and
spreadsheets, `decimals_of(currency)` for what somebody types. Nobody else divides by a hundred.
"""

from dataclasses import dataclass
from decimal import Decimal

# The minor units of ISO 4217 (list one, as of 2026-01-01) where they are not two decimals.
USUAL_DECIMALS = 2
UNUSUAL_DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
}  # fmt: skip
# Codes of the same list without a minor unit ("N.A."): metals, bond units, units of account, tests.
NO_MONEY = frozenset(
    {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}
)


class CurrenciesDiffer(ValueError):
    """Two amounts of different currencies cannot be added or compared."""


def decimals_of(currency: str) -> int:
    """How many decimals an amount of this ISO 4217 code is written with: JPY 0, EUR 2, KWD 3."""
    return UNUSUAL_DECIMALS.get(currency, USUAL_DECIMALS)


@dataclass(frozen=True, slots=True)
class Money:
    """`value` in minor units (cents), never negative; `currency` an ISO 4217 code."""

    value: int
    currency: str

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("an amount is never negative")

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrenciesDiffer(f"{self.currency} and {other.currency}")
        return Money(self.value + other.value, self.currency)

    @property
    def major(self) -> Decimal:
        """In whole units, with the decimals of the currency: 1850000 → 18500.00 EUR, 1850000 JPY, 1850.000 KWD."""
        return Decimal(self.value).scaleb(-decimals_of(self.currency))

    def __str__(self) -> str:
        return f"{self.major:,f} {self.currency}"
