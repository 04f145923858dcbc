"""Where iDenfy's callbacks arrive, and the sandbox's page in place of iDenfy's own."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from buyers import verification
from buyers.idenfy import is_sandbox, read_callback, sandbox
from buyers.idenfy.signature import is_signed, signature_of, signing_key
from buyers.models import VerificationSession

# The events that may carry a result (domain C.2); `IDENTIFICATION` is the legacy one for all of them. The name is not
# signed, so it can only keep a callback from counting.
RESULT_EVENTS = frozenset(
    {
        "IDENTIFICATION",
        "IDENTIFICATION_AUTO_FINISHED",
        "IDENTIFICATION_MANUAL_FINISHED",
        "IDENTIFICATION_EXPIRED",
        "IDENTIFICATION_CANCELLED",
    }
)

BEHIND_A_LINK = "/b/"  # the only place to which the stand-in sends anybody back

log = structlog.get_logger(__name__)


# A server calls it, without a session, and proves itself by the signature.
@csrf_exempt
@require_POST
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """One callback of iDenfy. Anything but 2xx is sent again, so what is understood and does not count is 200."""
    try:
        raw = request.body
    except RequestDataTooBig:
        log.warning("idenfy_callback_too_large")
        return HttpResponse(status=413)
    return receive(
        raw,
        signature=request.headers.get("Idenfy-Signature", ""),
        event=request.headers.get("Idenfy-Event-Type", ""),
    )


def receive(raw: bytes, *, signature: str, event: str) -> HttpResponse:
    """Check the signature over the bytes as they came, then record what they say."""
    if not is_signed(raw, signature):
        log.warning("idenfy_callback_forged", size=len(raw))
        return HttpResponse(status=401)
    finding = read_callback(raw) if not event or event in RESULT_EVENTS else None
    if finding is None:
        log.info("idenfy_callback_without_result", size=len(raw))
    else:
        verification.record_finding(finding, by=verification.IDENFY)
    return HttpResponse(status=200)


# The unguessable link is the permission, as on iDenfy's page, and the CSRF check would set a cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stand_in(request: HttpRequest, scan_ref: str) -> HttpResponse:
    """Buttons in place of a camera: each sends the signed callback that iDenfy would send."""
    if not is_sandbox():
        raise Http404
    session = get_object_or_404(VerificationSession, scan_ref=scan_ref)
    if request.method != "POST":
        return render(request, "buyers/pages/sandbox_idenfy.html", {"session": session})
    overall = request.POST.get("overall", "")
    if overall not in sandbox.BUTTONS:
        return render(request, "buyers/pages/sandbox_idenfy.html", {"session": session}, status=422)
    raw = sandbox.callback_body(session, overall, is_aml_hit="aml_hit" in request.POST)
    receive(raw, signature=signature_of(raw, signing_key()), event=sandbox.BUTTONS[overall][0])
    back = request.GET.get("back", "")
    return HttpResponseRedirect(back if back.startswith(BEHIND_A_LINK) else request.path)
