"""What is written when somebody takes a copy of many records at once, of the trail itself or of a list."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from nt24.actors import Actor
from nt24.audit.models import write_entry
from nt24.records import action
from nt24.tracing import trace_id


@action
def note_export(
    *,
    by: Actor,
    about: Mapping[str, Any],
    organization_id: int | None = None,
    seller_uuid: UUID | None = None,
    what: str = "audit.exported",
    purpose: str = "",
) -> UUID:
    """Write that `by` exports records; `about` names the format and the filters. The id of this export."""
    export = uuid4()
    write_entry(
        action=what,
        by=by,
        subject_type="export",
        subject_uuid=export,
        organization_id=organization_id,
        seller_uuid=seller_uuid,
        order_uuid=None,
        changes={name: [None, value] for name, value in about.items()},
        purpose=purpose,
        trace_id=trace_id(),
    )
    return export
