"""Amounts as people write them, and as the wire counts them: minor units. Standard library only."""

import re

PLAIN = re.compile(r"(?P<whole>[0-9]{1,15})(?:[.,](?P<minor>[0-9]{1,2}))?")
GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[ '.,])[0-9]{3})(?:(?P=mark)[0-9]{3})*)(?P<rest>[.,][0-9]{1,2})?"
)


def minor_units(text: str) -> int:
    """`18500.00`, `18 500,00` and `18.500,00` → 1850000.

    `18.500` could mean either, so it is refused like everything that is no amount.

    :raises ValueError: with a sentence that says how to write it.
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if plain := PLAIN.fullmatch(text):
        return int(plain["whole"]) * 100 + int((plain["minor"] or "").ljust(2, "0"))
    grouped = GROUPED.fullmatch(text)
    if grouped and (grouped["mark"] in " '" or (grouped["rest"] and grouped["rest"][0] != grouped["mark"])):
        whole = int(re.sub(r"\D", "", grouped["whole"]))
        return whole * 100 + int((grouped["rest"] or "")[1:].ljust(2, "0"))
    raise ValueError("Write the amount with a point before the cents, for example 18500.00.")


def written(minor: int) -> str:
    """1850000 → `18500.00`, as `minor_units` reads it."""
    return f"{minor // 100}.{minor % 100:02d}"
