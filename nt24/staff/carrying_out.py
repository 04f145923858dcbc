"""The page of a move: its form, carried out once; what stands in the way is said, and nothing typed is lost."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.csrf import csrf_failure

from nt24.audit.models import Entry
from nt24.documents.uploads import accept_evidence
from nt24.errors import (
    DomainError,
    Forbidden,
    MalformedRequest,
    PayloadTooLarge,
    StateConflict,
    Unavailable,
    ValidationFailed,
    VersionMismatch,
)
from nt24.staff.forms import ShapeForm
from nt24.staff.hidden import (
    FORM_ID,
    INCOMPLETE,
    SEEN_ENTRY,
    SEEN_VERSION,
    form_id_of,
    uuid_in,
    version_of,
    whole_number,
)
from nt24.staff.kept_forms import give_back, is_forged
from nt24.staff.merging import Overtaken, merge
from nt24.staff.moves import MAX_REASON, WHY, Done, Move
from nt24.staff.submissions import is_carried_out, once
from nt24.staff.timeline import entries_since, moment_of, newest_entry

TWICE = "Already submitted. Nothing was done twice."
NOT_NOW = "This cannot be done now. Somebody may have done it already: go back and reload the page."
OUTDATED = "You signed in again after this form was opened. What you typed is below; send it again."
GIVEN_BACK = "You were signed out before this was sent. What you typed is below; choose files again."
log = structlog.get_logger(__name__)


def carry_out(
    request: HttpRequest, move: Move, *, again: Callable[[], Move], back: str, frame: dict[str, Any]
) -> HttpResponseBase:
    """Answer for a move: `again` makes it anew around the locked record, inside the transaction."""
    if request.method != "POST":
        if not move.is_possible():
            return not_now(request, move, frame, back=back)
        if (refusal := move.refusal()) is not None:
            return not_now(request, move, frame, back=back, refusal=refusal)
        if (typed := give_back(request, move.by.id)) is not None:
            return given_back(request, move, typed, back=back, frame=frame)
        return shown(request, move, move.form(), back=back, frame=frame)
    accept_evidence(request, several=move.files > 1)
    try:
        return received(request, move, again, back, frame)
    except (PayloadTooLarge, MalformedRequest) as error:
        return shown(request, move, move.form(), back=back, frame=frame, refusal=error)
    except (MultiPartParserError, SuspiciousOperation):
        cut_off = DomainError("The upload was cut off. Please send it again.")
        return shown(request, move, move.form(), back=back, frame=frame, refusal=cut_off, status=400)


def received(
    request: HttpRequest, move: Move, again: Callable[[], Move], back: str, frame: dict[str, Any]
) -> HttpResponseBase:
    # Here, because the middleware would have read the upload before its limits were in place.
    if is_forged(request):
        return forged(request, move, back, frame)
    if not move.is_possible():
        return not_now(request, move, frame, back=back)
    form = move.form(request.POST, request.FILES)
    try:
        require_possible(request, move)
        require_seen(move, version_of(request))
        if form.wants_row:
            return shown(request, move, unjudged(form), back=back, frame=frame)
        if not form.is_valid():
            return shown(request, move, form, back=back, frame=frame, status=422)
        form_id = form_id_of(request)
        move.prepare(form)
        done = once(form_id, lambda: worked(again(), form, version_of(request)), by=move.by)
    except VersionMismatch as error:
        return overtaken(request, move, form, error, back=back, frame=frame)
    except DomainError as error:
        return refused(request, move, form, error, back=back, frame=frame)
    except OperationalError as error:
        log.error("staff_move_failed", move=move.name, exc_info=error)
        move.undone(error)
        late = Unavailable("The database did not answer in time; nothing was changed. Try again.")
        return refused(request, move, form, late, back=back, frame=frame)
    return ended(request, move, done, back=back, frame=frame)


def require_possible(request: HttpRequest, move: Move) -> None:
    """Refuse before anything is stored or judged; a form that was carried out is told so instead (`once`).

    :raises DomainError: why the action would refuse this now.
    """
    refusal = move.refusal()
    if refusal is not None and not was_carried_out(request):
        raise refusal


def was_carried_out(request: HttpRequest) -> bool:
    form_id = uuid_in(request.POST.get(FORM_ID, ""))
    return form_id is not None and is_carried_out(form_id)


def forged(request: HttpRequest, move: Move, back: str, frame: dict[str, Any]) -> HttpResponseBase:
    """A form of ours whose token ended with an earlier session is shown again; anything else gets Django's page."""
    form = move.form(request.POST, request.FILES)
    if form.seen is None or not move.is_possible():
        return csrf_failure(request)
    return shown(request, move, unjudged(form), back=back, frame=frame, refusal=Forbidden(OUTDATED))


def given_back(
    request: HttpRequest, move: Move, typed: QueryDict, *, back: str, frame: dict[str, Any]
) -> HttpResponse:
    """The form as it was when the session ended, with what somebody else has changed meanwhile."""
    form, changed, since = move.form(typed), {}, None
    guarded = move.guarded()
    if guarded is not None and whole_number(typed.get(SEEN_VERSION)) != guarded.version:
        since = entries_of(move, whole_number(typed.get(SEEN_ENTRY)))
        changed = merge(form, move.form(), since)
    messages.info(request, GIVEN_BACK)
    return shown(request, move, unjudged(form), back=back, frame=frame, changed=changed, since=since)


def require_seen(move: Move, version: int | None) -> None:
    """Refuse early what the locked record would refuse: nothing is judged that was typed over an old state.

    :raises VersionMismatch: somebody else has changed it since. :raises MalformedRequest: no version was sent.
    """
    if (guarded := move.guarded()) is None:
        return
    if version is None:
        raise MalformedRequest(INCOMPLETE)
    guarded.expect_version(version)


def worked(move: Move, form: ShapeForm, version: int | None) -> Done:
    """The move around the locked record, unless that has another version than was seen.

    :raises DomainError: why it is refused.
    """
    move.reason = form.cleaned_data.get(WHY, "").strip()[:MAX_REASON]
    require_seen(move, version)
    move.expected = version
    return move.run(dict(form.validated))


def unjudged(form: ShapeForm) -> ShapeForm:
    """As it was typed, not yet judged: what was pressed was no wish to carry it out as it is."""
    form.full_clean()
    form.errors.clear()
    return form


def not_now(
    request: HttpRequest,
    move: Move,
    frame: dict[str, Any],
    *,
    back: str = "",
    refusal: DomainError | None = None,
) -> HttpResponse:
    """No form for what the present state does not allow; this very form, or somebody else, may have done it."""
    if request.method == "POST" and was_carried_out(request):
        return ended(request, move, None, back=back, frame=frame)
    why = refusal or move.refusal() or StateConflict(NOT_NOW)
    context = {**frame, "move": move, "refusal": why, "back": back, "subtitle": move.label}
    return TemplateResponse(request, "staff/refused.html", context, status=why.status)


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
    changed: Mapping[str, Overtaken] | None = None,
    since: list[Entry] | None = None,
) -> HttpResponse:
    guarded = move.guarded()
    context = {
        **frame,
        "move": move,
        "form": form,
        "groups": form.shown_groups(),
        "back": back,
        "refusal": refusal,
        "changed": changed or {},
        "moments": None if since is None else [moment_of(entry) for entry in since],
        "lost_files": {name: str(getattr(file, "name", "")) for name, file in form.files.items()},
        "form_id": uuid_in(form.data.get(FORM_ID, "")) or uuid4(),
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
    """The same form with what was typed, and why it was refused."""
    if not hasattr(form, "cleaned_data"):
        form.full_clean()
    if isinstance(error, ValidationFailed) and error.errors:
        form.refuse([*error.errors])
        return shown(request, move, form, back=back, frame=frame, status=error.status)
    return shown(request, move, form, back=back, frame=frame, refusal=error)


def overtaken(
    request: HttpRequest,
    move: Move,
    form: ShapeForm,
    error: VersionMismatch,
    *,
    back: str,
    frame: dict[str, Any],
) -> HttpResponse:
    """The form with the present values and what was typed, field by field what somebody else has changed."""
    if move.guarded() is None:
        return refused(request, move, form, error, back=back, frame=frame)
    present = type(move)(type(move.record)._base_manager.get(pk=move.record.pk), request, move.item)
    if not present.is_possible():
        return not_now(request, present, frame)
    since = entries_of(present, whole_number(request.POST.get(SEEN_ENTRY)))
    changed = merge(form, present.form(), since)
    unjudged(form)
    return shown(request, present, form, back=back, frame=frame, refusal=error, changed=changed, since=since)


def entries_of(move: Move, number: int | None) -> list[Entry]:
    guarded = move.guarded()
    if guarded is None or number is None:
        return []
    return entries_since(number, guarded.uuid, order_uuid_of(guarded))


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
    for warning in done.warnings:
        messages.warning(request, warning)
    return HttpResponseRedirect(safe(target, request, back))


def safe(url: str, request: HttpRequest, otherwise: str) -> str:
    """Only addresses of ours."""
    is_ours = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
    return url if is_ours else otherwise
