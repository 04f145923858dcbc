"""The choices of a filter in the words of our pages: Django makes `Ready For Pickup` of `READY_FOR_PICKUP`."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter, ChoicesFieldListFilter, FieldListFilter
from django.contrib.admin.views.main import ChangeList

from nt24.staff.codes import country_name
from nt24.staff.wording import in_words


class WordsFilter(ChoicesFieldListFilter):
    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        titles = {
            title: in_words(str(code)) for code, title in self.field.flatchoices if is_made(code, title)
        }
        for choice in super().choices(changelist):
            yield {**choice, "display": titles.get(choice["display"], choice["display"])}


class CountryFilter(AllValuesFieldListFilter):
    """The countries that occur, by name."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": country_name(str(choice["display"]))}


def is_made(code: Any, title: Any) -> bool:
    """Whether the title was made of the code and not written by us."""
    return str(title) == str(code).replace("_", " ").title()


def speak_in_filters() -> None:
    FieldListFilter.register(lambda field: bool(field.choices), WordsFilter, take_priority=True)
