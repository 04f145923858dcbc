"""Vehicle identification numbers (ISO 3779): 17 of A–Z and 0–9 without I, O and Q.

The check digit of position 9 binds only in North America, so it warns staff and refuses nothing (contract 7).
"""

import re

PATTERN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = {str(digit): digit for digit in range(10)} | dict(
    zip(_LETTERS, map(int, "12345678123457923456789"), strict=True)
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_vin(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None


def has_north_american_check_digit(vin: str) -> bool:
    """Whether position 9 is the check digit that 49 CFR 565 asks for."""
    remainder = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return vin[8] == ("X" if remainder == 10 else str(remainder))
