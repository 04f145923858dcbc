"""Filters of the trail's list. None of them asks the table what values it has: it may hold millions of entries."""

from collections.abc import Mapping
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from nt24.audit.models import Entry

# What stands before the dot of an action, by what it is about.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Orders and their papers": ("order", "invoice", "payment", "transport", "document"),
    "Verdicts and Export Files": ("rollup", "verdict", "export_file"),
    "Buyers": ("buyer", "contact", "verification", "aml", "vies_check"),
    "Links and prospects": ("invitation", "prospect", "branding"),
    "Reads of personal data": ("contacts", "order_people", "kyc_profile", "kyc_document"),
    "Tenants": ("organization", "seller", "client"),
    "Webhooks and mail": ("endpoint", "delivery", "mail"),
    "Staff": ("user", "group"),
    "Copies and seals": ("audit", "case", "period", "checkpoint"),
}
PERIODS: Mapping[str, timedelta] = {
    "Last 24 hours": timedelta(days=1),
    "Last 7 days": timedelta(days=7),
    "Last 30 days": timedelta(days=30),
    "Last year": timedelta(days=366),
}


class FamilyFilter(SimpleListFilter):
    title = "about"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(name, name) for name in FAMILIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        prefixes = FAMILIES.get(self.value() or "", ())
        wanted = [Q(action__startswith=f"{prefix}.") for prefix in prefixes]
        return queryset.filter(reduce(or_, wanted)) if wanted else queryset


class PeriodFilter(SimpleListFilter):
    title = "when"
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(str(span.days), name) for name, span in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        spans: dict[Any, timedelta] = {str(span.days): span for span in PERIODS.values()}
        span = spans.get(self.value())
        return queryset.filter(at__gte=timezone.now() - span) if span else queryset
