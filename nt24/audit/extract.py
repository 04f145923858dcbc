"""A part of the trail that can be tied to our signature without us: its entries, and the links up to a checkpoint.

A checkpoint signs the chain's value at one position, which is seldom that of an entry of the part. So the links
between each entry and the first checkpoint after it go along; they are hashes and times, and say nothing about others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nt24.audit.export import SEAL, chains_before, row
from nt24.audit.form import START, canonical, signed_text, stamp
from nt24.audit.models import Checkpoint, Entry, Link

BATCH = 500


@dataclass(frozen=True, slots=True)
class Span:
    """The links from an entry to the checkpoint that signs it, both included."""

    first: int
    checkpoint: Checkpoint


def entry_rows(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """As `export.rows`, of entries that were read with their links in one query: none is sealed in between."""
    sealed = sorted((one for one in entries if hasattr(one, "link")), key=lambda one: one.link.position)
    for start in range(0, len(sealed), BATCH):
        batch = sealed[start : start + BATCH]
        before = chains_before(batch)
        yield from (row(entry, before) for entry in batch)
    for entry in entries:
        if not hasattr(entry, "link"):
            yield {**dict.fromkeys(SEAL), "entry": canonical(entry)}


def spans_of(entries: Sequence[Entry]) -> list[Span]:
    """In order and without overlap; what is younger than the last checkpoint has none yet."""
    spans: list[Span] = []
    for position in sorted(one.link.position for one in entries if hasattr(one, "link")):
        if spans and position <= spans[-1].checkpoint.position:
            continue
        checkpoint = Checkpoint.objects.filter(position__gte=position).order_by("position").first()
        if checkpoint is None:
            break
        spans.append(Span(position, checkpoint))
    return spans


def link_rows(spans: Sequence[Span]) -> Iterator[dict[str, Any]]:
    """Every link of the spans, with the chain's value before it."""
    for span in spans:
        last = span.first - 1
        chain = Link.objects.get(position=last).chain if last else START
        while batch := list(links_after(last, span)):
            for link in batch:
                yield {
                    "position": link.position,
                    "previous": chain,
                    "digest": link.digest,
                    "sealed_at": stamp(link.sealed_at),
                    "chain": link.chain,
                }
                chain, last = link.chain, link.position


def links_after(last: int, span: Span) -> Any:
    wanted = {"position__gt": last, "position__lte": span.checkpoint.position}
    return Link.objects.filter(**wanted).order_by("position")[:BATCH]


def checkpoint_row(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "position": checkpoint.position,
        "chain": checkpoint.chain,
        "signed_at": stamp(checkpoint.signed_at),
        "signed_text": signed_text(checkpoint).decode(),
        "signature": checkpoint.signature,
        "certificate": checkpoint.certificate,
    }
