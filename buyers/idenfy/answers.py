"""What iDenfy's bodies mean, read in one place for callbacks, answers and the sandbox (domain C).

Decided by the body alone, because it is what the signature covers; the event's name in the header is not.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from buyers.idenfy.screening import aml_status_in
from buyers.models import Kyc, VerificationSession
from buyers.vies.answers import members_of, text_in

Status = VerificationSession.Status
Authority = VerificationSession.Authority

# Domain C.2: the machine's REVIEWING and SUSPECTED are for people to decide; data that was deleted is no result.
STATUS_FOR = {
    "APPROVED": Status.VERIFIED,
    "DENIED": Status.REJECTED,
    "SUSPECTED": Status.IN_REVIEW,
    "REVIEWING": Status.IN_REVIEW,
    "EXPIRED": Status.EXPIRED,
    "CANCELLED": Status.EXPIRED,
    "DELETED": Status.EXPIRED,
    "EXPIRED-DELETED": Status.EXPIRED,
}
UNDECIDED = frozenset({"REVIEWING", "ACTIVE"})  # of a session that is asked about
MANUAL = ("manualFace", "manualDocument")
MATCHES = frozenset({"FACE_MATCH", "DOC_VALIDATED"})
CODE = re.compile(r"[A-Z0-9_]{1,40}")
SCAN_REF_LENGTH, OVERALL_LENGTH = 64, 20

# What is kept of a callback. Left out: pictures, addresses of the network, places, national numbers (domain A.6).
KEPT = ("final", "platform", "status", "scanRef", "clientId", "startTime", "finishTime", "AML", "amlCheck")
KEPT_OF_PERSON = (
    "docFirstName",
    "docLastName",
    "docDob",
    "docNationality",
    "docType",
    "docNumber",
    "docIssuingCountry",
    "docExpiry",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that iDenfy has opened for us, and where the buyer goes."""

    client_id: UUID
    scan_ref: str
    link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A final result. `reason` has iDenfy's codes for what did not match; `evidence` is empty when nothing came."""

    scan_ref: str
    status: VerificationSession.Status
    authority: VerificationSession.Authority
    overall: str
    aml_status: Kyc.Aml = Kyc.Aml.PENDING
    reason: str = ""
    raw_sha256: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


def read_callback(raw: bytes) -> Finding | None:
    """The result in a signed callback; None when it holds none or announces that a person will still look."""
    members = members_of(raw)
    status = object_in(members, "status")
    overall = text_in(status, "overall", OVERALL_LENGTH)
    if members.get("final") is not True or overall not in STATUS_FOR:
        return None
    return Finding(
        scan_ref=text_in(members, "scanRef", SCAN_REF_LENGTH),
        status=STATUS_FOR[overall],
        authority=authority_of(STATUS_FOR[overall], status),
        overall=overall,
        aml_status=aml_status_in(members),
        reason=reason_in(status),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        evidence=kept_of(members),
    )


def read_status(raw: bytes, scan_ref: str) -> Finding | None:
    """The result in an answer to `/api/v2/status`, which has neither person nor screening; None for no result yet."""
    members = members_of(raw)
    overall = text_in(members, "status", OVERALL_LENGTH)
    if overall in UNDECIDED or overall not in STATUS_FOR:
        return None
    status = STATUS_FOR[overall]
    return Finding(
        scan_ref=scan_ref,
        status=status,
        authority=Authority.CLOCK if status == Status.EXPIRED else Authority.ASKED,
        overall=overall,
        reason=reason_in(members),
    )


def run_out(scan_ref: str) -> Finding:
    """The result of a session whose time is over."""
    return Finding(scan_ref, Status.EXPIRED, Authority.CLOCK, "EXPIRED")


def authority_of(outcome: str, status: Mapping[str, object]) -> VerificationSession.Authority:
    """A person has looked when there is a manual result."""
    if outcome == Status.EXPIRED:
        return Authority.CLOCK
    return Authority.REVIEWER if any(text_in(status, name, 40) for name in MANUAL) else Authority.MACHINE


def reason_in(status: Mapping[str, object]) -> str:
    """What did not match, as codes. Fraud tags stay out: nobody is told that he is suspected of something."""
    results = (
        text_in(status, f"manual{what}", 40) or text_in(status, f"auto{what}", 40)
        for what in ("Face", "Document")
    )
    return ", ".join(code for code in results if CODE.fullmatch(code) and code not in MATCHES)


def kept_of(members: Mapping[str, object]) -> dict[str, object]:
    """The callback without what nobody needs later."""
    person = object_in(members, "data")
    kept = {name: members[name] for name in KEPT if members.get(name) is not None}
    return kept | {"data": {name: person[name] for name in KEPT_OF_PERSON if person.get(name) is not None}}


def object_in(members: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object of this name, empty when there is none."""
    value = members.get(name)
    return value if isinstance(value, dict) else {}
