"""Vehicle identification numbers (ISO 3779): 17 of A–Z and 0–9 without I, O and Q.

The check digit of position 9 binds only in North America and is not looked at (contract 7).
"""

import re

from django.db.models import CharField, Func

PATTERN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
END_LENGTH = 6  # the serial number as people read it out


def is_vin(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None


class VinEnd(Func):
    """The last six characters of a VIN, in SQL; the number is no parameter, so that an index is recognised."""

    template = "SUBSTR(%(expressions)s, 12)"
    arity = 1
    output_field = CharField()
