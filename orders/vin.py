"""Vehicle identification numbers (ISO 3779): 17 of A–Z and 0–9 without I, O and Q.

The check digit of position 9 binds only in North America and is not looked at (contract 7).
"""

import re

PATTERN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")


def is_vin(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None
