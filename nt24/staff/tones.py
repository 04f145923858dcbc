"""How a code is shown: what is proven or done, what failed, what is waited for. Everything else is neutral, also what
was cancelled."""

from typing import Any

GOOD = {"VALID", "VALID_EXPORT", "COMPLIANCE_VALID", "READY", "DELIVERED", "ACTIVE", "CLEAN", "CLEAR", "VERIFIED",
        "COMPLETE", "USED", "CONVERTED", "ACCEPTED", "SENT", "APPROVED"}  # fmt: skip
BAD = {"INVALID", "VAT_APPLICABLE", "COMPLIANCE_INVALID", "FAILED", "INFECTED", "FLAGGED", "REJECTED", "BLOCKED",
       "DISABLED", "REVOKED", "EXPIRED", "DECLINED", "DELETED", "DENIED",
       "SCAN_INFECTED"}  # fmt: skip
WAITING = {"INCOMPLETE", "PENDING", "GENERATING", "PAUSED", "IN_REVIEW", "IN_PROGRESS", "DRAFT", "SUBMITTED",
           "MISSING", "UNKNOWN", "QUEUED", "PARTIAL", "OPEN", "SUSPECTED", "SCAN_PENDING"}  # fmt: skip
TONED = GOOD | BAD | WAITING


def tone(code: Any) -> str:
    """The class of a code's chip."""
    text = str(code)
    return "good" if text in GOOD else "bad" if text in BAD else "waiting" if text in WAITING else "neutral"
