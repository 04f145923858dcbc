"""Seals a finished PDF (PAdES) so that any later change shows; `verify` says whether it still does."""

from io import BytesIO

from asn1crypto import tsp
from django.conf import settings
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from nt24 import http
from nt24.documents.certificates import SealingKey, SigningKeyUnusable, extra_roots, sealing_key, trust_roots
from nt24.documents.verification import MANIFEST_NAME, Attachment, Verification, verify

__all__ = [
    "MANIFEST_NAME",
    "Attachment",
    "SealingFailed",
    "SealingKey",
    "SigningKeyUnusable",
    "Verification",
    "seal",
    "sealing_key",
    "verify",
]

SEAL_FIELD = "NT24Seal"
DIGEST = "sha256"
TSA_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
TSA_BYTES = 64 * 1024  # a token with its certificates takes 4 to 8 kB
# Everything goes in before the document time stamp, so that the stamp is the last thing and covers the whole file.
LONG_TERM_PARTS = DSSContentSettings(
    include_vri=False, next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
)


class SealingFailed(Exception):
    """The PDF cannot be sealed, or the time-stamping authority does not answer as it must."""


class OneVersionWriter(IncrementalPdfFileWriter):
    """PDF/A-3 builds on PDF 1.7 (ISO 19005-3, 6.1.2): the catalog never names a later version than the header.

    pyHanko would name 2.0 for our elliptic curve, with an extension of that version; a signature is valid without.
    """

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        if version <= (1, 7):
            super().ensure_output_version(version)

    def register_extension(self, ext: DeveloperExtension) -> None:
        if str(ext.base_version) <= "/1.7":
            super().register_extension(ext)


class OwnTimeStamper(TimeStamper):
    """RFC 3161 over our own HTTP client, with its limits and its refusal of private addresses."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        try:
            reply = http.call(
                "POST",
                self.url,
                body=req.dump(),
                headers={
                    "Content-Type": "application/timestamp-query",
                    "Accept": "application/timestamp-reply",
                },
                limits=http.Limits(body_bytes=TSA_BYTES),
                allow_private=True,  # the operator names the authority; it may stand in the same house
            )
        except http.Unreachable as error:
            raise TimestampRequestError(f"the time-stamping authority is unreachable: {error}") from error
        if reply.status != 200 or reply.is_truncated:
            raise TimestampRequestError(f"the time-stamping authority answered {reply.status}")
        return tsp.TimeStampResp.load(reply.body)


def seal(pdf: bytes, *, reason: str, location: str) -> bytes:
    """`pdf` with one certifying signature over all of it; nothing may be added afterwards.

    PAdES B-B. With `TSA_URL` B-T; B-LTA when the authority's root is among `KEYS_DIR/trusted-roots`, because
    the long-term parts hold only what can be validated now.

    :raises SealingFailed: not a PDF, already signed, or no usable time stamp.
    :raises SigningKeyUnusable: see `sealing_key`.
    """
    key = sealing_key()
    target = BytesIO()
    try:
        writer = OneVersionWriter(BytesIO(pdf))
        if writer.prev.embedded_signatures:
            raise SealingFailed("the PDF carries a signature already")
        signers.PdfSigner(
            _metadata(key, reason=reason, location=location),
            signer=key.signer,
            timestamper=OwnTimeStamper(settings.TSA_URL) if settings.TSA_URL else None,
        ).sign_pdf(writer, output=target)
    except (PdfError, SigningError, TimestampRequestError, ValidationError) as error:
        raise SealingFailed(str(error)) from error
    return target.getvalue()


def _metadata(key: SealingKey, *, reason: str, location: str) -> signers.PdfSignatureMetadata:
    is_long_term = bool(settings.TSA_URL and extra_roots())
    return signers.PdfSignatureMetadata(
        field_name=SEAL_FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        location=location,
        name=key.name,
        embed_validation_info=is_long_term,
        use_pades_lta=is_long_term,
        validation_context=_validation_context(key) if is_long_term else None,
        dss_settings=LONG_TERM_PARTS,
    )


def _validation_context(key: SealingKey) -> ValidationContext:
    """Revocation data is fetched from the sources the certificates name; a development certificate names none."""
    return ValidationContext(
        trust_roots=trust_roots(),
        other_certs=list(key.signer.cert_registry),
        allow_fetching=True,
        revocation_mode="soft-fail",
    )
