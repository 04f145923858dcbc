"""Amounts as people write them, and as the wire counts them: minor units of a currency (contract 17.10)."""

import re

from nt24.money import Money, decimals_of

PLAIN = re.compile(r"(?P<whole>[0-9]{1,15})(?:(?P<point>[.,])(?P<rest>[0-9]{1,4}))?")
GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[ '.,])[0-9]{3})(?:(?P=mark)[0-9]{3})*)(?:(?P<point>[.,])(?P<rest>[0-9]{1,4}))?"
)
GROUP = 3


def minor_units(text: str, currency: str) -> int:
    """`18500.00`, `18 500,00` and `18.500,00` EUR → 1850000; `18.500` JPY → 18500; `18500.250` KWD → 18500250.

    What could mean two amounts is refused like everything that is none: `18.500` EUR has cents or thousands. With
    three decimals a point before the last three digits begins the decimals, as `written` writes them.

    :raises ValueError: with a sentence that says how to write it.
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    decimals = decimals_of(currency)
    for read in (_plain, _grouped):
        if (found := read(text, decimals)) is not None:
            whole, rest = found
            return int(whole) * 10**decimals + int(rest.ljust(decimals, "0") or 0)
    raise ValueError(_how_to_write(currency))


def _plain(text: str, decimals: int) -> tuple[str, str] | None:
    """Digits with at most one mark, which begins the decimals."""
    if not (found := PLAIN.fullmatch(text)):
        return None
    rest = found["rest"] or ""
    looks_grouped = len(rest) == GROUP and len(found["whole"]) <= GROUP
    is_ambiguous = looks_grouped and not (decimals == GROUP and found["point"] == ".")
    return None if len(rest) > decimals or is_ambiguous else (found["whole"], rest)


def _grouped(text: str, decimals: int) -> tuple[str, str] | None:
    """Thousands in groups; one group behind a point or a comma counts only where no decimals can be meant."""
    if not (found := GROUPED.fullmatch(text)):
        return None
    rest = found["rest"] or ""
    is_clear = found["mark"] in " '" or decimals == 0 or (rest and found["point"] != found["mark"])
    return (re.sub(r"\D", "", found["whole"]), rest) if is_clear and len(rest) <= decimals else None


def _how_to_write(currency: str) -> str:
    example = f"for example {written(18500 * 10 ** decimals_of(currency), currency)}"
    if decimals_of(currency) == 0:
        return f"Write the amount without decimals, {example}."
    return f"Write the amount with a point before the decimals, {example}."


def written(minor: int, currency: str) -> str:
    """1850000 → `18500.00` (EUR), as `minor_units` reads it."""
    return f"{Money(minor, currency).major:f}"
