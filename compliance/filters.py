"""Filters of lists that are no plain look-up of a field."""

from datetime import date
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance.blockers import KINDS
from compliance.lists import BLOCKER, DEADLINE, FINAL_INVOICE, NEWEST
from compliance.models import Rollup
from compliance.waiting import DEADLINE_NEAR, final_invoice_due, newest_versions, proof_due_soon
from nt24.partners.models import Organization, Seller
from nt24.staff.wording import in_words
from orders.models import Invoice, Order

MONTHS_OFFERED = 24
OFFERED = 200  # sellers or organizations; whoever has more finds them by the search


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


class StatusFilter(SimpleListFilter):
    """In the words of the list; the parameter is Django's own, which the start page links to."""

    title, parameter_name = "status", "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, in_words(status)) for status in Order.Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class MonthFilter(SimpleListFilter):
    """By the month of the purchase, `2026-04`."""

    title, parameter_name = "month of purchase", "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        month = timezone.localdate().replace(day=1)
        found = []
        for _ in range(MONTHS_OFFERED):
            found.append((f"{month:%Y-%m}", f"{month:%B %Y}"))
            month = before(month)
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            month = date.fromisoformat(f"{self.value()}-01")
        except ValueError:  # no month
            return queryset
        return queryset.filter(purchase_on__gte=month, purchase_on__lt=after(month))


def before(month: date) -> date:
    return (
        month.replace(year=month.year - 1, month=12)
        if month.month == 1
        else month.replace(month=month.month - 1)
    )


def after(month: date) -> date:
    return (
        month.replace(year=month.year + 1, month=1)
        if month.month == 12
        else month.replace(month=month.month + 1)
    )


class SellerFilter(SimpleListFilter):
    title, parameter_name = "seller", "seller__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(pk), name)
            for pk, name in Seller.objects.order_by("name").values_list("pk", "name")[:OFFERED]
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value() or ""
        return queryset.filter(seller=int(wanted)) if wanted.isascii() and wanted.isdigit() else queryset


class OrganizationFilter(SimpleListFilter):
    title, parameter_name = "organization", "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Organization.objects.order_by("name").values_list("pk", "name")[:OFFERED]
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value() or ""
        if not (wanted.isascii() and wanted.isdigit()):
            return queryset
        return queryset.filter(seller__in=Seller.objects.filter(organization=int(wanted)).values("pk"))


class FinalInvoiceFilter(SimpleListFilter):
    title, parameter_name = "final invoice", FINAL_INVOICE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due: there is a verdict and no final invoice"), ("submitted", "Submitted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "due":
                return queryset.filter(pk__in=final_invoice_due().values("order"))
            case "submitted":
                return queryset.filter(pk__in=Invoice.objects.filter(type=Invoice.Type.FINAL).values("order"))
        return queryset


class DeadlineFilter(SimpleListFilter):
    title, parameter_name = "deadline", DEADLINE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("near", f"Proof of delivery due within {DEADLINE_NEAR.days} days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "near":
            return queryset
        return queryset.filter(pk__in=proof_due_soon(timezone.now()).values("order"))
