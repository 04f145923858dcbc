"""Facts and rulings as plain JSON and back, so that a sealed file holds what was judged and anybody can judge it again."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Dataclasses become objects without their defaults; sets become sorted lists; days and amounts become text."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in fields(value) if not has_default(f, value)}
        return {name: to_json(member) for name, member in members.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, frozenset):
        return sorted(map(to_json, value))
    return [to_json(member) for member in value] if isinstance(value, tuple) else value


def has_default(field: Any, value: Any) -> bool:
    if field.default_factory is not MISSING:
        return bool(getattr(value, field.name) == field.default_factory())
    return field.default is not MISSING and getattr(value, field.name) == field.default


def from_json(kind: type[T], data: Any) -> T:
    """:raises (TypeError, ValueError, KeyError): `data` is not what `to_json` writes of this kind."""
    read: T = read_as(kind, data)
    return read


def read_as(kind: Any, data: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if data is None else read_as(next(one for one in inner if one is not NoneType), data)
    if origin in (tuple, frozenset):
        return origin(read_as(inner[0], member) for member in data)
    if origin is not None and issubclass(origin, Mapping):
        return {read_as(inner[0], key): read_as(inner[1], member) for key, member in data.items()}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: read_as(hints[name], member) for name, member in data.items()})  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat(data)
    return kind(data)
