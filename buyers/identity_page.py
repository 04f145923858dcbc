"""What iDenfy said about the person in front of the camera, for whoever decides on it; every look is noted.

Shown as it is kept, because a reviewer has to see more than the codes that partners read: the hits, and on which list.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog

from buyers.models import Buyer, VerificationSession
from nt24.staff.wording import spelled
from nt24.vault import CannotDecrypt, decrypt

SESSIONS_SHOWN = 5
MOST_LINES, LINE_LENGTH = 200, 300  # a callback is text from outside, however much of it there is
WORDS = {"docDob": "Born on", "docExpiry": "Valid until", "data": "Hit"}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class IdentityShown:
    """`sections` are empty when nothing was kept, or when it cannot be opened any more."""

    session: VerificationSession
    sections: Sequence[Section]


def identities_of(buyer: Buyer) -> list[IdentityShown]:
    """The newest sessions with their evidence."""
    sessions = VerificationSession.objects.filter(buyer=buyer).order_by("-pk")[:SESSIONS_SHOWN]
    return [IdentityShown(session, list(sections_of(session))) for session in sessions]


def sections_of(session: VerificationSession) -> Iterator[Section]:
    evidence = evidence_of(session)
    parts = [
        ("What the document says", evidence.get("data")),
        ("The result", evidence.get("status")),
        *screenings_in(evidence),
    ]
    for title, part in parts:
        if lines := list(islice(lines_in(part), MOST_LINES)):
            yield Section(title, lines)


def screenings_in(evidence: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """iDenfy's two forms: a list with an entry for each service, and one object (domain C.4)."""
    services = evidence.get("AML")
    yield from (("Screening", service) for service in (services if isinstance(services, list) else []))
    yield "Screening", evidence.get("amlCheck")


def evidence_of(session: VerificationSession) -> Mapping[str, object]:
    if session.evidence is None:
        return {}
    try:
        return dict(json.loads(decrypt(session.evidence)))
    except CannotDecrypt:
        log.error("evidence_cannot_be_opened", session=str(session.uuid))
        return {}


def lines_in(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of everything that is said in it, however deep."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            word = WORDS.get(str(name)) or spelled(str(name).removeprefix("doc"))
            yield from lines_in(inner, f"{path}, {word.lower()}" if path else word)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from lines_in(inner, f"{path} {number}".strip())
    elif value not in (None, ""):
        text = "yes" if value is True else "no" if value is False else str(value)
        yield path or "Value", text[:LINE_LENGTH]
