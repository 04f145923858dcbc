"""Money as integer minor units of one currency (contract 4). Standard library only."""

from dataclasses import dataclass


class CurrenciesDiffer(ValueError):
    """Two amounts of different currencies cannot be added or compared."""


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

    def __str__(self) -> str:
        whole, minor = divmod(self.value, 100)
        return f"{whole:,}.{minor:02d} {self.currency}"
