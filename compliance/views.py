"""The public page that checks a dropped Export File. No cookie, no account, and nothing of the file is kept."""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.verification import examine
from nt24.documents.uploads import ReceivedFile, accept_sealed_file
from nt24.errors import PayloadTooLarge, Unavailable
from nt24.pages.throttle import Allowance, seconds_to_wait

CHECKS = Allowance("verify", calls=30, seconds=600)  # contract 17.33
TOO_LARGE = gettext_lazy("This file is larger than any file that NT24 seals, so it is none of them.")
LANGUAGES = {"en": "English", "de": "Deutsch"}  # of this page; buyers' pages have more


# There is no session and nothing is written, so a request forged on another site could gain nothing, and the
# CSRF check would set a cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """The form, and for a posted PDF what its seal says. The file lives as long as the request.

    In the language that the address names, else in the first of ours that the browser asks for: a cookie would be one
    more thing to keep.
    """
    with translation.override(language_of(request)):
        response = answered(request)
    response["Content-Language"] = language_of(request)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def language_of(request: HttpRequest) -> str:
    chosen = request.GET.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    wanted = translation.get_language_from_request(request)
    return wanted if wanted in LANGUAGES else next(iter(LANGUAGES))


def answered(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return verify_form(request)
    wait = seconds_to_wait(request, CHECKS)
    if wait:
        return verify_form(
            request,
            _("Too many checks from your address. Try again in %(seconds)s seconds.") % {"seconds": wait},
            status=429,
            wait=wait,
        )
    accept_sealed_file(request)
    try:
        file = request.FILES.get("file")
    except PayloadTooLarge:
        return verify_form(request, str(TOO_LARGE), status=413)
    except (MultiPartParserError, SuspiciousOperation):
        return verify_form(
            request, _("The upload was cut off or cannot be read. Please try again."), status=400
        )
    if not isinstance(file, ReceivedFile):
        return verify_form(request, _("Choose the PDF that is to be checked."), status=422)
    if not file.size:
        return verify_form(
            request, _("This file is empty. Choose the PDF that is to be checked."), status=422
        )
    return verify_result(request, file)


def verify_result(request: HttpRequest, file: ReceivedFile) -> HttpResponse:
    try:
        finding = examine(file.source(), sha256=file.sha256)
    except Unavailable as busy:
        return verify_form(request, _(busy.detail), status=503, wait=busy.retry_after)
    return render(
        request,
        "compliance/pages/verify_result.html",
        {**page_of(request), "finding": finding, "checked_at": timezone.now()},
    )


def page_of(request: HttpRequest) -> dict[str, object]:
    """What the frame of the page needs: its address with a chosen language, and the languages it can be had in."""
    is_chosen = request.GET.get("language") in LANGUAGES
    language = language_of(request)
    return {
        "here": "verify",
        "address": f"{request.path}?language={language}" if is_chosen else request.path,
        "page_language": language,
        "languages": LANGUAGES.items(),
    }


def verify_form(
    request: HttpRequest, refusal: str = "", *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    """The page with the drop zone; `refusal` says why a posted file was not checked, `wait` for how long."""
    context = {
        **page_of(request),
        "refusal": refusal,
        "max_bytes": settings.EXPORT_FILE_MAX_BYTES,
        "max_megabytes": settings.EXPORT_FILE_MAX_BYTES // 1_000_000,
    }
    response = render(request, "compliance/pages/verify.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response
