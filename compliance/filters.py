"""Filters of lists that are no plain look-up of a field."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.blockers import KINDS
from compliance.lists import BLOCKER, NEWEST
from compliance.models import Rollup
from compliance.waiting import newest_versions


class BlockerFilter(SimpleListFilter):
    """Orders that a blocker holds up; of all codes there are, so that nothing has to be counted."""

    title = "blocker"
    parameter_name = BLOCKER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.code, f"{kind.title} (fatal)" if kind.is_fatal else kind.title) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        if not code:
            return queryset
        # "Not null" is said aloud for SQLite, which finds the few that are blocked by a partial index then.
        blocked = Rollup.objects.filter(blocked_since__isnull=False, blocked_since__has_key=code)
        return queryset.filter(pk__in=blocked.values("order"))


class NewestFilter(SimpleListFilter):
    """Export Files that no later version has replaced."""

    title = "version"
    parameter_name = NEWEST

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Newest of its order")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return newest_versions(queryset) if self.value() == "yes" else queryset
