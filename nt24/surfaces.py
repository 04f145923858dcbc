"""Which surface a path belongs to, and the shorter way that a call of the API takes.

What pages need (sessions, form tokens, messages, languages, static files) costs as much as a polled answer itself and
does nothing for a program, so the API has a chain of its own (`API_MIDDLEWARE`).
"""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

API = "/v1/"
# Addresses of programs that are put together wrongly: without the last slash, with one too many, in capitals.
MEANT_FOR_THE_API = re.compile(r"^/*[vV]1(?:/|$)")


def is_api(path: str) -> bool:
    """Whether a program is asking, so that also a refusal is a problem document (contract 4.6)."""
    return path.startswith(API) or MEANT_FOR_THE_API.match(path) is not None


class ApiChain(BaseHandler):
    """The views behind `API_MIDDLEWARE`, whose members have no `process_view`."""

    def __init__(self) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self.answer: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # no stub
        for path in reversed(settings.API_MIDDLEWARE):
            layer = import_string(path)(self.answer)
            if hasattr(layer, "process_exception"):
                self._exception_middleware.append(layer.process_exception)
            self.answer = convert_exception_to_response(layer)


def part_ways(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: what comes after it in `MIDDLEWARE` is for pages."""
    call: Callable[[HttpRequest], HttpResponseBase] = ApiChain().answer

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return call(request) if is_api(request.path) else get_response(request)

    return middleware
