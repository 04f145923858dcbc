"""The KYC profile: what was established about a verified buyer, as a sealed PDF (contract 6).

Made anew for each reader and kept nowhere, because it names a person; only its hash is registered. Refuses to look
anything up while it renders.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import BoundedSemaphore
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from buyers import idenfy
from buyers.checks import latest_answer
from buyers.kyc import missing_needs, overall_status
from buyers.models import Buyer, Kyc, VerificationSession
from buyers.verification import newest_session
from buyers.vies.answers import text_in
from nt24.addresses import one_line
from nt24.documents import pdf, sealing
from nt24.documents.models import Document, SealedFile
from nt24.documents.register import enter_sealed
from nt24.documents.types import TITLES, Module
from nt24.errors import StateConflict, Unavailable
from nt24.vault import decrypt

TEMPLATE = "buyers/pdf/kyc_profile.html"
AT_ONCE = BoundedSemaphore(2)  # per process: each takes a second of one core
PATIENCE_SECONDS = 5
TEXT_LENGTH = 200

log = structlog.get_logger(__name__)


class NoProfileYet(StateConflict):
    def __init__(self) -> None:
        super().__init__(
            "There is a profile of an NT24_LED buyer whose verification is VERIFIED, and of no other."
        )


class ProfileUnavailable(Unavailable):
    """It cannot be made now: too many at once, or no seal."""

    def __init__(self) -> None:
        super().__init__("The profile cannot be made at the moment. Please try again later.")


@dataclass(frozen=True, slots=True)
class Person:
    """Who was in front of the camera, as the identity document says; "" for what it does not say."""

    name: str
    born_on: str
    nationality: str
    document: str
    document_number: str
    issued_by: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Paper:
    type: str
    dated: date
    received_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the document shows. `person` is None when iDenfy's callback was lost and only its result is known."""

    buyer_uuid: UUID
    created_at: datetime
    is_sandbox: bool
    seller: str
    company_name: str
    address: str
    vat_number: str
    kyc_status: str
    vies_result: str
    vies_checked_at: datetime | None
    consultation_number: str
    session_id: str
    scan_ref: str
    verified_at: datetime | None
    verified_by: str
    aml_status: str
    callback_sha256: str
    person: Person | None
    papers: tuple[Paper, ...]
    missing: tuple[str, ...]


def profile_of(buyer: Buyer) -> Profile:
    """What is known about the buyer now.

    :raises NoProfileYet: in Mode A, or while he is not verified.
    :raises CannotDecrypt: the key of the evidence is gone.
    """
    session = newest_session(buyer)
    is_mode_b = buyer.kyc_mode == Buyer.KycMode.NT24_LED
    if not is_mode_b or session is None or session.status != VerificationSession.Status.VERIFIED:
        raise NoProfileYet
    record = Kyc.objects.get(buyer=buyer)
    documents = Document.objects.of(Module.KYC, buyer.uuid).newest_counting(timezone.localdate())
    missing = missing_needs(buyer.kyc_mode, documents)
    answer = latest_answer(buyer)
    result = answer.result if answer else None
    return Profile(
        buyer_uuid=buyer.uuid,
        created_at=timezone.now(),
        is_sandbox=idenfy.is_sandbox(),
        seller=buyer.seller.name,
        company_name=buyer.company_name,
        address=one_line(buyer.address),
        vat_number=buyer.vat_number,
        kyc_status=overall_status(
            buyer.kyc_mode,
            [need.name for need in missing],
            result,
            record.verification_status,
            record.aml_status,
            is_exposed=record.exposed_since is not None,
        ),
        vies_result=result or "UNKNOWN",
        vies_checked_at=answer.checked_at if answer else None,
        consultation_number=answer.consultation_number if answer else "",
        session_id=str(session.uuid),
        scan_ref=session.scan_ref,
        verified_at=session.decided_at,
        verified_by=VerificationSession.Authority(session.authority).label,
        aml_status=record.aml_status,
        callback_sha256=session.raw_sha256,
        person=person_in(session),
        papers=tuple(
            Paper(TITLES[document.type], document.document_on, document.created_at, document.sha256)
            for document in sorted(documents.values(), key=lambda document: document.pk)
        ),
        missing=tuple(need.title for need in missing),
    )


IDENTITY_DOCUMENTS = {
    "ID_CARD": "Identity card",
    "PASSPORT": "Passport",
    "DRIVER_LICENSE": "Driving licence",
    "RESIDENCE_PERMIT": "Residence permit",
}


def person_in(session: VerificationSession) -> Person | None:
    if session.evidence is None:
        return None
    data: Mapping[str, object] = json.loads(decrypt(session.evidence))["data"]

    def said(name: str) -> str:
        return text_in(data, name, TEXT_LENGTH)

    return Person(
        name=f"{said('docFirstName')} {said('docLastName')}".strip(),
        born_on=day_in_words(said("docDob")),
        nationality=said("docNationality"),
        document=IDENTITY_DOCUMENTS.get(said("docType"), said("docType").replace("_", " ").capitalize()),
        document_number=said("docNumber"),
        issued_by=said("docIssuingCountry"),
        valid_until=day_in_words(said("docExpiry")),
    )


def day_in_words(text: str) -> str:
    """`1980-01-01` → `1 Jan 1980`; anything else stays as iDenfy wrote it."""
    try:
        return date_format(date.fromisoformat(text), "j M Y")
    except ValueError:
        return text


def kyc_profile(profile: Profile) -> bytes:
    """The sealed PDF. Slow (about a second): call it outside of any transaction.

    :raises ProfileUnavailable: too many are being made, or it cannot be sealed now.
    """
    if not AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise ProfileUnavailable
    try:
        document = sealed(profile)
    except (sealing.SealingFailed, sealing.SigningKeyUnusable) as error:
        log.error("kyc_profile_not_sealed", why=str(error))
        raise ProfileUnavailable from error
    finally:
        AT_ONCE.release()
    enter_sealed(SealedFile.Kind.KYC_PROFILE, document, subject_uuid=profile.buyer_uuid)
    return document


def sealed(profile: Profile) -> bytes:
    _, document = pdf.render(
        TEMPLATE,
        {"profile": profile, "seal": sealing.sealing_key()},
        title=f"KYC profile of {profile.company_name}",
        created_at=profile.created_at,
    )
    return sealing.seal(
        document, reason=f"Seals the KYC profile of {profile.vat_number}", location=settings.PUBLIC_URL
    )
