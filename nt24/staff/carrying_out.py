"""The page of a move: its form, carried out once; what stands in the way is said, and nothing typed is lost."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from nt24.documents.uploads import accept_evidence
from nt24.errors import (
    DomainError,
    MalformedRequest,
    PayloadTooLarge,
    StateConflict,
    Unavailable,
    ValidationFailed,
    VersionMismatch,
)
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import MAX_REASON, WHY, Done, Move
from nt24.staff.submissions import is_carried_out, once
from nt24.staff.timeline import moments_since, newest_entry

TWICE = "This form was carried out before; nothing was done a second time."
NOT_NOW = (
    "This is not possible, or not any more: somebody may have done it meanwhile. Look at the page again."
)
# Names of hidden fields; the hyphen keeps them apart from members of the wire, which have none.
FORM_ID, SEEN_VERSION, SEEN_ENTRY = "form-id", "seen-version", "seen-entry"
INCOMPLETE = "This form is not complete. Open it again and send it from there."
log = structlog.get_logger(__name__)


def carry_out(
    request: HttpRequest, move: Move, *, again: Callable[[], Move], back: str, frame: dict[str, Any]
) -> HttpResponseBase:
    """Answer for a move: `again` makes it anew around the locked record, inside the transaction."""
    if request.method != "POST":
        if not move.is_possible():
            return not_now(request, move, frame)
        return shown(request, move, move.form(), back=back, frame=frame)
    accept_evidence(request)
    try:
        return received(request, move, again, back, frame)
    except PayloadTooLarge as error:
        return shown(request, move, move.form(), back=back, frame=frame, refusal=error)
    except (MultiPartParserError, SuspiciousOperation):
        cut_off = DomainError("The upload was cut off. Please send it again.")
        return shown(request, move, move.form(), back=back, frame=frame, refusal=cut_off, status=400)


@csrf_protect  # here, because the middleware would have read the upload before its limits were in place
def received(
    request: HttpRequest, move: Move, again: Callable[[], Move], back: str, frame: dict[str, Any]
) -> HttpResponseBase:
    if not move.is_possible():
        return not_now(request, move, frame, back=back)
    form = move.form(request.POST, request.FILES)
    if form.wants_row:
        return shown(request, move, move_form_without_errors(form), back=back, frame=frame)
    try:
        move.prepare(form)
        if not form.is_valid():
            return shown(request, move, form, back=back, frame=frame, status=422)
        done = once(form_id_of(request), lambda: worked(again(), form, version_of(request)), by=move.by)
    except DomainError as error:
        return refused(request, move, form, error, back=back, frame=frame)
    except OperationalError as error:
        log.error("staff_move_failed", move=move.name, exc_info=error)
        late = Unavailable("The database did not answer in time; nothing was changed. Try again.")
        return refused(request, move, form, late, back=back, frame=frame)
    return ended(request, move, done, back=back, frame=frame)


def worked(move: Move, form: ShapeForm, version: int | None) -> Done:
    """The move around the locked record, unless that has another version than was seen.

    :raises DomainError: why it is refused.
    """
    move.reason = form.cleaned_data.get(WHY, "").strip()[:MAX_REASON]
    if (guarded := move.guarded()) is not None:
        if version is None:
            raise MalformedRequest(INCOMPLETE)
        move.expected = version
        guarded.expect_version(version)
    return move.run(dict(form.validated))


def version_of(request: HttpRequest) -> int | None:
    sent = request.POST.get(SEEN_VERSION, "")
    return int(sent) if sent.isascii() and sent.isdigit() else None


def form_id_of(request: HttpRequest) -> UUID:
    """:raises DomainError: the page was not made by us."""
    sent = request.POST.get(FORM_ID, "")
    if not is_uuid(sent):
        raise MalformedRequest(INCOMPLETE)
    return UUID(sent)


def is_uuid(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False


def move_form_without_errors(form: ShapeForm) -> ShapeForm:
    """As it was typed, not yet judged: the person asked for one more row."""
    form.full_clean()
    form.errors.clear()
    return form


def not_now(request: HttpRequest, move: Move, frame: dict[str, Any], *, back: str = "") -> HttpResponse:
    """No form for what the present state does not allow; this very form, or somebody else, may have done it."""
    sent = request.POST.get(FORM_ID, "")
    if request.method == "POST" and is_uuid(sent) and is_carried_out(UUID(sent)):
        return ended(request, move, None, back=back, frame=frame)
    context = {**frame, "move": move, "refusal": StateConflict(NOT_NOW), "subtitle": move.label}
    return TemplateResponse(request, "staff/refused.html", context, status=StateConflict.status)


# --- Answers -------------------------------------------------------------------------------------------------------


def shown(
    request: HttpRequest,
    move: Move,
    form: ShapeForm,
    *,
    back: str,
    frame: dict[str, Any],
    refusal: DomainError | None = None,
    status: int | None = None,
    since: Any = None,
) -> HttpResponse:
    guarded = move.guarded()
    context = {
        **frame,
        "move": move,
        "form": form,
        "groups": form.shown_groups(),
        "back": back,
        "refusal": refusal,
        "since": since,
        "form_id": request.POST.get(FORM_ID) or str(uuid4()),
        "version": guarded.version if guarded is not None else "",
        "newest": newest_entry(guarded.uuid, order_uuid_of(guarded)) if guarded is not None else "",
        "subtitle": move.label,
    }
    code = status or (refusal.status if refusal is not None and hasattr(refusal, "status") else 200)
    return TemplateResponse(request, "staff/move.html", context, status=code)


def order_uuid_of(record: Any) -> UUID | None:
    """The order that a record belongs to, so that the trail shows everything about the case."""
    order = record if record._meta.model_name == "order" else getattr(record, "order", None)
    return order.uuid if order is not None and not isinstance(order, str) else None


def refused(
    request: HttpRequest,
    move: Move,
    form: ShapeForm,
    error: DomainError,
    *,
    back: str,
    frame: dict[str, Any],
) -> HttpResponse:
    """The same form with what was typed, and why it was refused; after a stale version, what changed since."""
    if not form.is_bound or not hasattr(form, "cleaned_data"):
        form.full_clean()
    if isinstance(error, ValidationFailed) and error.errors:
        form.refuse([*error.errors])
        return shown(request, move, form, back=back, frame=frame, status=error.status)
    since = None
    if isinstance(error, VersionMismatch):
        move = type(move)(type(move.record)._base_manager.get(pk=move.record.pk), request, move.item)
        since = changes_since(request, move)
    return shown(request, move, form, back=back, frame=frame, refusal=error, since=since)


def changes_since(request: HttpRequest, move: Move) -> Any:
    guarded, seen = move.guarded(), request.POST.get(SEEN_ENTRY, "")
    if guarded is None or not seen.isdigit():
        return []
    return moments_since(int(seen), guarded.uuid, order_uuid_of(guarded))


def ended(
    request: HttpRequest, move: Move, done: Done | None, *, back: str, frame: dict[str, Any]
) -> HttpResponse:
    if done is None:
        messages.info(request, TWICE)
        return HttpResponseRedirect(back)
    target = done.url or back
    if done.secrets:
        context = {**frame, "move": move, "done": done, "back": target, "subtitle": move.label}
        response = TemplateResponse(request, "staff/secrets.html", context)
        response["Cache-Control"] = "no-store"
        return response
    messages.success(request, done.message)
    return HttpResponseRedirect(safe(target, request, back))


def safe(url: str, request: HttpRequest, otherwise: str) -> str:
    """Only addresses of ours."""
    is_ours = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
    return url if is_ours else otherwise
