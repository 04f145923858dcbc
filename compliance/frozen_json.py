"""Frozen dataclasses to plain JSON values and back, checked against their annotations.

Knows dataclasses, tuples of one kind, optional values, literals, text, numbers, dates, instants and free
mappings: what a stored snapshot is made of, and no more.
"""

import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django.utils.duration import duration_iso_string


def plain(value: Any) -> Any:
    """Dates and instants as text; dictionaries and sequences as JSON has them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def as_json(value: Any) -> Any:
    """Facts as JSON values, in one fixed form: sets sorted, times, days and durations as ISO 8601 text."""
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(as_json(item) for item in value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [as_json(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return duration_iso_string(value) if isinstance(value, timedelta) else value


@cache
def _members(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def restored(raw: Any, kind: Any) -> Any:
    """`raw` from JSON as the annotated `kind`.

    :raises ValueError, TypeError, KeyError: it does not fit.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        present = next(arg for arg in get_args(kind) if arg is not types.NoneType)
        return None if raw is None else restored(raw, present)
    if origin is tuple:
        return tuple(restored(item, get_args(kind)[0]) for item in raw)
    if isinstance(kind, type) and is_dataclass(kind):
        return _record(raw, kind)
    return _scalar(raw, kind, origin)


def _record(raw: Any, kind: type) -> Any:
    names = {field.name for field in fields(kind)}
    if unknown := set(raw) - names:
        raise ValueError(f"unknown members of {kind.__name__}: {sorted(unknown)}")
    hints = _members(kind)
    return kind(**{name: restored(item, hints[name]) for name, item in raw.items()})


def _scalar(raw: Any, kind: Any, origin: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(raw)
    if kind is date:
        return date.fromisoformat(raw)
    if origin is Literal:
        if raw not in get_args(kind):
            raise ValueError(f"{raw!r} is none of {get_args(kind)}")
        return raw
    expected = dict if origin is not None else kind
    if not isinstance(raw, expected) or (expected is int and isinstance(raw, bool)):
        raise ValueError(f"{raw!r} is not {expected.__name__}")
    return raw
