"""How an entry, a link and a checkpoint are written down before they are hashed or signed: docs/audit.md in code.

The same bytes come out for both databases, today and in ten years; whoever changes a form gives it another number.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from nt24.audit.models import Checkpoint, Entry

FORMAT = 1
START = "0" * 64  # what stands before the first link


def stamp(moment: datetime) -> str:
    """`2026-04-25T10:00:00.000000Z`: UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(entry: Entry) -> dict[str, Any]:
    """Every column of a stored entry by its name: times by `stamp`, uuids as text, what is not there as null."""
    return {
        "format": FORMAT,
        "id": entry.pk,
        "uuid": str(entry.uuid),
        "at": stamp(entry.at),
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor_label": entry.actor_label,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_uuid": str(entry.subject_uuid),
        "organization_id": entry.organization_id,
        "seller_uuid": str(entry.seller_uuid) if entry.seller_uuid else None,
        "order_uuid": str(entry.order_uuid) if entry.order_uuid else None,
        "changes": entry.changes,
        "purpose": entry.purpose,
        "trace_id": entry.trace_id,
        "retention": entry.retention,
    }


def serialised(form: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 with sorted members and without spaces."""
    return orjson.dumps(form, option=orjson.OPT_SORT_KEYS)


def digest_of(form: Mapping[str, Any]) -> str:
    return sha256(serialised(form)).hexdigest()


def chain_after(previous: str, position: int, digest: str, sealed_at: str) -> str:
    """The chain's next value; `sealed_at` as `stamp` writes it."""
    return sha256(f"{previous} {position} {digest} {sealed_at}".encode()).hexdigest()


def signed_text(checkpoint: Checkpoint) -> bytes:
    """What the signature of a checkpoint is made over."""
    signed_at = stamp(checkpoint.signed_at)
    return f"nt24-audit-checkpoint-1 {checkpoint.position} {checkpoint.chain} {signed_at}".encode()


def told_of(checkpoint: Checkpoint) -> dict[str, list[Any]]:
    """The changes of the entry about a checkpoint: with them the chain itself remembers every checkpoint."""
    whole = b"\n".join(
        (signed_text(checkpoint), checkpoint.signature.encode(), checkpoint.certificate.encode())
    )
    return {"position": [None, checkpoint.position], "sha256": [None, sha256(whole).hexdigest()]}
