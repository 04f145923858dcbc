"""Reads what our seal vouches for, and what was added behind it. No Django: it runs confined.

The sealed bytes are ours, but a reader of PDF is a reader of PDF; the added ones are a stranger's.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from nt24.documents.seals import Trust, opened

MANIFEST_NAME = (
    "decision.json"  # members read here: orderReference, version, generatedAt, decision, override, documents
)
SUBFILTER = "/ETSI.CAdES.detached"


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
class Content:
    """`stamped_at` is proven by a time stamp, `claimed_at` is our server's clock; `unread` says why all is unknown."""

    is_trusted: bool = False
    stamped_at: datetime | None = None
    claimed_at: datetime | None = None
    order_reference: str = ""
    version: int | None = None
    generated_at: datetime | None = None
    decision: str = ""
    override: str = ""
    rules_alone: str = ""
    attachments: tuple[Attachment, ...] = ()
    unread: str = ""


def content_of(source: bytes | Path, end: int, trust: Trust) -> Content:
    """What the sealed revision, the first `end` bytes, says. Never raises for what a file contains."""
    try:
        with revision(source, end) as file:
            status = status_of_only_signature(PdfFileReader(file), trust)
            content = content_in(file)
    except Exception as error:  # noqa: BLE001  our key sealed it, but it is no file we make: say so, do not fail
        return Content(unread=f"{type(error).__name__}: {error}")
    return replace(
        content,
        is_trusted=status.trusted and status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        stamped_at=stamped_at(status),
        claimed_at=claimed_at(status),
    )


def revision(source: bytes | Path, end: int) -> BinaryIO:
    """The file itself, when it ends there; else a copy of its beginning."""
    if isinstance(source, Path) and source.stat().st_size == end:
        return source.open("rb")
    with opened(source) as content:
        return BytesIO(content[:end])


def status_of_only_signature(reader: PdfFileReader, trust: Trust) -> PdfSignatureStatus:
    """The status now or, once the certificate has expired, at the time a trusted time stamp proves.

    :raises ValueError: other than exactly one signature, or not of our kind.
    """
    signatures = reader.embedded_regular_signatures
    if len(signatures) != 1 or signatures[0].sig_object["/SubFilter"] != SUBFILTER:
        raise ValueError("not exactly one PAdES signature")
    status = status_at(signatures[0], trust, trust.now)
    stamped = stamped_at(status)
    return status if status.trusted or stamped is None else status_at(signatures[0], trust, stamped)


def status_at(signature: EmbeddedPdfSignature, trust: Trust, moment: datetime) -> PdfSignatureStatus:
    return validate_pdf_signature(
        signature,
        context_at(trust, moment),
        ts_validation_context=context_at(trust, trust.now),
    )


def context_at(trust: Trust, moment: datetime) -> ValidationContext:
    return ValidationContext(trust_roots=trust.root_certificates(), moment=moment, allow_fetching=False)


def stamped_at(status: PdfSignatureStatus) -> datetime | None:
    """The time of a time stamp whose authority we trust."""
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid and stamp.trusted):
        return None
    return stamp.timestamp.astimezone(UTC)


def claimed_at(status: PdfSignatureStatus) -> datetime | None:
    claimed = status.signer_reported_dt
    return claimed.astimezone(UTC) if claimed else None


def has_only_time_stamps_added(source: bytes | Path, trust: Trust) -> bool:
    """Whether a trusted time stamp over the whole file was added last, and all else serves such stamps.

    Here alone bytes of strangers are parsed, under the reader's limits on unpacking.
    """
    try:
        with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            return is_renewed(PdfFileReader(file), trust)
    except Exception:  # noqa: BLE001  unreadable additions are not time stamps
        return False


def is_renewed(reader: PdfFileReader, trust: Trust) -> bool:
    """:raises Exception: of any kind, when the additions are unreadable."""
    status = status_of_only_signature(reader, trust)
    if not status.docmdp_ok or status.modification_level != ModificationLevel.LTA_UPDATES:
        return False
    last = reader.embedded_timestamp_signatures[-1]
    stamp = validate_pdf_timestamp(last, context_at(trust, trust.now))
    return bool(
        stamp.intact
        and stamp.valid
        and stamp.trusted
        and stamp.coverage == SignatureCoverageLevel.ENTIRE_FILE
    )


def content_in(file: BinaryIO) -> Content:
    """Manifest and attachments of a sealed revision.

    :raises Exception: of any kind, when the sealed bytes are no PDF with such a manifest.
    """
    manifest: dict[str, Any] = {}
    found: dict[str, tuple[int, str]] = {}
    with pikepdf.open(file) as document:
        for name, specification in document.attachments.items():
            content = specification.get_file().read_bytes()
            found[name] = (len(content), hashlib.sha256(content).hexdigest())
            if name == MANIFEST_NAME:
                manifest = json.loads(content)
    override = manifest.get("override") or {}
    return Content(
        order_reference=manifest.get("orderReference", ""),
        version=manifest.get("version"),
        generated_at=datetime.fromisoformat(manifest["generatedAt"]) if "generatedAt" in manifest else None,
        decision=manifest.get("decision", ""),
        override=override.get("decision", ""),
        rules_alone=override.get("rulesAlone", ""),
        attachments=tuple(compared(found, manifest)),
    )


def compared(found: Mapping[str, tuple[int, str]], manifest: Mapping[str, Any]) -> Iterator[Attachment]:
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
