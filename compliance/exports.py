"""The life of Export File versions: asked for in the verdict's transaction, rendered by a worker, kept for ever.

The row is the truth. A worker claims it, renders outside of any transaction and records the result; one that dies
leaves its lease to run out, and the next sweep renders the same version from the same frozen dossier.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from compliance.case import Case
from compliance.dossier import Dossier, DossierUnreadable
from compliance.export_file import EvidenceAltered, Original, build
from compliance.facts import Loaded
from compliance.models import FAILURE_LENGTH, ExportFile
from compliance.rollup import download_path
from compliance.verdict import Verdict
from nt24.actors import Actor, system
from nt24.claims import claim_due, database_time
from nt24.documents.certificates import SigningKeyUnusable
from nt24.documents.confinement import Busy
from nt24.documents.models import Document, SealedFile
from nt24.documents.register import enter_digest
from nt24.documents.sealing import SealingFailed
from nt24.documents.storage import delete_blob, open_blob, store_blob
from nt24.errors import StateConflict, Unavailable
from nt24.events import announce, evidence_changed
from nt24.lifecycle import move
from nt24.nudges import nudge
from nt24.records import action
from orders.models import Order

LEASE = timedelta(
    seconds=90
)  # a render takes a second, and up to 30 for the pages; the job of a killed worker runs again within 2 minutes
RETRY = timedelta(seconds=20)
MAX_TRIES = 1000  # about two days: an outage of the storage or the time stamp does not end a version
MISSING_TRIES = 30  # more than an hour, for a disk that is not mounted; then an original is gone
BROKEN_TRIES = 5  # of an error that a worker with more memory, or of the next version, may not have
RENDERER = system("render-export-file")

log = structlog.get_logger(__name__)


class GivenUp(StrEnum):
    """Why a version is given up, as partners are told (contract 17.7)."""

    EVIDENCE_ALTERED = "EVIDENCE_ALTERED"  # an original is missing or no longer what it was
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"  # storage, seal or time stamp, until the tries were used up
    DOSSIER_UNREADABLE = "DOSSIER_UNREADABLE"  # the stored facts are of no format that this version reads
    RENDERING_FAILED = "RENDERING_FAILED"


class NoVerdictToExport(StateConflict):
    def __init__(self) -> None:
        super().__init__("There is no verdict yet; an Export File exists once the order is VALID or INVALID.")


def shown_export(order: Order, export: ExportFile | None) -> dict[str, Any]:
    """The rollup's `exportFile` module."""
    if export is None:
        return {"status": "NOT_ELIGIBLE", "downloadUrl": None}
    is_ready = export.status == ExportFile.Status.READY
    url = download_path(order.seller.uuid, order.uuid, export.number) if is_ready else None
    return {"status": export.status, "downloadUrl": url}


def export_file_as_shown(order: Order, versions: Sequence[ExportFile]) -> dict[str, Any]:
    """The members of `ExportFileOut`; `versions` are all of the order's, newest first."""
    if not versions:
        return {
            "status": "NOT_ELIGIBLE",
            "version": None,
            "download_url": None,
            "generated_at": None,
            "decision": None,
            "superseded_versions": [],
        }
    newest, *older = versions
    is_ready = newest.status == ExportFile.Status.READY
    return {
        "status": newest.status,
        "version": newest.number,
        "download_url": download_path(order.seller.uuid, order.uuid, newest.number) if is_ready else None,
        "generated_at": newest.generated_at,
        "decision": newest.decision,
        "superseded_versions": [
            {
                "version": row.number,
                "generated_at": row.generated_at,
                "archived_reason": successor.get_reason_display(),
            }
            for successor, row in zip(versions, older, strict=False)
        ],
    }


def versions_of(order: Order) -> list[ExportFile]:
    """Newest first."""
    return list(ExportFile.objects.filter(order=order).defer("dossier").order_by("-number"))


def request_export(
    rows: Loaded, case: Case, verdict: Verdict, *, reason: str, by: Actor, after: ExportFile | None
) -> ExportFile:
    """Freeze what the next version shows and queue it; runs inside the transaction of the verdict."""
    from compliance.queries import dossier_for_order

    order = rows.order
    number = after.number + 1 if after else 1
    dossier = dossier_for_order(rows, case, verdict, number=number, reason=reason, supersedes=after)
    export = ExportFile.objects.create(
        order=order,
        number=number,
        decision=verdict.decision or "",
        reason=reason,
        dossier=dossier.to_data(),
        due_at=rows.now,
    )
    announce(
        export,
        "export_file.requested",
        by=by,
        seller=order.seller,
        order_uuid=order.uuid,
        changes={"version": [after.number if after else None, number], "decision": [None, export.decision]},
        reason=export.get_reason_display(),
    )
    from compliance.tasks import render_export_files

    nudge(render_export_files)
    return export


@action
def regenerate_export(order: Order, *, by: Actor) -> None:
    """Ask for a new version of the verdict; one that is already waiting serves as well.

    :raises NoVerdictToExport: there is nothing to export.
    """
    from compliance.assess import reassess

    waiting = ExportFile.objects.filter(order=order, status=ExportFile.Status.PENDING).exists()
    if not reassess(order.pk, by=by, is_forced=not waiting).decision:
        raise NoVerdictToExport


def render_due() -> int:
    """Render every version that is due, one at a time; how many there were."""
    done = 0
    while claimed := claim_due(ExportFile, lease=LEASE, limit=1):
        for export in claimed:
            render_one(export)
            done += 1
    return done


def render_one(export: ExportFile) -> None:
    """Claimed → rendered and stored → recorded. Every step may be the last one before a kill."""
    started = begin(export)
    if started is None:
        return
    if started.tries > MAX_TRIES:  # not even its failures could be noted: every try has ended its worker
        fail(started, why="Every try ended unexpectedly.", reason=GivenUp.RENDERING_FAILED)
        return
    try:
        pdf = build(Dossier.from_data(started.dossier), originals(started))
        digest = hashlib.sha256(pdf).hexdigest()
        key = store_blob(ContentFile(pdf, name="export.pdf"), digest)
    except Exception as error:  # noqa: BLE001  whatever it is, the other versions must not wait for it
        set_back(started, error)
        return
    if not finish(started, key=key, digest=digest, size=len(pdf)):
        delete_blob(key)


def originals(export: ExportFile) -> list[Original]:
    """The stored bytes behind the dossier's list of evidence."""
    evidence = [item for item in Dossier.from_data(export.dossier).evidence if item.is_embedded]
    keys = dict(
        Document.objects.filter(uuid__in=[item.uuid for item in evidence]).values_list("uuid", "storage_key")
    )
    by_uuid = {str(uuid): key for uuid, key in keys.items()}
    if lost := [item.embedded_as for item in evidence if item.uuid not in by_uuid]:
        raise EvidenceAltered(f"no longer filed: {', '.join(lost)}")
    return [
        Original(
            name=item.embedded_as,
            content_type=item.content_type,
            sha256=item.sha256,
            open=partial(open_blob, by_uuid[item.uuid]),  # type: ignore[arg-type]  # a File is one
        )
        for item in evidence
    ]


def locked(export: ExportFile) -> ExportFile:
    """The row as it is now, its order locked first, as in every write about an order."""
    Order.objects.for_change().get(pk=export.order_id)
    return ExportFile.objects.select_related("order__seller", "order__buyer").get(pk=export.pk)


def begin(export: ExportFile) -> ExportFile | None:
    """Show that it is being generated; None when it is ready already."""
    with transaction.atomic(durable=True):
        current = locked(export)
        if current.status == ExportFile.Status.READY:
            ExportFile.objects.filter(pk=current.pk).update(due_at=None)
            return None
        if current.status != ExportFile.Status.GENERATING:
            move(current, ExportFile.Status.GENERATING, by=RENDERER, **about(current))
            show_in_rollup(current)
        return current


def finish(export: ExportFile, *, key: str, digest: str, size: int) -> bool:
    """Record the sealed file; false when a twin has ended it already, then its result counts and ours is dropped."""
    with transaction.atomic(durable=True):
        current = locked(export)
        if current.status != ExportFile.Status.GENERATING:
            return False
        current.storage_key, current.sha256, current.size = key, digest, size
        # One time per version: that of its facts, which the cover and decision.json state.
        current.generated_at, current.due_at, current.failure = facts_frozen_at(current), None, ""
        move(
            current,
            ExportFile.Status.READY,
            by=RENDERER,
            also=("storage_key", "sha256", "size", "generated_at", "due_at", "failure"),
            message={
                "orderUuid": current.order.uuid,
                "version": current.number,
                "decision": current.decision,
                "downloadUrl": download_path(current.order.seller.uuid, current.order.uuid, current.number),
                "generatedAt": current.generated_at,
            },
            **about(current),
        )
        enter_digest(SealedFile.Kind.EXPORT_FILE, digest, subject_uuid=current.order.uuid)
        show_in_rollup(current)
        return True


def facts_frozen_at(export: ExportFile) -> datetime:
    """The time of a version: later facts are not in it."""
    return datetime.fromisoformat(export.dossier["dossier"]["created_at"])


def set_back(export: ExportFile, error: Exception) -> None:
    """An outage passes and is waited for; what no try can mend ends the version at once.

    Facts that this worker cannot read may have been frozen by the version that is being rolled out (ADR 0050).
    """
    match error:
        case EvidenceAltered():
            postpone(export, why=str(error), tries=1, reason=GivenUp.EVIDENCE_ALTERED)
        case DossierUnreadable():
            postpone(export, why=str(error), tries=BROKEN_TRIES, reason=GivenUp.DOSSIER_UNREADABLE)
        case Unavailable(__cause__=FileNotFoundError()):
            why = "An original is not in the storage."
            postpone(export, why=why, tries=MISSING_TRIES, reason=GivenUp.EVIDENCE_ALTERED)
        case Unavailable() | Busy() | OSError() | SealingFailed() | SigningKeyUnusable():
            postpone(export, why=type(error).__name__, tries=MAX_TRIES, reason=GivenUp.SERVICE_UNAVAILABLE)
        case _:
            log.exception("export_file_broke", export_file=str(export.uuid))
            why = f"{type(error).__name__}: {error}"
            postpone(export, why=why, tries=BROKEN_TRIES, reason=GivenUp.RENDERING_FAILED)


def postpone(export: ExportFile, *, why: str, tries: int, reason: GivenUp) -> None:
    """Try again soon, and give up for `reason` once there were so many `tries`."""
    log.warning("export_file_postponed", export_file=str(export.uuid), why=why, tries=export.tries)
    if export.tries >= tries:
        fail(export, why=why, reason=reason)
        return
    ExportFile.objects.filter(pk=export.pk, status=ExportFile.Status.GENERATING).update(
        due_at=database_time() + RETRY * min(export.tries, 9),
        leased_until=None,
        failure=why[:FAILURE_LENGTH],
    )


def fail(export: ExportFile, *, why: str, reason: GivenUp) -> None:
    """Give up, unless a twin whose lease overlapped has ended it already. `why` is for staff, `reason` for partners."""
    log.error("export_file_failed", export_file=str(export.uuid), why=why)
    with transaction.atomic(durable=True):
        current = locked(export)
        if current.status != ExportFile.Status.GENERATING:
            return
        current.failure, current.due_at = why[:FAILURE_LENGTH], None
        move(
            current,
            ExportFile.Status.FAILED,
            by=RENDERER,
            also=("failure", "due_at"),
            message={"orderUuid": current.order.uuid, "reason": reason, "failedAt": timezone.now()},
            **about(current),
        )
        show_in_rollup(current)


def about(export: ExportFile) -> dict[str, Any]:
    return {"seller": export.order.seller, "order_uuid": export.order.uuid}


def show_in_rollup(export: ExportFile) -> None:
    evidence_changed.send(sender=ExportFile, order_ids=(export.order_id,), by=RENDERER)
