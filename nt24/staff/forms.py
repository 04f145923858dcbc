"""A form for each shape of the API: its fields are made from the serializer, and the serializer alone validates.

So a page takes exactly what the API takes, and says the same sentence about what it does not take. The fields of a
form are named by the wire's paths (`vins[0].purchaseAmount.value`), which is also how errors find their field.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from django import forms
from rest_framework import serializers

from nt24.api.json import MoneyShape
from nt24.api.problems import field_errors
from nt24.errors import FieldError, MalformedRequest
from nt24.staff.amounts import minor_units, read_back, written
from nt24.staff.fields import Choices, TidyField, currency_field, field_for, tidy
from nt24.staff.hidden import INCOMPLETE, whole_number
from nt24.staff.seen import CHOICE, SEEN, THEIRS, Seen, plain, seen_in
from nt24.staff.wording import label_of

ADD_ROW = "add-row"
CURRENCY = "EUR"  # offered first
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together on the page; a plain field is a group of its own without a legend.

    `is_optional`: it may stay empty as a whole; once something is filled in, what is marked is needed.
    """

    legend: str
    help: str
    names: list[str] = field(default_factory=list)
    rows_of: str = ""  # the list that grows by the button beside this group
    most: int = MOST_ROWS  # how many rows it may have
    is_optional: bool = False


class AmountField(TidyField):
    """An amount as its currency's decimals have it; written in another way it is the same amount."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)
        self.currency = currency

    def has_changed(self, initial: Any, data: Any) -> bool:
        if tidy(str(data or "")) == str(initial or ""):
            return False
        with suppress(ValueError):
            return not initial or minor_units(str(data), self.currency) != read_back(initial, self.currency)
        return True


class ShapeForm(forms.Form):
    """`initial` is wire data, as the matching `…Out` serializer shows it; with `is_edit` only changes are sent on.

    `choices` offers values for members whose serializer cannot know them (the VINs of an order); `leave_out` names
    members that the page decides itself and `given` holds what it decided; `context` is what serializers look into.
    `needs` are members that may be left out on the wire and not here, with what to say. `single_rows` are lists
    that get no button for one more row. `seen` is what the page showed when it was opened: only what differs from it
    was typed.
    """

    data: Any  # a QueryDict of its own once it is bound

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
        needs: Mapping[str, str] | None = None,
        context: Any = None,
        is_edit: bool = False,
        single_rows: Sequence[str] = (),
        by: str = "",
        page: str = "",
    ) -> None:
        super().__init__(data.copy() if data is not None else None, files, use_required_attribute=False)
        self.shape, self.given, self.context, self.is_edit = shape, dict(given or {}), context, is_edit
        self.choices, self.wire, self.needs = choices or {}, wire or {}, needs or {}
        self.by, self.page, self.single_rows = by, page, single_rows
        self.seen = seen_in(self.data.get(SEEN), by=by, page=page) if self.is_bound else None
        self.groups: list[Group] = []
        self.validated: dict[str, Any] = {}
        self.leave_out = {*leave_out, *self.given}
        if shape is not None:
            for name, member in shape(context={"view": context}).fields.items():
                if name not in self.leave_out:
                    self.add(name, member, self.wire.get(name), is_needed=True)
            self.mark_conditions()
        if self.seen is not None:
            self.take_theirs(self.seen)

    # --- Building ------------------------------------------------------------------------------------------------

    def add(
        self, path: str, member: serializers.Field, value: Any, group: Group | None = None, *, is_needed: bool
    ) -> None:
        """Make the form fields of one member, however deep it is. `is_needed`: so is what it is a part of."""
        is_asked = is_needed and (bool(value) if self.is_edit and group is None else member.required)
        match member:
            case serializers.ListSerializer():
                self.add_rows(path, member, value)
            case MoneyShape():
                self.add_money(path, member, value, group, is_needed=is_asked)
            case serializers.Serializer():
                inner = group or self.new_group(path, member, is_optional=not is_asked)
                for name, part in member.fields.items():
                    self.add(f"{path}.{name}", part, (value or {}).get(name), inner, is_needed=True)
            case _:
                self.put(path, field_for(member, self.choices.get(bare(path))), value, member, group)
                is_certain = group is None or not group.is_optional
                self.mark(path, is_asked or path in self.needs, is_certain=is_certain)

    def put(
        self, path: str, made: forms.Field, value: Any, member: serializers.Field, group: Group | None
    ) -> None:
        made.label = label_of(path) if made.label is None else made.label
        made.help_text = self.needs.get(path) or made.help_text or str(member.help_text or "")
        made.initial = self.seen.values.get(path, value) if self.seen else value
        self.fields[path] = made
        (group or self.new_group("", member)).names.append(path)

    def mark(self, path: str, is_needed: bool, *, is_certain: bool = True) -> None:
        """A mark for the eye and, unless the whole group may stay empty, for the screen reader.

        A box that is ticked or not always has a value.
        """
        made: Any = self.fields[path]
        made.is_needed = is_needed and not isinstance(made, forms.BooleanField)
        if made.is_needed and is_certain and not isinstance(made, forms.MultipleChoiceField):
            made.widget.attrs["aria-required"] = "true"

    def mark_conditions(self) -> None:
        """Members that are needed only when another one has a certain value, or any amount above 0."""
        for path, (other, value) in getattr(self.shape, "NEEDED_WITH", {}).items():
            source = f"{other}.value" if f"{other}.value" in self.fields else other
            if path in self.fields and source in self.fields and not self.is_edit:
                shown = str(self[source].value() or "")
                self.mark(path, shown == value if value else shown.strip("0.,") != "")
                made: Any = self.fields[path]
                made.widget.attrs |= {"data-needed-with": source, "data-needed-when": value}
                made.is_needed_sometimes = True

    def add_money(
        self, path: str, member: serializers.Field, value: Any, group: Group | None, *, is_needed: bool
    ) -> None:
        inner = group or self.new_group("", member)
        label, about = label_of(path), str(member.help_text or "For example 18500.00.")
        currency = (value or {}).get("currency", CURRENCY)
        chosen = str(self.data.get(f"{path}.currency") or currency) if self.is_bound else currency
        amount = AmountField(chosen, label=label, help_text=about)
        shown = written(value["value"], currency) if value else None
        self.put(f"{path}.value", amount, shown, member, inner)
        beside = currency_field(f"{label}: currency")
        beside.help_text = "As on the document."
        self.put(f"{path}.currency", beside, currency, member, inner)
        self.mark(f"{path}.value", is_needed, is_certain=not inner.is_optional)

    def add_rows(self, path: str, member: serializers.ListSerializer, value: Any) -> None:
        """:raises MalformedRequest: the number of rows is none that a page of ours sends."""
        count = len(value) if value else 1
        if self.is_bound and (sent := self.data.get(f"{path}-rows")):
            if (number := whole_number(sent)) is None:
                raise MalformedRequest(INCOMPLETE)
            count = number
        most = min(getattr(member, "max_length", None) or MOST_ROWS, MOST_ROWS)
        count = min(count + (self.data.get(ADD_ROW) == path), most)
        for index in range(count):
            legend = f"{label_of(path).removesuffix('s')} {index + 1}"
            can_grow = index == count - 1 and count < most and path not in self.single_rows
            rows_of = path if can_grow else ""
            is_optional = index > 0 or not member.required
            about = str(member.help_text or "") if index == 0 else ""
            group = Group(legend, about, rows_of=rows_of, most=most, is_optional=is_optional)
            self.groups.append(group)
            for name, part in child_of(member).fields.items():
                row = value[index] if value and index < len(value) else {}
                self.add(f"{path}[{index}].{name}", part, row.get(name), group, is_needed=True)
        self.fields[f"{path}-rows"] = forms.CharField(
            widget=forms.HiddenInput(), required=False, initial=str(count)
        )
        if self.is_bound:
            self.data[f"{path}-rows"] = str(count)

    def new_group(self, path: str, member: serializers.Field, *, is_optional: bool = False) -> Group:
        about = str(member.help_text or "") if path else ""
        group = Group(label_of(path) if path else "", about, is_optional=is_optional and bool(path))
        self.groups.append(group)
        return group

    @property
    def wants_row(self) -> bool:
        """The button for one more row was pressed: nothing is validated yet."""
        return self.is_bound and ADD_ROW in self.data

    def shown_groups(self) -> list[tuple[Group, list[forms.BoundField]]]:
        return [(group, [self[name] for name in group.names]) for group in self.groups]

    def marks_something(self) -> bool:
        return any(getattr(made, "is_needed", False) for made in self.fields.values())

    @property
    def is_multipart_form(self) -> bool:
        return self.is_multipart()

    # --- What was seen -------------------------------------------------------------------------------------------

    def seal(self) -> str:
        """What this page shows, or what the person saw at first while he is still typing."""
        values = {name: plain(self.fields[name].initial) for name in self.fields if not self.is_file(name)}
        return Seen(self.by, self.page, values).sealed()

    def is_file(self, name: str) -> bool:
        return isinstance(self.fields[name], forms.FileField)

    def take_theirs(self, seen: Seen) -> None:
        """Where two people had changed one field and the other one's value was chosen, it counts as typed."""
        for name, value in seen.values.items():
            if self.data.get(f"{CHOICE}{name}") == THEIRS:
                self.type_in(name, value)

    def type_in(self, name: str, value: Any) -> None:
        """As if a person had typed it."""
        if isinstance(value, list):
            self.data.setlist(name, value)
        elif value is True:
            self.data[name] = "on"
        elif value == "" and isinstance(self.fields.get(name), forms.BooleanField):
            self.data.pop(name, None)
        else:
            self.data[name] = value

    # --- Reading -------------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Hand what was written to the serializer, and its refusals back to the fields."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name, sentence in self.needs.items():
            if name in self.fields and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, sentence)
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
        currency = cleaned.get(f"{path}.currency", "")
        try:
            amount = self.amount_of(path, text, currency)
        except ValueError as error:
            self.add_error(f"{path}.value", str(error))
            amount = 0
        return {"value": amount, "currency": currency}

    def amount_of(self, path: str, text: str, currency: str) -> int:
        """:raises ValueError: with a sentence that says what to write instead."""
        shown = self.fields[f"{path}.value"].initial, self.fields[f"{path}.currency"].initial
        return read_back(text, currency) if (text, currency) == shown else minor_units(text, currency)

    def rows_of(
        self, path: str, member: serializers.ListSerializer, cleaned: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Every row up to the last one with anything in it; an empty one between stays, and is refused."""
        count = whole_number(cleaned.get(f"{path}-rows")) or 0
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
        return int(text) if isinstance(member, serializers.IntegerField) else orjson.loads(text)
    return text
