"""Whether a text names something, read as tolerantly as a person would. Standard library only.

Case, accents, spaces, punctuation and line ends do not matter, and a company is found without its legal form.
"""

import re

from nt24.folding import folded

# As they stand at the end of a name or before it, taken apart at every dot and space.
FORMS = """
gmbh mbh ug ag kg kgaa ohg gbr ek co cie haftungsbeschrankt se sarl eurl sas sasu sa snc sca srl srls spa sapa sc
bv bvba nv vof cv sl slu sau lda unipessoal sp spk zoo oo spolka spol sro as ks kft zrt nyrt bt rt doo dd ood eood
ad ead uab sia ou mb ab hb oy oyj aps ivs ltd limited plc llc llp inc dac ae epe ike pfa ii
"""
LEGAL_FORMS = frozenset(FORMS.split())
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
    """Whether the text names the company, with its legal form or without."""
    return contains(text, without_legal_form(company))


def shows_account(text: str, iban: str) -> bool:
    """Whether the text has the IBAN, or a shortened one that ends in its last four signs."""
    if contains(text, iban):
        return True
    # Not a part of an amount: 3000 in "3000.00" or "13.000,00" is no account.
    return re.search(rf"(?<![.,]){folded(iban[-4:])}(?![^\W_]|[.,]\d)", folded(text)) is not None


def without_legal_form(company: str) -> str:
    words = re.findall(r"[^\W_]+", folded(company))
    core = list(words)
    while core and is_legal(core[-1]):
        core.pop()
    while core and is_legal(core[0]):
        core.pop(0)
    return " ".join(core) if len("".join(core)) >= SHORTEST_CORE else " ".join(words)


def is_legal(word: str) -> bool:
    """A legal form or one letter of it: `o.o.` is two words here."""
    return word in LEGAL_FORMS or len(word) == 1
