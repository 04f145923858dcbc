"""One move for many chosen records: its form once, each record in a transaction of its own, and a line for each.

For moves whose form is the same for every record, that do no slow work beforehand and show no secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

import structlog
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import OperationalError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from nt24.errors import DomainError, VersionMismatch
from nt24.staff.carrying_out import NOT_NOW, TWICE, worked
from nt24.staff.forms import ShapeForm
from nt24.staff.hidden import FORM_ID, form_id_of, uuid_in, whole_number
from nt24.staff.moves import Move, url_of
from nt24.staff.submissions import once

MOST = 200  # records at a time: what one answer carries out within a request's patience
CHANGED = "Somebody has changed it since it was chosen; nothing was overwritten."
LATE = "The database did not answer in time; nothing was changed."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen record with the version that the person has before him."""

    record: Model
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record."""

    record: Model
    url: str
    is_done: bool
    sentence: str


def leading_to(move: type[Move]) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseRedirect]:
    """The action of a list: on to the page of the move, with what was ticked and nothing else."""

    def lead_on(
        model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseRedirect:
        opts = model_admin.opts
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_bulk", args=[move.name])
        return HttpResponseRedirect(f"{page}?ids={'.'.join(request.POST.getlist(ACTION_CHECKBOX_NAME))}")

    return lead_on


def ids_in(request: HttpRequest) -> list[int]:
    """The numbers of the chosen records, each once; what is no number is nobody's."""
    parts = request.GET.get("ids", "").split(".")
    return list(dict.fromkeys(number for part in parts if (number := whole_number(part)) is not None))


def carry_out_each(
    request: HttpRequest,
    kind: type[Move],
    records: Sequence[Model],
    *,
    again: Callable[[Any], Move],
    back: str,
    frame: dict[str, Any],
) -> HttpResponse:
    """Answer for a move of many: `again` makes it anew around one locked record, inside its transaction."""
    moves = [kind(record, request) for record in records]
    form = form_for_all(moves, request)
    context = {**frame, "move": moves[0], "form": form, "back": back, "subtitle": moves[0].label}
    if request.method != "POST":
        return asked(request, moves, context)
    if not form.is_valid():
        return asked(request, moves, context, status=422)
    try:
        form_id = form_id_of(request)
    except DomainError as refusal:
        return asked(request, moves, {**context, "refusal": refusal}, status=422)
    outcomes = [outcome_of(move, again, form, form_id, seen_version(request, move)) for move in moves]
    done = sum(outcome.is_done for outcome in outcomes)
    return TemplateResponse(
        request, "staff/bulk_done.html", {**context, "outcomes": outcomes, "done_count": done}
    )


def form_for_all(moves: Sequence[Move], request: HttpRequest) -> ShapeForm:
    """Asks for a reason where one of the records needs it."""
    asking = next((move for move in moves if move.asks_reason()), moves[0])
    return asking.form(request.POST) if request.method == "POST" else asking.form()


def asked(
    request: HttpRequest, moves: Sequence[Move], context: dict[str, Any], status: int = 200
) -> HttpResponse:
    choices = [
        Choice(move.record, url_of(move.record), seen_text(request, move) or present_version(move))
        for move in moves
    ]
    page = {**context, "choices": choices, "form_id": uuid_in(request.POST.get(FORM_ID, "")) or uuid4()}
    return TemplateResponse(request, "staff/bulk.html", page, status=status)


def present_version(move: Move) -> str:
    guarded = move.guarded()
    return "" if guarded is None else str(guarded.version)


def seen_text(request: HttpRequest, move: Move) -> str:
    return request.POST.get(f"version-{move.record.pk}", "")


def seen_version(request: HttpRequest, move: Move) -> int | None:
    return whole_number(seen_text(request, move))


def outcome_of(
    move: Move, again: Callable[[Any], Move], form: ShapeForm, form_id: UUID, version: int | None
) -> Outcome:
    """Carry it out for one record; a refusal is this record's alone."""
    record, url = move.record, url_of(move.record)
    if not move.is_possible():
        return Outcome(record, url, False, NOT_NOW)
    try:
        own_id = uuid5(form_id, str(record.pk))
        done = once(own_id, lambda: worked(again(record.pk), form, version), by=move.by)
    except VersionMismatch:
        return Outcome(record, url, False, CHANGED)
    except DomainError as refusal:
        return Outcome(record, url, False, refusal.detail)
    except OperationalError as error:
        log.error("staff_move_failed", move=move.name, exc_info=error)
        return Outcome(record, url, False, LATE)
    return Outcome(record, url, done is not None, done.message if done is not None else TWICE)
