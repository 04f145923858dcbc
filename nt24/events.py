"""What has happened: the audit entry and the webhook message, written in the same transaction as the change.

`evidence_changed` is the one signal of this code base: it carries facts from the left (`buyers`, `orders`,
`transport`) to `compliance` on the right without an import.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.dispatch import Signal

from nt24.actors import Actor
from nt24.tracing import trace_id


class Subject(Protocol):
    """Any row with a public uuid can be told about."""

    uuid: UUID
    _meta: ClassVar[Any]


# Sent inside the action's transaction with `order_ids=(…)`, `buyer_id=…`, `seller_id=…` or `new_order=…`, with `by`
# (the Actor), and with `written=(record, …)`: the records whose version this very change has already moved.
evidence_changed = Signal()


def announce(
    record: Subject,
    action: str,
    *,
    by: Actor,
    seller: Any = None,
    organization_id: int | None = None,
    order_uuid: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
    message: Mapping[str, Any] | None = None,
) -> None:
    """Write the audit entry and, where the public catalogue has a type for this action, the webhook message.

    `seller` and `order_uuid` say under whom the entry is found; `message` is the `data` of the webhook, required
    exactly for the actions of `nt24.webhooks.catalogue`. Call it inside the transaction of the change.
    """
    from nt24.audit.models import write_entry
    from nt24.webhooks.models import write_message

    if seller is not None:
        organization_id = seller.organization_id
    write_entry(
        action=action,
        by=by,
        subject_type=record._meta.model_name or "",
        subject_uuid=record.uuid,
        organization_id=organization_id,
        seller_uuid=seller.uuid if seller is not None else None,
        order_uuid=order_uuid,
        changes=changes or {},
        purpose=reason,
        trace_id=trace_id(),
    )
    if message is not None and organization_id is not None:
        write_message(action=action, by=by, organization_id=organization_id, seller=seller, data=message)
