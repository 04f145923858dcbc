"""What is written about the trail itself: that somebody took a copy of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from nt24.actors import Actor
from nt24.audit.models import write_entry
from nt24.records import action
from nt24.tracing import trace_id


@action
def note_export(*, by: Actor, about: Mapping[str, Any], organization_id: int | None = None) -> UUID:
    """Write that `by` exports entries; `about` names the format and the filters. The id of this export."""
    export = uuid4()
    write_entry(
        action="audit.exported",
        by=by,
        subject_type="export",
        subject_uuid=export,
        organization_id=organization_id,
        seller_uuid=None,
        order_uuid=None,
        changes={name: [None, value] for name, value in about.items()},
        purpose="",
        trace_id=trace_id(),
    )
    return export
