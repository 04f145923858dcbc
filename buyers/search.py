"""Finding buyers by VAT number or name, through indexes. Persons are not searched for: their data is not for looking
around in.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from buyers.models import Buyer
from buyers.names import LONGEST_WORD, NameWord
from nt24.folding import words_of
from nt24.identifiers import uuid_in
from nt24.prefixes import InByteOrder, begins_with
from nt24.vat_numbers import FORM, tidied

MOST_WORDS = 5  # of a question; the longest say most


def vat_numbers_meant(text: str) -> list[str]:
    """`pl 526.000` → `PL526000`; Greece is written GR and EL. Empty when it cannot be the beginning of one."""
    number = tidied(text)
    if not FORM.fullmatch(number):
        return []
    return [prefix + number[2:] for prefix in (("GR", "EL") if number[:2] in ("GR", "EL") else (number[:2],))]


def buyers_by_vat_number(text: str) -> QuerySet[Buyer]:
    wanted = Q()
    for number in vat_numbers_meant(text):
        wanted |= begins_with("vat_number", number)
    found = Buyer.objects.filter(wanted) if wanted else Buyer.objects.none()
    return found.order_by(InByteOrder("vat_number"), "pk")


def words_of_buyers_named(text: str) -> QuerySet[NameWord]:
    """The words of names in which every word of the text begins one; a buyer may stand there more than once."""
    words = sorted({word[:LONGEST_WORD] for word in words_of(text)}, key=len, reverse=True)[:MOST_WORDS]
    if not words:
        return NameWord.objects.none()
    found = NameWord.objects.filter(begins_with("word", words[0]))
    for word in words[1:]:
        same_buyer = NameWord.objects.filter(begins_with("word", word), buyer=OuterRef("buyer"))
        found = found.filter(Exists(same_buyer))
    return found.order_by(InByteOrder("word"), "buyer")


def buyers_matching(buyers: QuerySet[Buyer], text: str) -> QuerySet[Buyer]:
    """For the search box of the list: by name, VAT number or uuid."""
    if uuid := uuid_in(text):
        return buyers.filter(uuid=uuid)
    return buyers.filter(pk__in=ids_of_buyers(text))


def ids_of_buyers(text: str) -> QuerySet[Any]:
    named = words_of_buyers_named(text).order_by().values_list("buyer")
    numbered = buyers_by_vat_number(text).order_by().values_list("pk")
    return named.union(numbered)
