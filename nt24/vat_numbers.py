"""VAT numbers as people type them, and which of them are one identity. Standard library only.

Whether a number exists is for VIES to say.
"""

import re
import unicodedata

LONGEST = 15  # contract 6
FORM = re.compile(r"[A-Z]{2}[0-9A-Z]{1,13}")
# Every kind of blank and dash, and what is put between groups of digits.
BETWEEN = re.compile(r"[\s.,:/\\_\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff-]+")


def tidied(typed: str) -> str:
    """`pl 526-000.12 46` → `PL5260001246`; full-width signs become plain ones, nothing else is guessed."""
    return BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper()


def foreign_sign_in(number: str) -> str:
    """The first sign that is no Latin letter and no digit 0-9, such as a Cyrillic А; "" when there is none."""
    return next((sign for sign in number if not (sign.isascii() and sign.isalnum())), "")


def described(sign: str) -> str:
    """`А (CYRILLIC CAPITAL LETTER A)`: for a reader who cannot see the difference."""
    name = unicodedata.name(sign, f"U+{ord(sign):04X}")
    return f"{sign} ({name})" if sign.isprintable() else name


def identity_of(number: str) -> str:
    """One spelling for each number: Greece writes its prefix GR and EL, VIES knows EL (contract 17.12).

    XI and GB stay two identities: only XI is a number in the EU.
    """
    compact = tidied(number)
    return f"EL{compact[2:]}" if compact.startswith("GR") else compact


def state(country: str) -> str:
    """A country code as VAT numbers write it, so that numbers and addresses compare.

    Greece is EL in VAT numbers and GR in addresses (Directive 2006/112/EC, Article 215). Northern
    Ireland (XI) stays a state of its own: for goods it is treated like a member state, GB is not.
    """
    code = country.upper()
    return "EL" if code == "GR" else code


def state_of_seller(country: str, vat_number: str) -> str:
    """Where a seller's goods start as long as nobody has said otherwise.

    Northern Ireland writes GB in addresses, so there the seller's own number tells
    (Directive 2006/112/EC, Article 215).
    """
    is_northern_irish = country.upper() == "GB" and identity_of(vat_number).startswith("XI")
    return "XI" if is_northern_irish else state(country)
