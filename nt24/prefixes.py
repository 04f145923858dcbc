"""Finding rows by how a text begins, through an index, the same way on PostgreSQL and SQLite.

A prefix is a range: everything from `ab` up to `ab` and the last sign there is. That is true of the order of bytes,
which SQLite compares by and PostgreSQL only on request; LIKE would need another index on each of them.
"""

from typing import Any

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Upper
from django.db.models.lookups import GreaterThanOrEqual, LessThan

LAST_SIGN = "\U0010ffff"  # of Unicode: never part of a text that means something


class InByteOrder(Func):
    """The text, compared byte by byte; for `Index(InByteOrder("name"), …)` and the queries that use it."""

    template = "%(expressions)s"
    arity = 1
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template='(%(expressions)s COLLATE "C")', **extra)


def begins_with(name: str, prefix: str) -> Q:
    """For an index over `InByteOrder(name)`."""
    return _within(InByteOrder(F(name)), Value(prefix), Value(prefix + LAST_SIGN))


def begins_with_in_any_case(name: str, prefix: str) -> Q:
    """For an index over `InByteOrder(Upper(name))`."""
    upper = InByteOrder(Upper(name))
    return _within(upper, Upper(Value(prefix)), Upper(Value(prefix + LAST_SIGN)))


def _within(text: InByteOrder, first: Combinable, last: Combinable) -> Q:
    return Q(GreaterThanOrEqual(text, first), LessThan(text, last))
