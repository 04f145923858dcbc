"""The register of sealed files: who seals something enters it here, so that `/verify` knows whatever NT24 seals."""

import hashlib
from uuid import UUID

from django.utils import timezone

from nt24.documents.models import SealedFile


def enter_sealed(kind: SealedFile.Kind, pdf: bytes, *, subject_uuid: UUID) -> str:
    """Enter a file that is about to be handed out, and return its SHA-256 (hex); entering it again changes nothing."""
    digest = hashlib.sha256(pdf).hexdigest()
    enter_digest(kind, digest, subject_uuid=subject_uuid)
    return digest


def enter_digest(kind: SealedFile.Kind, sha256: str, *, subject_uuid: UUID) -> None:
    """As `enter_sealed`, where the hash is known already."""
    content = {"kind": kind, "subject_uuid": subject_uuid, "sealed_at": timezone.now()}
    SealedFile.objects.get_or_create(sha256=sha256, defaults=content)


def registered(sha256: str) -> SealedFile | None:
    """The entry with this hash, in either case."""
    return SealedFile.objects.filter(sha256=sha256.lower()).first()
