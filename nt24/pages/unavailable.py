"""What people see while the database is away or the disk full: a page that says so, and never a stack trace."""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from nt24.api.problems import response as problem_response
from nt24.disk import is_full
from nt24.errors import Unavailable
from nt24.pages.resending import typed_in
from nt24.surfaces import is_api
from nt24.tracing import trace_id

AWAY = (OperationalError, InterfaceError)
RETRY_SECONDS = Unavailable.retry_after
LINKS = "/b/"  # of buyers, who have no account with which a form could be kept
REALMS = "/realms/"  # the token endpoint, whose errors are those of RFC 6749 (contract 16.14)

log = structlog.get_logger(__name__)


class DatabaseAway:
    """Middleware, right after the one that knows the user: whoever comes with a session needs its row first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_api(request.path):
            try:
                _ = (
                    request.user.is_authenticated
                )  # what comes after asks for it as well; here it can be answered
            except AWAY as failure:
                return self.process_exception(request, failure) or HttpResponse(status=503)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, AWAY) or is_full(exception)):
            return None
        event = "disk_full" if is_full(exception) else "database_away"
        log.error(event, path=request.path, kind=type(exception).__name__, why=str(exception))
        response = answer(request)
        response["Retry-After"] = str(RETRY_SECONDS)
        add_never_cache_headers(response)
        return response


def answer(request: HttpRequest) -> HttpResponse:
    if is_api(request.path):
        return problem_response(Unavailable("The database does not answer. Try again."), request)
    if request.path.startswith(REALMS):
        told = {
            "error": "temporarily_unavailable",
            "error_description": "The database does not answer. Try again.",
        }
        return JsonResponse(told, status=HTTPStatus.SERVICE_UNAVAILABLE)
    typed = typed_in(request) if request.path.startswith(LINKS) else []
    context = {"trace_id": trace_id(), "typed": typed}
    return render(request, "503.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
