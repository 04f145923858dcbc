"""Says what is true of a PDF that claims to carry our seal, whatever somebody has made of the file.

The order of the checks is the protection: the seal is found by its byte range and checked before the PDF is
parsed, so a parser only ever sees bytes that we produced. What a stranger made is hashed, never interpreted.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Literal

import pikepdf
from asn1crypto import cms, core, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from nt24.documents.certificates import common_name, trust_roots

MANIFEST_NAME = "decision.json"  # members read here: orderReference, version, decision, documents
SUBFILTER = "/ETSI.CAdES.detached"
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
BYTE_RANGES_READ = (
    1000  # an original inside may carry signatures of its own; ours stand at the end of the file
)
SEALS_HASHED = 8
SEAL_HEX_LENGTH = 256 * 1024  # hexadecimal digits of one signature; a long-term one has some 40,000
DIGESTS = ("sha256", "sha384", "sha512")
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
    """What was found. `problems` are sentences; everything from `order_reference` on is read only from bytes that
    our seal vouches for, so it is empty for a file that is altered or not ours.

    `is_intact`: the sealed bytes are unchanged. `covers_whole_file`: nothing stands outside them, or only renewed
    time stamps. `modified_after`: something else was added. `is_trusted`: sealed with a key of ours.
    `signed_at` is proven by a time stamp from level B-T on, and our server's own clock at B-B.
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


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature as it stands in the bytes: it covers everything up to `end`."""

    end: int
    is_intact: bool
    is_ours: bool
    signer: str


def verify(pdf: bytes) -> Verification:
    """Everything `Verification` says of `pdf`. Never raises for what a file contains."""
    answer = Verification(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf))
    seal = _best_seal(pdf)
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
            yield f"The embedded file {attachment.name} is not as the decision lists it: {attachment.state.lower()}."


# Finding the seal in bytes nobody vouches for


def _best_seal(pdf: bytes) -> Seal | None:
    """The signature that is intact and ours; without one an intact one; without one any. Last in the file first."""
    return max(_seals(pdf), key=lambda seal: (seal.is_intact and seal.is_ours, seal.is_intact), default=None)


def _seals(pdf: bytes) -> Iterator[Seal]:
    hashed, position = 0, len(pdf)
    for _ in range(BYTE_RANGES_READ):
        position = pdf.rfind(b"/ByteRange", 0, position)
        if position < 0 or hashed == SEALS_HASHED:
            return
        byte_range = _byte_range_at(pdf, position)
        if byte_range is None:
            continue
        hashed += 1
        try:
            seal = _seal_of(pdf, *byte_range)
        except Exception:  # noqa: BLE001, S112  a stranger's bytes where a signature should be: no signature
            continue
        if seal is not None:
            yield seal


def _byte_range_at(pdf: bytes, position: int) -> tuple[int, int, int] | None:
    """(end of the first part, start of the second, end of the second) if a signature's text lies between them."""
    match = BYTE_RANGE.match(pdf, position)
    if match is None:
        return None
    start, before, resume, after = map(int, match.groups())
    end = resume + after
    if not start == 0 < before < resume <= end <= len(pdf) or resume - before > SEAL_HEX_LENGTH:
        return None
    is_bracketed = pdf[before : before + 1] == b"<" and pdf[resume - 1 : resume] == b">"
    return (before, resume, end) if is_bracketed else None


def _seal_of(pdf: bytes, before: int, resume: int, end: int) -> Seal | None:
    """The signature, checked against the bytes it covers; None for a document time stamp.

    A seal of ours is held to its exact form as well, so that not a single byte of the file changes unnoticed: a
    reader would accept other digits, padding, certificates nobody asked for.

    :raises Exception: of any kind, for what is no detached CMS signature.
    """
    digits = pdf[before + 1 : resume - 1]
    raw = bytes.fromhex(digits.decode("ascii"))
    content = cms.ContentInfo.load(raw)
    signed_data = content["content"]
    if signed_data["encap_content_info"]["content_type"].native != "data":
        return None
    info, certificates = extract_signer_info(signed_data), extract_certs_for_validation(signed_data)
    digest = _digest(pdf, before, resume, end, info["digest_algorithm"]["algorithm"].native)
    is_intact = all(
        validate_sig_integrity(
            info, certificates.signer_cert, expected_content_type="data", actual_digest=digest
        )
    )
    path = _path_to_us(certificates.signer_cert, certificates.other_certs) if is_intact else None
    return Seal(
        end=end,
        is_intact=is_intact and (path is None or digits == _exact_form(signed_data, path, len(digits))),
        is_ours=path is not None,
        signer=common_name(certificates.signer_cert),
    )


def _exact_form(signed_data: cms.SignedData, path: ValidationPath, length: int) -> bytes:
    """The digits our own sealing writes around the parts that the signature and the certificates prove.

    Empty when a certificate is inside that is not on the path to our root.
    """
    info = signed_data["signer_infos"][0]
    signer = path.get_ee_cert_safe()
    certificates = [item.chosen for item in signed_data["certificates"]]
    proven = {certificate.dump() for certificate in path.iter_certs(include_root=True)}
    if not {certificate.dump() for certificate in certificates} <= proven:
        return b""
    digest_algorithm = cms.DigestAlgorithm(_exact_algorithm(info["digest_algorithm"]))
    parts: dict[str, Any] = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": signer.issuer, "serial_number": signer.serial_number}},
        "digest_algorithm": digest_algorithm,
        "signed_attrs": info["signed_attrs"],
        "signature_algorithm": cms.SignedDigestAlgorithm(_exact_algorithm(info["signature_algorithm"])),
        "signature": info["signature"].native,
    }
    if info["unsigned_attrs"].native:
        parts["unsigned_attrs"] = info["unsigned_attrs"]
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest_algorithm],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates,
            "signer_infos": [parts],
        }
    )
    exact = cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()
    return exact.hex().upper().encode().ljust(length, b"0")


def _exact_algorithm(algorithm: core.Sequence) -> dict[str, Any]:
    """Name and, for RSA, an explicit NULL; parameters that mean something would change what the signature proves."""
    is_null = (
        isinstance(algorithm["parameters"], core.Null) or algorithm["parameters"].dump() == core.Null().dump()
    )
    return {"algorithm": algorithm["algorithm"].native, **({"parameters": core.Null()} if is_null else {})}


def _digest(pdf: bytes, before: int, resume: int, end: int, algorithm: str) -> bytes:
    if algorithm not in DIGESTS:
        raise ValueError(f"digest {algorithm} is not accepted")
    view = memoryview(pdf)
    digest = hashlib.new(algorithm, view[:before])
    digest.update(view[resume:end])
    return digest.digest()


def _path_to_us(certificate: x509.Certificate, others: list[x509.Certificate]) -> ValidationPath | None:
    """From a root of ours to a certificate that may seal; whether it has expired since is judged later."""
    moment = min(datetime.now(UTC), certificate.not_valid_after)
    context = ValidationContext(trust_roots=trust_roots(), moment=moment, allow_fetching=False)
    validator = CertificateValidator(certificate, intermediate_certs=others, validation_context=context)
    try:
        return asyncio.run(validator.async_validate_usage({"non_repudiation"}))
    except (PathError, ValidationError):
        return None


# Reading what our seal vouches for


def _with_content(answer: Verification, pdf: bytes, end: int) -> Verification:
    """`answer` completed from the sealed revision, which is ours byte for byte, and from what was added to it."""
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
    is_proof = stamp is not None and stamp.intact and stamp.valid and stamp.trusted
    return stamp.timestamp.astimezone(UTC) if is_proof else None


def _claimed_at(status: PdfSignatureStatus) -> datetime | None:
    claimed = status.signer_reported_dt
    return claimed.astimezone(UTC) if claimed else None


def _has_only_time_stamps_added(pdf: bytes) -> bool:
    """Whether the last thing added is a trusted time stamp over the whole file, and all else serves such stamps.

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
