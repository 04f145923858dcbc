"""Finds the seal in bytes nobody vouches for yet, without parsing the PDF around it.

A file is hashed and its signature checked; a certificate that leads to a root of ours then says that the
bytes are ours and may be parsed. What a stranger made is never interpreted.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, x509
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from nt24.documents.certificates import common_name, trust_roots

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
BYTE_RANGES_READ = 1000  # an original inside may be signed itself; our seal stands at the end of the file
SEALS_HASHED = 8
SEAL_HEX_LENGTH = 256 * 1024  # hexadecimal digits of one signature; a long-term one has some 40,000
DIGESTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature as it stands in the bytes: it covers everything up to `end`."""

    end: int
    is_intact: bool
    is_ours: bool
    signer: str


def best_seal(pdf: bytes) -> Seal | None:
    """The last signature that is intact and ours; without one the last intact one; without one the last."""
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


def _seal_of(pdf: bytes, before: int, resume: int, end: int) -> Seal | None:
    """The signature, checked against the bytes it covers; None for a document time stamp.

    A seal of ours is held to its exact form as well, so that not a single byte of the file changes unnoticed:
    a reader would accept other digits, padding, certificates nobody asked for.

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
    signer = certificates.signer_cert
    is_intact = all(validate_sig_integrity(info, signer, expected_content_type="data", actual_digest=digest))
    path = path_to_us(signer, certificates.other_certs) if is_intact else None
    if path is not None:
        is_intact = digits == _exact_form(signed_data, signer, path, len(digits))
    return Seal(end=end, is_intact=is_intact, is_ours=path is not None, signer=common_name(signer))


def _exact_form(
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
    """Name and, as RSA wants it, an explicit NULL; others would change what the signature proves."""
    is_null = algorithm["parameters"].dump() == core.Null().dump()
    return {"algorithm": algorithm["algorithm"].native, **({"parameters": core.Null()} if is_null else {})}


def _digest(pdf: bytes, before: int, resume: int, end: int, algorithm: str) -> bytes:
    if algorithm not in DIGESTS:
        raise ValueError(f"digest {algorithm} is not accepted")
    view = memoryview(pdf)
    digest = hashlib.new(algorithm, view[:before])
    digest.update(view[resume:end])
    return digest.digest()


def path_to_us(certificate: x509.Certificate, others: list[x509.Certificate]) -> ValidationPath | None:
    """From a root of ours to a certificate that may seal; whether it has expired since is judged later."""
    moment = min(datetime.now(UTC), certificate.not_valid_after)
    context = ValidationContext(trust_roots=trust_roots(), moment=moment, allow_fetching=False)
    validator = CertificateValidator(certificate, intermediate_certs=others, validation_context=context)
    try:
        return asyncio.run(validator.async_validate_usage({"non_repudiation"}))
    except (PathError, ValidationError):
        return None
