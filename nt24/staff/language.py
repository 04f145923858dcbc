"""The portal speaks English as Europe writes it (`en-150`, UN M.49): Django's English with our days and times.

Buyers' pages and mails go on writing days in the way of each of their languages, English included.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from nt24.pages.policy import STAFF

LANGUAGE = "en-150"  # its formats are in nt24/staff/formats/en_150


def speak_to_staff(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: set around the whole answer, because pages are rendered after their view has returned."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(STAFF):
            return get_response(request)
        with translation.override(LANGUAGE):
            return get_response(request)

    return answer
