"""What the lists of buyers' records are filtered by beside their own columns."""

from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from buyers.invitation_models import Invitation
from buyers.models import Kyc, VerificationSession
from buyers.vies.numbers import MEMBER_STATES

SOON = timedelta(days=3)


class ExpiringSoon(SimpleListFilter):
    title, parameter_name = "expiry", "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("soon", f"Open, and ends within {SOON.days} days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "soon":
            return queryset
        now = timezone.now()
        return queryset.filter(
            status=Invitation.Status.ACTIVE, expires_at__gt=now, expires_at__lte=now + SOON
        )


class WaitingFor(SimpleListFilter):
    title, parameter_name = "what staff have to do", "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("review", "Approve or reject"), ("clearing", "Clear the screening, by two people")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "review":
                return queryset.filter(status=VerificationSession.Status.IN_REVIEW)
            case "clearing":
                return queryset.filter(aml_status=Kyc.Aml.FLAGGED)
        return queryset


class MemberState(SimpleListFilter):
    title, parameter_name = "member state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code) for code in MEMBER_STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        return queryset.filter(vat_number__startswith=code) if code in MEMBER_STATES else queryset
