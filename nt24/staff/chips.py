"""Columns of lists: codes as the coloured chips of our pages, and names that Django would spell otherwise."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import display
from django.core.exceptions import ObjectDoesNotExist
from django.db.models.constants import LOOKUP_SEP
from django.utils.html import format_html
from django.utils.safestring import SafeString

from nt24.staff.tones import tone
from nt24.staff.wording import in_words

NOTHING = "–"
Column = Callable[[Any], Any]


def chip(code: Any) -> str | SafeString:
    """The code in words, in the colour of how it stands."""
    if not code:
        return NOTHING
    return format_html('<span class="chip {}">{}</span>', tone(code), in_words(str(code)))


def chip_of(path: str, name: str) -> Column:
    """A column of chips; `kyc__aml_status` is read through the relation, and sorted by."""
    return named(path, name, lambda row: chip(value_at(row, path)))


def words_of(path: str, name: str) -> Column:
    """A column of codes in words, for those that say nothing good or bad."""
    return named(path, name, lambda row: in_words(str(value_at(row, path) or "")) or NOTHING)


def column(path: str, name: str) -> Column:
    return named(path, name, lambda row: value_at(row, path))


def named(path: str, name: str, read: Column) -> Column:
    @display(description=name, ordering=path, empty_value=NOTHING)
    def cell(row: Any) -> Any:
        return read(row)

    cell.__name__ = path.replace(LOOKUP_SEP, "_")  # of the cell's class, by which it is styled
    return cell


def value_at(row: Any, path: str) -> Any:
    for name in path.split(LOOKUP_SEP):
        try:
            row = getattr(row, name)
        except ObjectDoesNotExist:  # a part that is not there yet
            return None
    return row
