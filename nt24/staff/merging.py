"""A form that somebody else has overtaken: what was typed is kept, everything else takes its new value.

Three values of each field are compared: what the person saw when the form was opened, what is typed now, and what the
record holds now. Where two people have changed one field to different values, both are shown and one is chosen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from nt24.audit.models import Entry
from nt24.staff.forms import ShapeForm
from nt24.staff.seen import CHOICE, MINE, THEIRS, plain

EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What became of one field. `yours` is None where only somebody else has changed it."""

    who: str
    at: datetime | None
    theirs: str
    was: str
    yours: str | None
    choice: str  # the name of the radio buttons

    MINE, THEIRS = MINE, THEIRS


def merge(typed: ShapeForm, present: ShapeForm, since: Sequence[Entry]) -> dict[str, Overtaken]:
    """Carry into `typed` what the record holds now, and say field by field what somebody else has done.

    `present` is the form as it would be opened now; `since` is the trail since the form was opened, newest first.
    Afterwards `typed` is a form that was seen with the present values.
    """
    seen = typed.seen.values if typed.seen is not None else {}
    found = {
        name: overtaken
        for name, made in present.fields.items()
        if name in typed.fields and not isinstance(made, forms.FileField) and not made.widget.is_hidden
        for overtaken in [compared(name, typed, present, seen, since)]
        if overtaken is not None
    }
    for name in typed.fields:
        if name in present.fields:
            typed.fields[name].initial = present.fields[name].initial
            if isinstance(present.fields[name], forms.ChoiceField):
                typed.fields[name].choices = present.fields[name].choices  # type: ignore[attr-defined]
    return found


def compared(
    name: str, typed: ShapeForm, present: ShapeForm, seen: Mapping[str, Any], since: Sequence[Entry]
) -> Overtaken | None:
    made, now = present.fields[name], plain(present.fields[name].initial)
    mine = made.widget.value_from_datadict(typed.data, typed.files, name)
    was = seen.get(name, "")
    if not made.has_changed(was, mine) and name in seen:
        if not made.has_changed(was, now):
            return None
        typed.type_in(name, now)
        mine = None
    elif not made.has_changed(now, mine) or (name in seen and not made.has_changed(was, now)):
        return None
    entry = newest_about(name, since)
    return Overtaken(
        who=entry.actor_label if entry is not None else "",
        at=entry.at if entry is not None else None,
        theirs=in_words(made, now),
        was=in_words(made, was),
        yours=None if mine is None else in_words(made, mine),
        choice=f"{CHOICE}{name}",
    )


def newest_about(path: str, since: Sequence[Entry]) -> Entry | None:
    """The newest entry that names this field, else the newest that changed anything."""
    names = {*re.split(r"[.\[\]]+", path)}
    changing = [entry for entry in since if entry.changes]
    return next((entry for entry in changing if names & {*entry.changes}), next(iter(changing), None))


def in_words(made: forms.Field, value: Any) -> str:
    """A value as the page shows it: the words of a choice, not its code."""
    if isinstance(made, forms.BooleanField):
        return "ticked" if value else "not ticked"
    shown = [*value] if isinstance(value, list | tuple) else [str(value or "")]
    titles = dict(flat(made.choices)) if isinstance(made, forms.ChoiceField) else {}
    return ", ".join(str(titles.get(one, one)) for one in shown if one) or EMPTY


def flat(choices: Any) -> list[tuple[str, str]]:
    """Choices without their groups."""
    return [
        pair
        for value, title in choices
        for pair in (title if isinstance(title, list | tuple) else [(value, title)])
    ]
