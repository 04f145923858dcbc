"""Our own answers to what leads nowhere, also while `DEBUG` is on.

Django would then list every address of the portal, or every setting.
"""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse


class PublicRefusals:
    """Middleware for pages; the staff portal has answers of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        from nt24.pages.views import not_found

        if isinstance(exception, Http404):
            return not_found(request, exception)
        return None


def refuse_other_hosts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before any that asks for the host: a request without `Host`, with two, or for a host not of ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        from nt24.pages.views import bad_request

        try:
            request.get_host()
        except DisallowedHost as refusal:
            return bad_request(request, refusal)
        return get_response(request)

    return middleware
