"""A form for each shape of the API: its fields are made from the serializer, and the serializer alone validates.

So a page takes exactly what the API takes, and says the same sentence about what it does not take. The fields of a
form are named by the wire's paths (`vins[0].purchaseAmount.value`), which is also how errors find their field.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from rest_framework import serializers

from nt24.api.json import MoneyShape
from nt24.api.problems import field_errors
from nt24.errors import FieldError
from nt24.staff.amounts import minor_units, written
from nt24.staff.wording import label_of

Choices = Sequence[tuple[str, str]]
ADD_ROW = "add-row"
CURRENCY = "EUR"  # offered first; any other may be written


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together on the page; a plain field is a group of its own without a legend."""

    legend: str
    help: str
    names: list[str] = field(default_factory=list)
    rows_of: str = ""  # the list that grows by the button beside this group


class ShapeForm(forms.Form):
    """`initial` is wire data, as the matching `…Out` serializer shows it; with `is_edit` only changes are sent on.

    `choices` offers values for members whose serializer cannot know them (the VINs of an order); `leave_out` names
    members that the page decides itself and `given` holds what it decided; `context` is what serializers look into.
    """

    template_name = "staff/form.html"

    def __init__(
        self,
        shape: type[serializers.Serializer] | None,
        data: Any = None,
        files: Any = None,
        *,
        wire: Mapping[str, Any] | None = None,
        choices: Mapping[str, Choices] | None = None,
        leave_out: Sequence[str] = (),
        given: Mapping[str, Any] | None = None,
        context: Any = None,
        is_edit: bool = False,
    ) -> None:
        super().__init__(data, files, use_required_attribute=False)
        self.shape, self.given, self.context, self.is_edit = shape, dict(given or {}), context, is_edit
        self.choices, self.wire = choices or {}, wire or {}
        self.groups: list[Group] = []
        self.validated: dict[str, Any] = {}
        self.leave_out = {*leave_out, *self.given}
        if shape is not None:
            members = shape(context={"view": context}).fields.items()
            for name, member in members:
                if name not in self.leave_out:
                    self.add(name, member, self.wire.get(name))

    # --- Building ------------------------------------------------------------------------------------------------

    def add(self, path: str, member: serializers.Field, value: Any, group: Group | None = None) -> None:
        """Make the form fields of one member, however deep it is."""
        match member:
            case serializers.ListSerializer():
                self.add_rows(path, member, value)
            case MoneyShape():
                self.add_money(path, member, value, group)
            case serializers.Serializer():
                inner = group or self.new_group(path, member)
                for name, part in member.fields.items():
                    self.add(f"{path}.{name}", part, (value or {}).get(name), inner)
            case _:
                self.put(path, field_for(member, path, self.choices.get(bare(path))), value, member, group)

    def put(
        self, path: str, made: forms.Field, value: Any, member: serializers.Field, group: Group | None
    ) -> None:
        made.label = label_of(path) if made.label is None else made.label
        made.help_text = made.help_text or str(member.help_text or "")
        made.initial = value
        self.fields[path] = made
        (group or self.new_group("", member)).names.append(path)

    def add_money(self, path: str, member: serializers.Field, value: Any, group: Group | None) -> None:
        inner = group or self.new_group("", member)
        label, about = label_of(path), str(member.help_text or "For example 18500.00.")
        amount = forms.CharField(required=False, label=label, help_text=about)
        amount.widget.attrs["inputmode"] = "decimal"
        currency = forms.CharField(required=False, label=f"{label}: currency", help_text="ISO 4217.")
        currency.widget.attrs["class"] = "currency"
        shown = written(value["value"], value["currency"]) if value else None
        self.put(f"{path}.value", amount, shown, member, inner)
        self.put(f"{path}.currency", currency, (value or {}).get("currency", CURRENCY), member, inner)

    def add_rows(self, path: str, member: serializers.ListSerializer, value: Any) -> None:
        given = len(value) if value else 1
        count = int(self.data.get(f"{path}-rows") or given) if self.is_bound else given
        count = min(count + (self.data.get(ADD_ROW) == path), 100)
        for index in range(count):
            legend = f"{label_of(path).removesuffix('s')} {index + 1}"
            group = Group(legend, "", rows_of=path if index == count - 1 else "")
            self.groups.append(group)
            for name, part in child_of(member).fields.items():
                row = value[index] if value and index < len(value) else {}
                self.add(f"{path}[{index}].{name}", part, row.get(name), group)
        self.fields[f"{path}-rows"] = forms.CharField(
            widget=forms.HiddenInput(), required=False, initial=str(count)
        )
        if isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data[f"{path}-rows"] = str(count)

    def new_group(self, path: str, member: serializers.Field) -> Group:
        group = Group(label_of(path) if path else "", str(member.help_text or "") if path else "")
        self.groups.append(group)
        return group

    @property
    def wants_row(self) -> bool:
        """The button for one more row was pressed: nothing is validated yet."""
        return self.is_bound and ADD_ROW in self.data

    def shown_groups(self) -> list[tuple[Group, list[forms.BoundField]]]:
        return [(group, [self[name] for name in group.names]) for group in self.groups]

    @property
    def is_multipart_form(self) -> bool:
        return self.is_multipart()

    # --- Reading -------------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Hand what was written to the serializer, and its refusals back to the fields."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.shape is None or self.errors:
            return cleaned
        shape = self.shape(context={"view": self.context})
        members = {
            name: member
            for name, member in shape.fields.items()
            if name not in self.leave_out and (not self.is_edit or self.was_changed(name))
        }
        body = {**dict(self.sent(members, "", cleaned)), **self.given}
        serializer = self.shape(data=body, context={"view": self.context})
        if serializer.is_valid():
            self.validated = dict(serializer.validated_data)
        else:
            self.refuse(field_errors(serializer.errors))
        return cleaned

    def refuse(self, errors: Iterator[FieldError] | Sequence[FieldError]) -> None:
        """Put each refusal beside the field that it is about; what fits nowhere stands above the form."""
        for error in errors:
            self.add_error(self.place_of(error.field), error.message)

    def place_of(self, path: str) -> str | None:
        if path in self.fields:
            return path
        return next(
            (name for name in self.fields if path and name.startswith((f"{path}.", f"{path}["))), None
        )

    def was_changed(self, member: str) -> bool:
        return any(
            name in self.changed_data
            for name in self.fields
            if name == member or name.startswith((f"{member}.", f"{member}["))
        )

    def sent(
        self, members: Mapping[str, serializers.Field], prefix: str, cleaned: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """Name and value of each member that was filled in, as the wire has them."""
        for name, member in members.items():
            path = f"{prefix}{name}"
            value = self.value_of(path, member, cleaned)
            is_left_out = value in (None, "", [], {}) or (value is False and not member.required)
            if not is_left_out or (self.is_edit and not prefix and path in self.fields):
                yield name, value

    def value_of(self, path: str, member: serializers.Field, cleaned: Mapping[str, Any]) -> Any:
        match member:
            case serializers.ListSerializer():
                return self.rows_of(path, member, cleaned)
            case MoneyShape():
                return self.money_of(path, cleaned)
            case serializers.Serializer():
                return dict(self.sent(member.fields, f"{path}.", cleaned))
            case serializers.DictField() | serializers.IntegerField():
                return parsed(member, cleaned.get(path))
            case _:
                return cleaned.get(path)

    def money_of(self, path: str, cleaned: Mapping[str, Any]) -> dict[str, Any] | None:
        if not (text := cleaned.get(f"{path}.value", "")):
            return None
        currency = cleaned.get(f"{path}.currency", "").strip().upper()
        try:
            amount: Any = minor_units(text, currency)
        except ValueError as error:
            self.add_error(f"{path}.value", str(error))
            amount = 0
        return {"value": amount, "currency": currency}

    def rows_of(
        self, path: str, member: serializers.ListSerializer, cleaned: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Every row up to the last one with anything in it; an empty one between stays, and is refused."""
        count = int(cleaned.get(f"{path}-rows") or 0)
        rows = [
            dict(self.sent(child_of(member).fields, f"{path}[{index}].", cleaned)) for index in range(count)
        ]
        while rows and not rows[-1]:
            rows.pop()
        return rows


def child_of(member: serializers.ListSerializer) -> serializers.Serializer:
    assert isinstance(member.child, serializers.Serializer)
    return member.child


def bare(path: str) -> str:
    """`vins[0].vin` → `vin`."""
    return path.rpartition(".")[2].partition("[")[0]


def parsed(member: serializers.Field, text: Any) -> Any:
    """A number or an object as the wire has it; what is none is left for the serializer to refuse."""
    if not text:
        return None
    with suppress(ValueError):
        return int(text) if isinstance(member, serializers.IntegerField) else json.loads(text)
    return text


def field_for(member: serializers.Field, path: str, choices: Choices | None) -> forms.Field:
    """The form field that takes one value; nothing is required here, because the serializer says what is."""
    for kinds, make in MAKERS:
        if isinstance(member, kinds):
            return make(member, choices)
    return forms.CharField(required=False, strip=True, max_length=None)


def a_choice(member: Any, choices: Choices | None) -> forms.Field:
    offered = list(
        choices or [(str(key), label_of_choice(key, text)) for key, text in member.choices.items()]
    )
    if len(offered) > 1 or not member.required:
        offered = [("", "Please choose" if member.required else "—"), *offered]
    return forms.ChoiceField(choices=offered, required=False)


def label_of_choice(key: Any, text: Any) -> str:
    """`NT24_LED` → `NT24_LED: Mode B …` where the model has a sentence for it."""
    plain = str(key).replace("_", " ").lower() == str(text).lower()
    return str(key) if plain or str(key) == str(text) else f"{key}: {text}"


def some_choices(member: Any, choices: Choices | None) -> forms.Field:
    child = member.child
    if choices is None and isinstance(child, serializers.ChoiceField):
        choices = [(str(key), str(text)) for key, text in child.choices.items()]
    if choices is None:
        return LinesField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    return forms.MultipleChoiceField(
        choices=list(choices), required=False, widget=forms.CheckboxSelectMultiple()
    )


class LinesField(forms.Field):
    """A list of texts, one on each line."""

    def to_python(self, value: Any) -> list[str]:
        lines = value if isinstance(value, list) else re.split(r"\s*\n\s*", str(value or "").strip())
        return [line for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


def a_day(member: Any, choices: Choices | None) -> forms.Field:
    return forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "date"}))


def a_moment(member: Any, choices: Choices | None) -> forms.Field:
    return forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "datetime-local"}))


def a_number(member: Any, choices: Choices | None) -> forms.Field:
    return forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))


def an_object(member: Any, choices: Choices | None) -> forms.Field:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}))


def a_text(member: Any, choices: Choices | None) -> forms.Field:
    """Long texts get room; a member whose values are known here gets a list of them."""
    if choices is not None:
        return forms.ChoiceField(choices=[("", "Please choose"), *choices], required=False)
    is_long = (getattr(member, "max_length", None) or 0) >= 400
    widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput()
    return forms.CharField(required=False, widget=widget)


MAKERS: tuple[tuple[Any, Callable[[Any, Choices | None], forms.Field]], ...] = (
    (serializers.BooleanField, lambda member, choices: forms.BooleanField(required=False)),
    (serializers.ListField, some_choices),
    (serializers.ChoiceField, a_choice),
    (serializers.DateField, a_day),
    (serializers.DateTimeField, a_moment),
    (serializers.IntegerField, a_number),
    (serializers.DictField, an_object),
    (serializers.FileField, lambda member, choices: forms.FileField(required=False, allow_empty_file=True)),
    (serializers.CharField, a_text),
)
