"""The public page that checks a dropped Export File. No cookie, no account, and nothing of the file is kept."""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.verification import examine
from nt24.documents.uploads import ReceivedFile, accept_sealed_file
from nt24.errors import PayloadTooLarge, Unavailable
from nt24.pages.throttle import Allowance, seconds_to_wait

CHECKS = Allowance("verify", calls=30, seconds=600)  # contract 17.33
TOO_LARGE = "This file is larger than any file that NT24 seals, so it is none of them."


# There is no session and nothing is written, so a request forged on another site could gain nothing, and the
# CSRF check would set a cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """The form, and for a posted PDF what its seal says. The file lives as long as the request."""
    if request.method != "POST":
        return verify_form(request)
    wait = seconds_to_wait(request, CHECKS)
    if wait:
        return verify_form(
            request, f"Too many checks from your address. Try again in {wait} seconds.", status=429, wait=wait
        )
    accept_sealed_file(request)
    try:
        file = request.FILES.get("file")
    except PayloadTooLarge:
        return verify_form(request, TOO_LARGE, status=413)
    except (MultiPartParserError, SuspiciousOperation):
        return verify_form(request, "The upload was cut off or cannot be read. Please try again.", status=400)
    if not isinstance(file, ReceivedFile):
        return verify_form(request, "Choose the PDF that is to be checked.", status=422)
    if not file.size:
        return verify_form(request, "This file is empty. Choose the PDF that is to be checked.", status=422)
    return verify_result(request, file)


def verify_result(request: HttpRequest, file: ReceivedFile) -> HttpResponse:
    try:
        finding = examine(file.source(), sha256=file.sha256)
    except Unavailable as busy:
        return verify_form(request, busy.detail, status=503, wait=busy.retry_after)
    return render(request, "compliance/pages/verify_result.html", {"here": "verify", "finding": finding})


def verify_form(
    request: HttpRequest, refusal: str = "", *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    """The page with the drop zone; `refusal` says why a posted file was not checked, `wait` for how long."""
    context = {
        "here": "verify",
        "refusal": refusal,
        "max_bytes": settings.EXPORT_FILE_MAX_BYTES,
        "max_megabytes": settings.EXPORT_FILE_MAX_BYTES // 1_000_000,
    }
    response = render(request, "compliance/pages/verify.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response
