"""Whether a text names something, read as tolerantly as a person would. Standard library only.

Case, accents, spaces, punctuation and line ends do not matter, and a company is found without its legal form.
"""

import re

from buyers.company_names import readings_of_text
from buyers.legal_forms import taken_apart
from nt24.folding import folded

SHORTEST_CORE = 4  # letters; below this the legal form belongs to the name
SEPARATORS = r"[\W_]{0,3}"  # between two letters: PDF texts have spaces in odd places
NOT_IN_A_WORD = r"(?<![^\W_])", r"(?![^\W_])"


def contains(text: str, wanted: str) -> bool:
    """Whether the letters and digits of `wanted` stand in the text, as whole words."""
    letters = [sign for sign in folded(wanted) if sign.isalnum()]
    if not letters:
        return False
    before, after = NOT_IN_A_WORD
    return re.search(before + SEPARATORS.join(letters) + after, folded(text)) is not None


def names_company(text: str, company: str) -> bool:
    """Whether the text names the company, with its legal form or without, umlauts written out or not."""
    return any(
        contains(read, without_legal_form(name))
        for read in readings_of_text(text)
        for name in readings_of_text(company)
    )


def shows_account(text: str, iban: str) -> bool:
    """Whether the text has the IBAN, or a shortened one that ends in its last four signs."""
    if contains(text, iban):
        return True
    # Not a part of an amount: 3000 in "3000.00" or "13.000,00" is no account.
    return re.search(rf"(?<![.,]){folded(iban[-4:])}(?![^\W_]|[.,]\d)", folded(text)) is not None


def without_legal_form(company: str) -> str:
    words = re.findall(r"[^\W_]+|[&+]", folded(company))
    core, _ = taken_apart(words)
    kept = core if len("".join(core)) >= SHORTEST_CORE else words
    return " ".join(word for word in kept if word not in "&+")
