"""The content security policy of pages: one for each surface. An answer of the API is data that no browser renders."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

STAFF = "/admin/"  # the staff portal: no other page has a session


class PagePolicy(CSPMiddleware):
    """Django-CSP, with what the staff portal's scripts need."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(STAFF) and parts.update is None:
            parts.update = settings.STAFF_CONTENT_SECURITY_POLICY
        return parts
