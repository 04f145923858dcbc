"""The trail over HTTP (contract 13): an organization reads what was done in its name."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.audit.api.serializers import AuditEntryOut, AuditQuery
from nt24.audit.models import Entry

FILTERS = {"since": "at__gte", "retention": "retention", "subject_uuid": "subject_uuid"}


def entries_for_list(wanted: Mapping[str, Any], **scope: Any) -> QuerySet[Entry]:
    """The entries of the scope that match the query's filters."""
    filters = {FILTERS[name]: value for name, value in wanted.items() if name in FILTERS}
    return Entry.objects.filter(**scope, **filters).select_related("link")


class AuditView(ContractView):
    @operation(
        "List audit entries",
        about="What was done to anything of your organization, newest first: who, what, old and new values, "
        "why. With `retention=PII_ACCESS` the log of reads of personal data.",
        query=AuditQuery,
        answer=AuditEntryOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        rows = entries_for_list(self.query, organization_id=self.caller.organization_pk)
        return self.listed(rows, AuditEntryOut)
