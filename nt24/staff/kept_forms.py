"""What somebody typed into a form while the session ended: kept on the server until they have signed in again.

It is kept only for a page that we made for this very person, in the session that signing in goes on with, and given
back to nobody else. Files are not kept; the page says that they have to be chosen again.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware

from nt24.documents.uploads import FORM_BYTES
from nt24.pages.policy import STAFF
from nt24.people.staff import actor_of
from nt24.staff.seen import SEEN, opened

IN_SESSION = "kept-form"
KEPT_SECONDS = 2 * 60 * 60
MOST_BYTES = 64 * 1024


class NoFiles(FileUploadHandler):
    """Reads past the files of a form: nobody is signed in who could file them."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: every file is skipped."""

    def file_complete(self, file_size: int) -> None:
        """Nothing was kept."""


def keep_what_was_typed(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, behind the one that ends sessions."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(STAFF):
            if not request.user.is_authenticated:
                keep(request)
            elif (
                IN_SESSION in request.session
                and request.session[IN_SESSION]["by"] != actor_of(request.user).id
            ):
                del request.session[IN_SESSION]
        return get_response(request)

    return answer


def keep(request: HttpRequest) -> None:
    """Put a form of ours away; anything else that arrives without a session is left to the door."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.method != "POST" or not length.isdigit():
        return
    if int(length[:18]) > settings.DOCUMENTS_MAX_BYTES + FORM_BYTES:
        return
    request.upload_handlers = [NoFiles(request)]
    try:
        typed = request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return
    seen = opened(typed.get(SEEN))
    if seen is None or seen.page != request.path:
        return
    fields = {name: typed.getlist(name) for name in typed if name != "csrfmiddlewaretoken"}
    if sum(len(text) for values in fields.values() for text in values) <= MOST_BYTES:
        request.session[IN_SESSION] = {"by": seen.by, "page": seen.page, "fields": fields, "at": time.time()}


def give_back(request: HttpRequest, by: str) -> QueryDict | None:
    """What this person had typed into this page, once."""
    kept = request.session.get(IN_SESSION)
    if kept is None or (kept["by"], kept["page"]) != (by, request.path):
        return None
    del request.session[IN_SESSION]
    if time.time() - kept["at"] > KEPT_SECONDS:
        return None
    typed = QueryDict(mutable=True)
    for name, values in kept["fields"].items():
        typed.setlist(name, values)
    return typed


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def is_forged(request: HttpRequest) -> bool:
    """Whether the form lacks the token that belongs to this browser: another site's, or ours from before a sign-in."""
    check = _Check(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is not None


def _nothing(request: HttpRequest) -> HttpResponse:
    """What Django's check stands in front of; it is asked for its opinion alone."""
    return HttpResponse()
