"""Numbered pages with a stable order (contract 4.7).

The ids of a page come from the index alone and the rows after them, so that page 300 costs little more than page 1.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from nt24.api.json import Shape, Text

MAX_SIZE = 100
MAX_PAGE = 1_000_000


class FromQuery(serializers.IntegerField):
    """An integer out of the query string."""


class PageQuery(Shape):
    """Base of every list's query: a subclass declares its filters and `SORTS`, member → model field."""

    SORTS: Mapping[str, str] = {"createdAt": "created_at"}
    DEFAULT_SORT = "createdAt,desc"

    page = FromQuery(min_value=0, max_value=MAX_PAGE, default=0, help_text="0-based.")
    size = FromQuery(min_value=1, max_value=MAX_SIZE, default=20)
    sort = Text(required=False, help_text="`field,asc` or `field,desc`.")

    def validate_sort(self, value: str) -> str:
        field, _, direction = value.partition(",")
        if field not in self.SORTS or direction not in {"", "asc", "desc"}:
            known = ", ".join(sorted(self.SORTS))
            raise serializers.ValidationError(f"Sort by one of {known}, followed by ,asc or ,desc.")
        return value


class PaginationShape(Shape):
    page = serializers.IntegerField()
    size = serializers.IntegerField()
    total_elements = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    has_next = serializers.BooleanField()
    has_previous = serializers.BooleanField()


def ordering(query: type[PageQuery], wanted: str | None) -> tuple[str, str]:
    """The order_by names, ended by the primary key in the same direction as a tie-break."""
    field, _, direction = (wanted or query.DEFAULT_SORT).partition(",")
    sign = "-" if direction == "desc" else ""
    return f"{sign}{query.SORTS[field]}", f"{sign}pk"


def page_of(
    rows: QuerySet[Any], query: type[PageQuery], values: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The rows of one page in order, and the `pagination` member."""
    page, size = values["page"], values["size"]
    total = rows.order_by().count()
    order = ordering(query, values.get("sort"))
    ids = list(rows.order_by(*order).values_list("pk", flat=True)[page * size : (page + 1) * size])
    found = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
    pages = -(-total // size)
    return [found[pk] for pk in ids if pk in found], {
        "page": page,
        "size": size,
        "totalElements": total,
        "totalPages": pages,
        "hasNext": page + 1 < pages,
        "hasPrevious": page > 0,
    }
