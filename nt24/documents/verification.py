"""Says what is true of a PDF that claims to carry our seal, whatever somebody has made of the file.

The order of the checks is the protection: `seals` finds and checks the seal before the PDF is parsed, so
that a parser only ever sees bytes we produced.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from nt24.documents.certificates import trust
from nt24.documents.confinement import Busy, Overrun, checking
from nt24.documents.pdf_examination import needs_password
from nt24.documents.sealed_content import (
    MANIFEST_NAME,
    Attachment,
    Content,
    content_of,
    has_only_time_stamps_added,
)
from nt24.documents.seals import Seal, Trust, best_seal
from nt24.errors import Unavailable

__all__ = ["MANIFEST_NAME", "Attachment", "Verification", "verify"]

ADDED_BYTES = 1024 * 1024  # renewed time stamps are far smaller; anything else added is a change
OURS_SECONDS = 20  # of processor time, for reading what is ours; a stranger's file has two (`checking`)
PDF_MARK, PDF_MARK_WITHIN = b"%PDF-", 1024  # contract 17.13

Level = Literal["", "B-B", "B-T", "B-LTA"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `problems` are sentences; everything from `signed_at` on is read only from bytes that
    our seal vouches for, so it is empty for a file that is altered or not ours.

    `is_intact`: the sealed bytes are unchanged. `covers_whole_file`: nothing stands outside them, or only
    renewed time stamps. `modified_after`: something else was added. `is_trusted`: sealed with a key of ours.
    `signed_at` is proven by a time stamp from level B-T on, and is our server's own clock at B-B. `override`: the
    decision of an override by staff, empty without; `rules_alone`: what the rules say without it, or empty.
    """

    sha256: str
    size: int
    is_pdf: bool = True
    needs_password: bool = False
    is_signed: bool = False
    is_intact: bool = False
    is_trusted: bool = False
    covers_whole_file: bool = False
    modified_after: bool = False
    signer: str = ""
    signed_at: datetime | None = None
    level: Level = ""
    order_reference: str = ""
    version: int | None = None
    generated_at: datetime | None = None
    decision: str = ""
    override: str = ""
    rules_alone: str = ""
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def attachments_match(self) -> bool:
        return all(attachment.matches for attachment in self.attachments)

    @property
    def is_genuine(self) -> bool:
        """Ours, whole and unchanged: the only case in which a reader may rely on the file."""
        unchanged = (
            self.is_intact and self.covers_whole_file and not self.modified_after and self.attachments_match
        )
        return self.is_signed and self.is_trusted and unchanged


def verify(source: bytes | Path, *, sha256: str = "") -> Verification:
    """Everything `Verification` says of the file. Never raises for what a file contains.

    `sha256` is its hash (hex), when it is known already. All reading is done in a confined process.

    :raises Unavailable: too many files are being checked (503).
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    answer = Verification(sha256=sha256 or hash_of(source), size=size, is_pdf=begins_as_pdf(source))
    if not answer.is_pdf:
        return replace(answer, problems=("The file is not a PDF.",))
    trusted = trust()
    try:
        seal = confined(best_seal, source, trusted)
        if seal is None:
            return without_seal(answer, source)
        answer = with_seal(answer, seal)
        if seal.is_intact and seal.is_ours:
            answer = with_content(answer, source, seal.end, trusted)
    except Overrun:
        return replace(answer, problems=("The file takes too much time or memory to be checked.",))
    return replace(answer, problems=(*answer.problems, *_problems(answer)))


def confined(function: Any, *args: Any, **limits: int) -> Any:
    """:raises Unavailable: too many files are being checked."""
    try:
        return checking.run(function, *args, **limits)
    except Busy as busy:
        raise Unavailable(
            "Many files are being checked at the moment. Please try again in a moment."
        ) from busy


def hash_of(source: bytes | Path) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def without_seal(answer: Verification, source: bytes | Path) -> Verification:
    try:
        is_locked = confined(needs_password, source)
    except Overrun:  # nothing more is known about it
        is_locked = False
    return replace(answer, needs_password=is_locked, problems=("The file carries no electronic seal.",))


def begins_as_pdf(source: bytes | Path) -> bool:
    if isinstance(source, bytes):
        return PDF_MARK in source[: PDF_MARK_WITHIN + len(PDF_MARK)]
    with source.open("rb") as file:
        return PDF_MARK in file.read(PDF_MARK_WITHIN + len(PDF_MARK))


def with_seal(answer: Verification, seal: Seal) -> Verification:
    return replace(
        answer,
        is_signed=True,
        is_intact=seal.is_intact,
        covers_whole_file=seal.end == answer.size,
        modified_after=seal.end != answer.size,
        signer=seal.signer,
    )


def _problems(answer: Verification) -> Iterator[str]:
    """What keeps the file from being genuine, in sentences."""
    if not answer.is_intact:
        yield "The sealed bytes were changed after sealing."
    if answer.modified_after:
        yield "Something was added to the file after sealing."
    if answer.is_intact and not answer.is_trusted:
        yield "The seal cannot be traced to a certificate this service trusts."
    for attachment in answer.attachments:
        if not attachment.matches:
            yield f"The decision lists another file as {attachment.name}: {attachment.state.lower()}."


def with_content(answer: Verification, source: bytes | Path, end: int, trusted: Trust) -> Verification:
    """`answer` completed from the sealed revision, which is ours byte for byte, and from what was added."""
    content: Content = confined(content_of, source, end, trusted, cpu_seconds=OURS_SECONDS)
    if content.unread:
        return replace(answer, problems=(f"The sealed content cannot be read ({content.unread}).",))
    is_renewed = not answer.covers_whole_file and is_renewed_by(source, answer.size - end, trusted)
    is_whole = answer.covers_whole_file or is_renewed
    return replace(
        answer,
        is_trusted=content.is_trusted,
        covers_whole_file=is_whole,
        modified_after=not is_whole,
        signed_at=content.stamped_at or content.claimed_at,
        level="B-LTA" if is_renewed else "B-T" if content.stamped_at else "B-B",
        order_reference=content.order_reference,
        version=content.version,
        generated_at=content.generated_at,
        decision=content.decision,
        override=content.override,
        rules_alone=content.rules_alone,
        attachments=content.attachments,
    )


def is_renewed_by(source: bytes | Path, added_bytes: int, trusted: Trust) -> bool:
    """Whether what was added are time stamps; what takes too much to read is none."""
    try:
        return added_bytes <= ADDED_BYTES and confined(has_only_time_stamps_added, source, trusted)
    except Overrun:
        return False
