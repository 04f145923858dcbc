"""Says what is true of a PDF that claims to carry our seal, whatever somebody has made of the file.

The order of the checks is the protection: `seals` finds and checks the seal before the PDF is parsed, so
that a parser only ever sees bytes we produced.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Literal

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from nt24.documents.certificates import trust_roots
from nt24.documents.seals import best_seal

MANIFEST_NAME = (
    "decision.json"  # members read here: orderReference, version, generatedAt, decision, documents
)
SUBFILTER = "/ETSI.CAdES.detached"
ADDED_BYTES = 1024 * 1024  # renewed time stamps are far smaller; anything else added is a change

Level = Literal["", "B-B", "B-T", "B-LTA"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside. MATCHES: its hash stands in the manifest (or it is the manifest itself)."""

    name: str
    size: int
    sha256: str
    state: Literal["MATCHES", "ALTERED", "UNLISTED", "MISSING"]

    @property
    def matches(self) -> bool:
        return self.state == "MATCHES"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `problems` are sentences; everything from `signed_at` on is read only from bytes that
    our seal vouches for, so it is empty for a file that is altered or not ours.

    `is_intact`: the sealed bytes are unchanged. `covers_whole_file`: nothing stands outside them, or only
    renewed time stamps. `modified_after`: something else was added. `is_trusted`: sealed with a key of ours.
    `signed_at` is proven by a time stamp from level B-T on, and is our server's own clock at B-B.
    """

    sha256: str
    size: int
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


def verify(pdf: bytes) -> Verification:
    """Everything `Verification` says of `pdf`. Never raises for what a file contains."""
    answer = Verification(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf))
    seal = best_seal(pdf)
    if seal is None:
        return replace(answer, problems=("The file carries no electronic seal.",))
    answer = replace(
        answer,
        is_signed=True,
        is_intact=seal.is_intact,
        covers_whole_file=seal.end == len(pdf),
        modified_after=seal.end != len(pdf),
        signer=seal.signer,
    )
    if seal.is_intact and seal.is_ours:
        answer = _with_content(answer, pdf, seal.end)
    return replace(answer, problems=(*answer.problems, *_problems(answer)))


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


# Reading what our seal vouches for


def _with_content(answer: Verification, pdf: bytes, end: int) -> Verification:
    """`answer` completed from the sealed revision, which is ours byte for byte, and from what was added."""
    revision = pdf[:end]
    try:
        status = _status_of_only_signature(PdfFileReader(BytesIO(revision)))
        content = _read_content(revision)
    except Exception as error:  # noqa: BLE001  our key sealed it, but it is no file we make: say so, do not fail
        return replace(
            answer, problems=(f"The sealed content cannot be read ({type(error).__name__}: {error}).",)
        )
    stamped_at = _stamped_at(status)
    is_whole = answer.covers_whole_file
    is_renewed = not is_whole and len(pdf) - end <= ADDED_BYTES and _has_only_time_stamps_added(pdf)
    return replace(
        answer,
        is_trusted=status.trusted and status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        covers_whole_file=is_whole or is_renewed,
        modified_after=not is_whole and not is_renewed,
        signed_at=stamped_at or _claimed_at(status),
        level="B-LTA" if is_renewed else "B-T" if stamped_at else "B-B",
        order_reference=content.order_reference,
        version=content.version,
        generated_at=content.generated_at,
        decision=content.decision,
        attachments=content.attachments,
    )


def _status_of_only_signature(reader: PdfFileReader) -> PdfSignatureStatus:
    """The status now or, once the certificate has expired, at the time a trusted time stamp proves.

    :raises ValueError: other than exactly one signature, or not of our kind.
    """
    signatures = reader.embedded_regular_signatures
    if len(signatures) != 1 or signatures[0].sig_object["/SubFilter"] != SUBFILTER:
        raise ValueError("not exactly one PAdES signature")
    status = _status(signatures[0], moment=None)
    stamped_at = _stamped_at(status)
    return status if status.trusted or stamped_at is None else _status(signatures[0], moment=stamped_at)


def _status(signature: EmbeddedPdfSignature, *, moment: datetime | None) -> PdfSignatureStatus:
    return validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=trust_roots(), moment=moment, allow_fetching=False),
        ts_validation_context=ValidationContext(trust_roots=trust_roots(), allow_fetching=False),
    )


def _stamped_at(status: PdfSignatureStatus) -> datetime | None:
    """The time of a time stamp whose authority we trust."""
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid and stamp.trusted):
        return None
    return stamp.timestamp.astimezone(UTC)


def _claimed_at(status: PdfSignatureStatus) -> datetime | None:
    claimed = status.signer_reported_dt
    return claimed.astimezone(UTC) if claimed else None


def _has_only_time_stamps_added(pdf: bytes) -> bool:
    """Whether a trusted time stamp over the whole file was added last, and all else serves such stamps.

    Here alone bytes of strangers are parsed: at most `ADDED_BYTES`, under the reader's limits on unpacking.
    """
    try:
        reader = PdfFileReader(BytesIO(pdf))
        status = _status_of_only_signature(reader)
        if not status.docmdp_ok or status.modification_level != ModificationLevel.LTA_UPDATES:
            return False
        last = reader.embedded_timestamp_signatures[-1]
        stamp = validate_pdf_timestamp(
            last, ValidationContext(trust_roots=trust_roots(), allow_fetching=False)
        )
    except Exception:  # noqa: BLE001  unreadable additions are not time stamps
        return False
    return bool(
        stamp.intact
        and stamp.valid
        and stamp.trusted
        and stamp.coverage == SignatureCoverageLevel.ENTIRE_FILE
    )


@dataclass(frozen=True, slots=True)
class Content:
    order_reference: str = ""
    version: int | None = None
    generated_at: datetime | None = None
    decision: str = ""
    attachments: tuple[Attachment, ...] = ()


def _read_content(revision: bytes) -> Content:
    """Manifest and attachments of a sealed revision.

    :raises Exception: of any kind, when the sealed bytes are no PDF with such a manifest.
    """
    manifest: dict[str, Any] = {}
    found: dict[str, tuple[int, str]] = {}
    with pikepdf.open(BytesIO(revision)) as document:
        for name, specification in document.attachments.items():
            content = specification.get_file().read_bytes()
            found[name] = (len(content), hashlib.sha256(content).hexdigest())
            if name == MANIFEST_NAME:
                manifest = json.loads(content)
    return Content(
        order_reference=manifest.get("orderReference", ""),
        version=manifest.get("version"),
        generated_at=datetime.fromisoformat(manifest["generatedAt"]) if "generatedAt" in manifest else None,
        decision=manifest.get("decision", ""),
        attachments=tuple(_compared(found, manifest)),
    )


def _compared(found: Mapping[str, tuple[int, str]], manifest: Mapping[str, Any]) -> Iterator[Attachment]:
    """Every file inside and every file the manifest lists, by name."""
    listed = {line["embeddedAs"]: line for line in manifest.get("documents", ()) if line["embeddedAs"]}
    for name in sorted({*found, *listed}):
        size, sha256 = found.get(name, (0, ""))
        if name == MANIFEST_NAME:
            yield Attachment(name, size, sha256, "MATCHES")
        elif name not in found:
            yield Attachment(name, listed[name]["size"], listed[name]["sha256"], "MISSING")
        elif name not in listed:
            yield Attachment(name, size, sha256, "UNLISTED")
        else:
            yield Attachment(name, size, sha256, "MATCHES" if listed[name]["sha256"] == sha256 else "ALTERED")
