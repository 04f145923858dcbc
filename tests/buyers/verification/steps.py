"""What the verification's tests do and look at again and again."""

from typing import Any

from tests.deal import taken

COMPLETED = "kyc.verification_completed"


def verify(partner: Any, path: str) -> dict[str, str]:
    """Ask for a session."""
    return dict(taken(partner.post(f"{path}/verify"), 200))


def shown(partner: Any, path: str) -> tuple[str, str]:
    """The two statuses of Mode B."""
    status = taken(partner.get(path), 200)
    return status["verificationStatus"], status["amlStatus"]
