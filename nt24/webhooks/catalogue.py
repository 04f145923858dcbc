"""The eleven public event types (contract 12, 17.7) and the actions of ours that cause them.

An action that is not listed here is history only: it is in the audit trail and nobody outside hears of it.
"""

from dataclasses import dataclass

META = "webhook."


@dataclass(frozen=True, slots=True)
class EventType:
    """`members` are the names in `data`; those with a `?` may be absent.

    `reaches_all`: goes to every active endpoint of the organization, whatever it subscribes to (contract 12).
    """

    name: str
    action: str
    members: tuple[str, ...]
    sentence: str
    reaches_all: bool = False

    @property
    def is_meta(self) -> bool:
        """An event about the delivery of events: one that fails causes no further one."""
        return self.name.startswith(META)


CATALOGUE: tuple[EventType, ...] = (
    EventType(
        "compliance.status_changed",
        "rollup.status_changed",
        ("orderUuid", "previousStatus", "currentStatus", "blockers"),
        "The compliance status of an order has changed.",
    ),
    EventType(
        "compliance.decision_made",
        "rollup.decided",
        ("orderUuid", "decision"),
        "An order has reached a verdict, or another one than before.",
    ),
    EventType(
        "kyc.vies_check_failed",
        "vies_check.failed",
        ("buyerUuid", "vatNumber", "previousResult", "currentResult", "checkedAt", "reason"),
        "VIES says that the buyer's VAT number is not valid. Never sent for an outage.",
    ),
    EventType(
        "kyc.verification_completed",
        "verification.completed",
        ("buyerUuid", "outcome", "sessionId", "completedAt", "reason?"),
        "The identity verification of a buyer has ended.",
    ),
    EventType(
        "export_file.generated",
        "export_file.ready",
        ("orderUuid", "version", "decision", "downloadUrl", "generatedAt"),
        "A version of the Export File is sealed and can be downloaded.",
    ),
    EventType(
        "export_file.generation_failed",
        "export_file.failed",
        ("orderUuid", "reason", "failedAt"),
        "An Export File could not be made and was given up; it can be asked for again.",
    ),
    EventType(
        "prospect.submitted",
        "prospect.submitted",
        ("prospectUuid", "type", "submittedAt"),
        "Somebody has filled the form behind a prospect link.",
    ),
    EventType(
        "self_service_invitation.used",
        "invitation.used",
        ("invitationUuid", "kind", "buyerUuid?", "prospectUuid?", "usedAt"),
        "The page behind an invitation was submitted.",
    ),
    EventType(
        "self_service_invitation.expired",
        "invitation.expired",
        ("invitationUuid", "kind", "buyerUuid?", "expiredAt"),
        "An invitation has expired unused.",
    ),
    EventType(
        "webhook.endpoint_auto_paused",
        "endpoint.auto_paused",
        ("endpointId", "reason", "pausedAt"),
        "An endpoint failed for so long that it was paused.",
        reaches_all=True,
    ),
    EventType(
        "webhook.delivery_failed_terminal",
        "delivery.failed",
        ("endpointId", "deliveryId", "eventId", "eventType", "attempts"),
        "A delivery has used up its retries.",
    ),
)
TYPE_OF_ACTION = {entry.action: entry.name for entry in CATALOGUE}
BY_NAME = {entry.name: entry for entry in CATALOGUE}


def matches(pattern: str, name: str) -> bool:
    """Segment by segment; `*` stands for any one segment, so `compliance.*` takes both compliance events."""
    wanted, segments = pattern.split("."), name.split(".")
    return len(wanted) == len(segments) and all(
        part in ("*", segment) for part, segment in zip(wanted, segments, strict=True)
    )


def is_subscribable(pattern: str) -> bool:
    """Whether it takes at least one type of the catalogue; `*` alone takes none (contract 16.13)."""
    return any(matches(pattern, entry.name) for entry in CATALOGUE)
