"""The public page that checks a dropped Export File. No cookie, no account, and nothing of the file is kept."""

from threading import BoundedSemaphore

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.verification import examine
from nt24.pages.throttle import Allowance, seconds_to_wait

VERIFY_MAX_BYTES = 60 * 1000 * 1000  # an Export File with all its originals stays well below
VERIFY_FORM_BYTES = 64 * 1024  # what the multipart frame may add to the file
CHECKS = Allowance("verify", calls=30, seconds=600)  # contract 17.33
VERIFY_AT_ONCE = BoundedSemaphore(2)  # per process: each check holds a whole file in memory
VERIFY_PATIENCE_SECONDS = 5


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
    if int(request.META.get("CONTENT_LENGTH") or 0) > VERIFY_MAX_BYTES + VERIFY_FORM_BYTES:
        return verify_form(request, "This file is too large to be checked here.", status=413)
    try:
        file = request.FILES.get("file")
    except (MultiPartParserError, SuspiciousOperation):
        return verify_form(request, "The upload was cut off or cannot be read. Please try again.", status=400)
    if not isinstance(file, UploadedFile) or not file.size:
        return verify_form(request, "Choose the PDF that is to be checked.", status=422)
    return verify_result(request, file)


def verify_result(request: HttpRequest, file: UploadedFile) -> HttpResponse:
    if not VERIFY_AT_ONCE.acquire(timeout=VERIFY_PATIENCE_SECONDS):
        return verify_form(request, "Many files are being checked at the moment.", status=503, wait=10)
    try:
        finding = examine(file.read())
    finally:
        VERIFY_AT_ONCE.release()
    return render(request, "compliance/pages/verify_result.html", {"here": "verify", "finding": finding})


def verify_form(
    request: HttpRequest, refusal: str = "", *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    """The page with the drop zone; `refusal` says why a posted file was not checked, `wait` for how long."""
    context = {
        "here": "verify",
        "refusal": refusal,
        "max_bytes": VERIFY_MAX_BYTES,
        "max_megabytes": VERIFY_MAX_BYTES // 1_000_000,
    }
    response = render(request, "compliance/pages/verify.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response
