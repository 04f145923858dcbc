"""Filters of lists that are no plain look-up of a field."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.blocker_titles import TITLES
from compliance.lists import BLOCKER, NEWEST
from compliance.rules import FATAL
from compliance.waiting import newest_versions


class BlockerFilter(SimpleListFilter):
    """Orders that a blocker holds up; of all codes there are, so that nothing has to be counted."""

    title = "blocker"
    parameter_name = BLOCKER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, f"{title} (fatal)" if code in FATAL else title) for code, title in TITLES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        return queryset.filter(rollup__blocked_since__has_key=code) if code else queryset


class NewestFilter(SimpleListFilter):
    """Export Files that no later version has replaced."""

    title = "version"
    parameter_name = NEWEST

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Newest of its order")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return newest_versions(queryset) if self.value() == "yes" else queryset
