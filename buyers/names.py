"""The words of buyers' names, so that a buyer is found by any of them, whatever its case and accents."""

from typing import ClassVar

from django.db import models

from nt24.folding import words_of
from nt24.prefixes import InByteOrder

LONGEST_WORD = 40  # enough to tell names apart
MOST_WORDS = 20


class NameWord(models.Model):
    """One word of the company's name, folded. Made from the name, and made anew with it."""

    buyer = models.ForeignKey("buyers.Buyer", on_delete=models.CASCADE, related_name="name_words")
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["buyer", "word"], name="one_row_per_buyer_and_word")
        ]
        indexes: ClassVar = [models.Index(InByteOrder("word"), name="name_word_by_beginning")]

    def __str__(self) -> str:
        return self.word


def words_to_keep(name: str) -> list[str]:
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words_of(name)))[:MOST_WORDS]


def keep_words(buyer_id: int, name: str) -> None:
    """Inside the transaction that names the buyer for the first time."""
    NameWord.objects.bulk_create(NameWord(buyer_id=buyer_id, word=word) for word in words_to_keep(name))


def renew_words(buyer_id: int, name: str) -> None:
    """Inside the transaction that gives the buyer another name."""
    NameWord.objects.filter(buyer=buyer_id).delete()
    keep_words(buyer_id, name)
