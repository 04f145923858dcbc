"""The form field that takes one value of the wire, and what is cleaned off a pasted text before anybody judges it.

Nothing is required here, because the serializer says what is.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from rest_framework import serializers

from nt24 import text as text_of_wire
from nt24.api.json import CountryCode, CurrencyCode, Email, Text
from nt24.staff import codes
from nt24.staff.wording import in_words

Choices = Sequence[tuple[str, Any]]
NOT_CHOSEN = ("", "Please choose")
OTHER_BLANKS = re.compile(r"[^\S\n\r ]")
DASHES_AND_MARKS = re.compile(r"[\s.\-/_‐-―−]+")


def tidy(text: str) -> str:
    """One spelling (`nt24.text`), and every kind of blank inside an ordinary one; lines stay lines."""
    return text_of_wire.tidy(OTHER_BLANKS.sub(" ", text))


def compact(text: str) -> str:
    """`pl 526-000.12 46` → `PL5260001246`: identifiers as machines write them.

    A letter that only looks like one of ours stays what it is, and is refused.
    """
    plain = DASHES_AND_MARKS.sub("", tidy(unicodedata.normalize("NFKC", text)))
    return "".join(one.upper() if one.isascii() else one for one in plain)


class TidyField(forms.CharField):
    """A text, cleaned of what copying it from a mail or a PDF leaves around it."""

    def __init__(self, *, clean_with: Callable[[str], str] = tidy, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)
        self.clean_with = clean_with

    def to_python(self, value: Any) -> str:
        return self.clean_with(str(super().to_python(value)))


class CodeField(forms.ChoiceField):
    """One code of a list; a pasted `pl ` is `PL`."""

    def to_python(self, value: Any) -> str:
        return compact(super().to_python(value))


class LinesField(forms.Field):
    """A list of texts, one on each line."""

    def to_python(self, value: Any) -> list[str]:
        lines = value if isinstance(value, list) else re.split(r"\s*\n\s*", str(value or "").strip())
        return [line for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class TicksField(forms.MultipleChoiceField):
    """Some of what is offered. What was ticked and is not offered any more is named and refused."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"invalid_choice": "%(value)s cannot be chosen any more."}


def currency_field(label: str) -> forms.Field:
    made = CodeField(choices=codes.currencies(), required=False, label=label)
    made.widget.attrs["class"] = "currency"
    return made


def field_for(member: serializers.Field, choices: Choices | None) -> forms.Field:
    """`choices` are values for a member whose serializer cannot know them."""
    for kinds, make in MAKERS:
        if isinstance(member, kinds):
            return make(member, choices)
    return TidyField()


def a_choice(member: Any, choices: Choices | None) -> forms.Field:
    offered = list(choices or [(str(key), words_of(key, text)) for key, text in member.choices.items()])
    if len(offered) > 1 or not member.required:
        offered = [NOT_CHOSEN if member.required else ("", "—"), *offered]
    return forms.ChoiceField(choices=offered, required=False)


def words_of(key: Any, text: Any) -> str:
    """The words that the model has for a value, else the code spelled out: `PRELIMINARY` → `Preliminary`."""
    is_made = str(text) == str(key) or str(key).replace("_", " ").lower() == str(text).lower()
    return in_words(str(key)) if is_made else str(text)


def a_country(member: Any, choices: Choices | None) -> forms.Field:
    return CodeField(choices=[NOT_CHOSEN, *(choices or codes.countries())], required=False)


def a_currency(member: Any, choices: Choices | None) -> forms.Field:
    return CodeField(choices=choices or codes.currencies(), required=False)


def some_choices(member: Any, choices: Choices | None) -> forms.Field:
    child = member.child
    if choices is None and isinstance(child, serializers.ChoiceField):
        choices = [(str(key), words_of(key, text)) for key, text in child.choices.items()]
    if choices is None:
        return LinesField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    return TicksField(choices=list(choices), required=False)


def a_day(member: Any, choices: Choices | None) -> forms.Field:
    return TidyField(widget=forms.TextInput(attrs={"type": "date"}))


def a_moment(member: Any, choices: Choices | None) -> forms.Field:
    return TidyField(widget=forms.TextInput(attrs={"type": "datetime-local"}))


def a_number(member: Any, choices: Choices | None) -> forms.Field:
    return TidyField(widget=forms.TextInput(attrs={"inputmode": "numeric"}))


def an_object(member: Any, choices: Choices | None) -> forms.Field:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}))


def an_address_of_mail(member: Any, choices: Choices | None) -> forms.Field:
    widget = forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"})
    return TidyField(clean_with=lambda text: tidy(text).replace(" ", ""), widget=widget)


def a_text(member: Any, choices: Choices | None) -> forms.Field:
    """Long texts get room; a member whose values are known here gets a list of them."""
    if choices is not None:
        return forms.ChoiceField(choices=[NOT_CHOSEN, *choices], required=False)
    if isinstance(member, Text) and member.IS_COMPACT:
        widget = forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"})
        return TidyField(clean_with=compact, widget=widget)
    is_long = (getattr(member, "max_length", None) or 0) >= 400
    return TidyField(widget=forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput())


MAKERS: tuple[tuple[Any, Callable[[Any, Choices | None], forms.Field]], ...] = (
    (serializers.BooleanField, lambda member, choices: forms.BooleanField(required=False)),
    (serializers.ListField, some_choices),
    (serializers.ChoiceField, a_choice),
    (serializers.DateField, a_day),
    (serializers.DateTimeField, a_moment),
    (serializers.IntegerField, a_number),
    (serializers.DictField, an_object),
    (serializers.FileField, lambda member, choices: forms.FileField(required=False, allow_empty_file=True)),
    (Email, an_address_of_mail),
    (CountryCode, a_country),
    (CurrencyCode, a_currency),
    (serializers.CharField, a_text),
)
