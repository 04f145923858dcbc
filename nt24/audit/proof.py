"""Walks the whole chain, entry by entry, and names the first thing that is not as it was sealed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from nt24.audit.chain import unsealed
from nt24.audit.checkpoints import SIGNED, PublicKey, is_signed, trusted_key
from nt24.audit.form import START, canonical, chain_after, digest_of, stamp, told_of
from nt24.audit.models import Checkpoint, Entry, Link

BATCH = 500
SEALED_WITHIN = timedelta(hours=1)  # the task runs every minute; older entries without a link are a finding
# What a row raises whose columns are no values any more: SQLite takes any text anywhere.
UNREADABLE = (ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first broken thing; what is known of the entry it is about."""

    what: str
    position: int | None = None
    entry_uuid: UUID | None = None
    action: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Proof:
    """What was looked at until the end or the first fault; `position` and `chain` are the head reached."""

    position: int = 0
    chain: str = START
    checkpoints: int = 0
    waiting: int = 0  # entries that are not sealed yet
    fault: Fault | None = None
    key_of: Callable[[str], PublicKey | None] = field(default_factory=lambda: cache(trusted_key), repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some links with what belongs to them. A key without a row: it is there and cannot be read."""

    links: dict[Any, Link | None]
    entries: dict[Any, Entry | None]
    checkpoints: dict[Any, Checkpoint | None]  # at these links
    told: dict[UUID, Checkpoint]  # that entries of this batch are about


def verify() -> Proof:
    """Check every link, entry and checkpoint, in constant memory. Sealing may go on meanwhile."""
    proof = Proof()
    proof.fault = next(faults(proof), None)
    return proof


def faults(proof: Proof) -> Iterator[Fault]:
    """Everything that is wrong from the first link on; after the first one, the rest follows from it."""
    newest = Checkpoint.objects.order_by("-position").values_list("position", flat=True).first()
    for batch in batches():
        for position, link in batch.links.items():
            if position != proof.position + 1:
                yield Fault(f"link {proof.position + 1} is missing", proof.position + 1)
            elif link is None:
                yield Fault(f"link {position} was altered: it cannot be read", position)
            else:
                yield from faults_at(link, batch, proof)
                proof.position, proof.chain = link.position, link.chain
    if newest is not None and newest > proof.position:
        what = f"the chain ends at link {proof.position}, but link {newest} was signed"
        yield Fault(what, proof.position + 1)
    yield from never_sealed()
    proof.waiting = unsealed().count()


def faults_at(link: Link, batch: Batch, proof: Proof) -> Iterator[Fault]:
    """The link itself, then its entry, then the checkpoint that was signed here."""
    position, entry = link.position, batch.entries.get(link.entry_id)
    if not holds(lambda: follows(link, proof.chain)):
        yield fault(f"link {position} was altered: it does not follow from the one before", link, entry)
    if link.entry_id not in batch.entries:
        yield fault(f"the entry of link {position} is missing", link)
    elif entry is None or not holds(lambda: digest_of(canonical(entry)) == link.digest):
        yield fault(f"the entry of link {position} was altered after it was sealed", link, entry)
    elif entry.uuid != link.entry_uuid:
        yield fault(f"link {position} was altered: it names another entry", link, entry)
    elif entry.action == SIGNED and not holds(lambda: is_as_told(entry, batch)):
        yield fault(f"the checkpoint that link {position} tells of is missing or was altered", link, entry)
    if position in batch.checkpoints:
        yield from faults_of(batch.checkpoints[position], link, proof)


def faults_of(checkpoint: Checkpoint | None, link: Link, proof: Proof) -> Iterator[Fault]:
    proof.checkpoints += 1
    if checkpoint is None:
        yield fault(f"the checkpoint at link {link.position} was altered: it cannot be read", link)
        return
    key = proof.key_of(checkpoint.certificate)
    if key is None:
        yield fault(f"the checkpoint at link {link.position} is signed by a stranger", link)
    elif not holds(lambda: is_signed(checkpoint, key)):
        yield fault(f"the signature of the checkpoint at link {link.position} is wrong", link)
    elif checkpoint.chain != link.chain:
        yield fault(f"the chain up to link {link.position} is not the one that was signed there", link)


def fault(what: str, link: Link, entry: Entry | None = None) -> Fault:
    if entry is None:
        return Fault(what, link.position, link.entry_uuid)
    return Fault(what, link.position, link.entry_uuid, entry.action, entry.at)


def never_sealed() -> Iterator[Fault]:
    """Entries that should have been sealed long ago: their link was removed, or nobody seals."""
    old = unsealed().filter(at__lt=timezone.now() - SEALED_WITHIN).order_by("pk")
    for entry in old[:1]:
        what = "an entry has no link: it was never sealed, or its link was removed"
        yield Fault(what, None, entry.uuid, entry.action, entry.at)


def batches() -> Iterator[Batch]:
    last = 0
    while links := readable(Link.objects.filter(position__gt=last).order_by("position")[:BATCH]):
        *_, last = links
        numbers = [position for position in links if isinstance(position, int)]
        entry_ids = [link.entry_id for link in links.values() if link]
        entries = readable(Entry.objects.filter(pk__in=entry_ids))
        about = {entry.subject_uuid for entry in entries.values() if entry and entry.action == SIGNED}
        told = readable(Checkpoint.objects.filter(uuid__in=about)) if about else {}
        yield Batch(
            links=links,
            entries=entries,
            checkpoints=readable(Checkpoint.objects.filter(position__in=numbers)),
            told={checkpoint.uuid: checkpoint for checkpoint in told.values() if checkpoint},
        )


def readable(rows: QuerySet[Any]) -> dict[Any, Any]:
    """The rows by their key, in their order; None in the place of one that cannot be read."""
    try:
        return {row.pk: row for row in rows}
    except UNREADABLE:
        return {key: one_or_none(rows.model, key) for key in rows.values_list("pk", flat=True)}


def one_or_none(model: Any, key: Any) -> Any:
    try:
        return model.objects.get(pk=key)
    except UNREADABLE:
        return None


def holds(check: Callable[[], bool]) -> bool:
    """False also when a column is no value any more."""
    try:
        return check()
    except UNREADABLE:
        return False


def follows(link: Link, previous: str) -> bool:
    return chain_after(previous, link.position, link.digest, stamp(link.sealed_at)) == link.chain


def is_as_told(entry: Entry, batch: Batch) -> bool:
    checkpoint = batch.told.get(entry.subject_uuid)
    return checkpoint is not None and entry.changes == told_of(checkpoint)
