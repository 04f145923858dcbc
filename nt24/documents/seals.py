"""Finds the seal in bytes nobody vouches for yet, without parsing the PDF around it. No Django: it runs confined.

A signature is believed by its certificate: it must lead to a root of ours over certificates that our roots have issued.
What a stranger embeds beside his signature builds no path and is never searched. Only then the bytes are hashed and may
be parsed: what a stranger made is never interpreted.
"""

import asyncio
import hashlib
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from asn1crypto import cms, core, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import load_der_x509_certificate
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

Buffer = bytes | mmap.mmap

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
BYTE_RANGES_READ = 1000  # an original inside may be signed itself; our seal stands at the end of the file
SIGNATURES_READ = 8
SEALS_HASHED = 2  # of ours, each over the whole file; there is one, unless somebody copied it
SEAL_HEX_LENGTH = 256 * 1024  # hexadecimal digits of one signature; a long-term one has some 40,000
MAX_CERTIFICATES = 8  # in one signature; ours has the chain of the key and that of the time stamp
DIGESTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose seals are ours, as DER: the roots, and the certificates that we know between them and our keys."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    now: datetime

    def root_certificates(self) -> list[x509.Certificate]:
        return [x509.Certificate.load(der) for der in self.roots]

    def known_certificates(self) -> list[x509.Certificate]:
        return [x509.Certificate.load(der) for der in self.intermediates]


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature as it stands in the bytes: it covers everything up to `end`."""

    end: int
    is_intact: bool
    is_ours: bool
    signer: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A detached CMS signature between two parts of the file, and the path that leads from it to us."""

    before: int
    resume: int
    end: int
    digits: bytes
    signed_data: cms.SignedData
    signer: x509.Certificate
    signer_name: str
    path: ValidationPath | None


@contextmanager
def opened(source: bytes | Path) -> Iterator[Buffer]:
    """The bytes; those of a file as the kernel pages them in."""
    if isinstance(source, bytes) or not source.stat().st_size:
        yield source if isinstance(source, bytes) else b""
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def best_seal(source: bytes | Path, trust: Trust) -> Seal | None:
    """The last signature that is intact and ours; without one the last intact one; without one the last.

    Of strangers' signatures only the last one is hashed.
    """
    with opened(source) as pdf:
        found = list(islice(signatures_in(pdf, trust), SIGNATURES_READ))
        ours = [signature for signature in found if signature.path is not None][:SEALS_HASHED]
        foreign = [signature for signature in found if signature.path is None][:1]
        seals = [seal_of(pdf, signature) for signature in (*ours, *foreign)]
    return max(
        seals, key=lambda seal: (seal.is_intact and seal.is_ours, seal.is_intact, seal.end), default=None
    )


def signatures_in(pdf: Buffer, trust: Trust) -> Iterator[Signature]:
    """From the last one to the first."""
    position = len(pdf)
    for _ in range(BYTE_RANGES_READ):
        position = pdf.rfind(b"/ByteRange", 0, position)
        if position < 0:
            return
        byte_range = byte_range_at(pdf, position)
        if byte_range is None:
            continue
        try:
            signature = signature_at(pdf, *byte_range, trust)
        except Exception:  # noqa: BLE001, S112  a stranger's bytes where a signature should be: no signature
            continue
        if signature is not None:
            yield signature


def byte_range_at(pdf: Buffer, position: int) -> tuple[int, int, int] | None:
    """(end of the first part, start and end of the second) if a signature's digits lie between them."""
    match = BYTE_RANGE.match(pdf, position)
    if match is None:
        return None
    start, before, resume, after = map(int, match.groups())
    end = resume + after
    if not start == 0 < before < resume <= end <= len(pdf) or resume - before > SEAL_HEX_LENGTH:
        return None
    is_bracketed = pdf[before : before + 1] == b"<" and pdf[resume - 1 : resume] == b">"
    return (before, resume, end) if is_bracketed else None


def signature_at(pdf: Buffer, before: int, resume: int, end: int, trust: Trust) -> Signature | None:
    """None for a document time stamp.

    :raises Exception: of any kind, for what is no detached CMS signature.
    """
    digits = pdf[before + 1 : resume - 1]
    signed_data = cms.ContentInfo.load(bytes.fromhex(digits.decode("ascii")))["content"]
    if signed_data["encap_content_info"]["content_type"].native != "data":
        return None
    if len(signed_data["certificates"]) > MAX_CERTIFICATES:
        raise ValueError("more certificates than any seal has")
    certificates = extract_certs_for_validation(signed_data)
    signer = certificates.signer_cert
    path = path_to_us(signer, certificates.other_certs, trust)
    return Signature(before, resume, end, digits, signed_data, signer, common_name(signer), path)


def seal_of(pdf: Buffer, signature: Signature) -> Seal:
    """The signature, checked against the bytes it covers.

    A seal of ours is held to its exact form as well, so that not a single byte of the file changes unnoticed:
    a reader would accept other digits, padding, certificates nobody asked for.
    """
    try:
        is_intact = is_signature_of(pdf, signature) and has_exact_form(signature)
    except Exception:  # noqa: BLE001  a stranger's bytes where a signature should be: it proves nothing
        is_intact = False
    return Seal(
        end=signature.end,
        is_intact=is_intact,
        is_ours=signature.path is not None,
        signer=signature.signer_name,
    )


def is_signature_of(pdf: Buffer, signature: Signature) -> bool:
    """:raises Exception: of any kind, for what is no signature."""
    info = extract_signer_info(signature.signed_data)
    digest = digest_of(pdf, signature, info["digest_algorithm"]["algorithm"].native)
    return all(
        validate_sig_integrity(info, signature.signer, expected_content_type="data", actual_digest=digest)
    )


def has_exact_form(signature: Signature) -> bool:
    """Of a stranger's signature no form is expected."""
    if signature.path is None:
        return True
    length = len(signature.digits)
    return signature.digits == exact_form(signature.signed_data, signature.signer, signature.path, length)


def exact_form(
    signed_data: cms.SignedData, signer: x509.Certificate, path: ValidationPath, length: int
) -> bytes:
    """The digits our own sealing writes around the parts that the signature and the certificates prove.

    Empty when a certificate is inside that is not on the path to our root.
    """
    info = signed_data["signer_infos"][0]
    certificates = [item.chosen for item in signed_data["certificates"]]
    proven = {certificate.dump() for certificate in path.iter_certs(include_root=True)}
    if not {certificate.dump() for certificate in certificates} <= proven:
        return b""
    digest_algorithm = cms.DigestAlgorithm(exact_algorithm(info["digest_algorithm"]))
    parts: dict[str, Any] = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": signer.issuer, "serial_number": signer.serial_number}},
        "digest_algorithm": digest_algorithm,
        "signed_attrs": info["signed_attrs"],
        "signature_algorithm": cms.SignedDigestAlgorithm(exact_algorithm(info["signature_algorithm"])),
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


def exact_algorithm(algorithm: core.Sequence) -> dict[str, Any]:
    """Name and, as RSA wants it, an explicit NULL; others would change what the signature proves."""
    is_null = algorithm["parameters"].dump() == core.Null().dump()
    return {"algorithm": algorithm["algorithm"].native, **({"parameters": core.Null()} if is_null else {})}


def digest_of(pdf: Buffer, signature: Signature, algorithm: str) -> bytes:
    if algorithm not in DIGESTS:
        raise ValueError(f"digest {algorithm} is not accepted")
    with (
        memoryview(pdf) as view,
        view[: signature.before] as first,
        view[signature.resume : signature.end] as second,
    ):
        digest = hashlib.new(algorithm, first)
        digest.update(second)
        return digest.digest()


# --- Trust ------------------------------------------------------------------------------------------------------------
def path_to_us(
    certificate: x509.Certificate, others: list[x509.Certificate], trust: Trust
) -> ValidationPath | None:
    """From a root of ours to a certificate that may seal; whether it has expired since is judged later.

    A path is searched only among certificates that our roots have issued: those that a stranger makes up could be put
    together in millions of ways.
    """
    roots, known = trust.root_certificates(), trust.known_certificates()
    issuers = [*known, *issued_under([*roots, *known], others)]
    if certificate not in roots and not any(
        is_issued_by(certificate, issuer) for issuer in (*roots, *issuers)
    ):
        return None
    moment = min(trust.now, certificate.not_valid_after)
    context = ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False)
    validator = CertificateValidator(certificate, intermediate_certs=issuers, validation_context=context)
    try:
        return asyncio.run(validator.async_validate_usage({"non_repudiation"}))
    except (PathError, ValidationError):
        return None


def issued_under(issuers: list[x509.Certificate], others: list[x509.Certificate]) -> list[x509.Certificate]:
    """Those of `others` that `issuers` have issued, or those that are found so."""
    found: list[x509.Certificate] = []
    waiting, new = list(others), list(issuers)
    while new:
        new = [other for other in waiting if any(is_issued_by(other, issuer) for issuer in new)]
        waiting = [other for other in waiting if other not in new]
        found += new
    return found


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By name and signature; the key that is computed with is the issuer's, never a stranger's."""
    if certificate.issuer.dump() != issuer.subject.dump():
        return False
    try:
        load_der_x509_certificate(certificate.dump()).verify_directly_issued_by(
            load_der_x509_certificate(issuer.dump())
        )
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def common_name(certificate: x509.Certificate) -> str:
    """CN of the subject, else the whole subject: never empty, whatever the certificate says."""
    subject = certificate.subject
    name = subject.native.get("common_name")
    return name if isinstance(name, str) and name else str(subject.human_friendly)
