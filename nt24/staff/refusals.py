"""What staff see when a page is not there or not for them: where they are, why, and what to do next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from nt24.pages.policy import STAFF


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    title: str
    detail: str
    advice: str


PAGES: Mapping[type[Exception], Page] = {
    PermissionDenied: Page(
        403,
        "This is not for your role",
        "You are signed in, but your role does not include this page or what you tried to do. Nothing was changed.",
        "If your work needs it, ask an administrator for another role.",
    ),
    Http404: Page(
        404,
        "There is no such page",
        "The address may be mistyped, or the page no longer exists.",
        "Search for the order, buyer or document instead.",
    ),
}


class StaffRefusals:
    """Middleware: answers inside the portal's frame, also while `DEBUG` is on and Django would show its own page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        page = next((page for kind, page in PAGES.items() if isinstance(exception, kind)), None)
        is_ours = request.path.startswith(STAFF) and admin.site.has_permission(request)
        if page is None or not is_ours:
            return None
        context = {**admin.site.each_context(request), "page": page, "title": page.title}
        response = render(request, "staff/not_here.html", context, status=page.status)
        add_never_cache_headers(response)
        return response
