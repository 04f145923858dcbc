"""The PII access log: every read of personal data leaves an entry, kept six years (contract 6, 13)."""

from typing import TYPE_CHECKING, Any

from nt24.actors import Actor
from nt24.audit.models import Entry, write_entry
from nt24.tracing import trace_id

if TYPE_CHECKING:
    from nt24.records import Record


def note_access(
    record: "Record",
    action: str,
    *,
    by: Actor,
    seller: Any = None,
    organization_id: int | None = None,
    purpose: str = "",
    **about: Any,
) -> None:
    """Write that `by` has read personal data of `record`, for the purpose stated in `X-Purpose`.

    It is a seller's, or the organization's itself.
    """
    write_entry(
        action=action,
        by=by,
        subject_type=record._meta.model_name or "",
        subject_uuid=record.uuid,
        organization_id=organization_id if seller is None else seller.organization_id,
        seller_uuid=None if seller is None else seller.uuid,
        order_uuid=None,
        changes=about,
        purpose=purpose,
        trace_id=trace_id(),
        retention=Entry.Retention.PII_ACCESS,
    )
