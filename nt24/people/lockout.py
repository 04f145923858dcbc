"""What somebody sees who has tried too often."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

LOCKED_SECONDS = 15 * 60  # the longest window of ACCOUNT_RATE_LIMITS


@never_cache
def locked_out(request: HttpRequest) -> HttpResponse:
    """The 429 of every staff page; one text for a right and a wrong user name."""
    response = render(
        request, "429.html", {"minutes": LOCKED_SECONDS // 60}, status=HTTPStatus.TOO_MANY_REQUESTS
    )
    response["Retry-After"] = str(LOCKED_SECONDS)
    return response
