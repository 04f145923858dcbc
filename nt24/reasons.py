"""What is asked of people who decide: to be one of NT24's staff, and to say why (contract 14)."""

from nt24.actors import Actor, ActorKind
from nt24.errors import FieldError, Forbidden, ValidationFailed

REASON_LENGTH = 500


def require_staff(actor: Actor) -> None:
    """:raises Forbidden: this is somebody else."""
    if actor.kind != ActorKind.STAFF:
        raise Forbidden("Only NT24 staff decide this.")


def require_reason(reason: str) -> None:
    """:raises ValidationFailed: it is empty or too long."""
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise ValidationFailed(FieldError("reason", f"Say why, in at most {REASON_LENGTH} characters."))
