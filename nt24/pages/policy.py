"""The content security policy is for pages: an answer of the API is data that no browser renders."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

API = "/v1/"
STAFF = "/admin/"  # the staff portal: no other page has a session


class PagePolicy(CSPMiddleware):
    """One policy for each surface. For the API none: working it out cost a tenth of a rollup's 304."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(API):
            return response
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(STAFF) and parts.update is None:
            parts.update = settings.STAFF_CONTENT_SECURITY_POLICY
        return parts
