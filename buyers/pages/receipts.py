"""The receipt of a submission. Its address is signed, differs from the mailed link, and works for one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone
from django.utils.functional import Promise

from buyers.drafts import Combined, documents_in
from buyers.invitation_models import Invitation
from buyers.links import LinkUnknown, LinkUsed
from buyers.pages.catalogue import TITLE_OF_TYPE
from nt24.documents.models import Document
from nt24.documents.types import DocumentType, Module

SALT = "nt24.buyers.receipts"
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    uuid: UUID
    title: str | Promise
    file_name: str
    size: int  # bytes


def ticket_for(invitation: Invitation, combined: Mapping[str, Combined] | None = None) -> str:
    """What opens the receipt of the drafts that are about to be submitted; worthless until they are."""
    uploads = {need: document.upload for need, document in (combined or {}).items()}
    documents = documents_in(invitation).items()
    names = [blob_name(uploads.get(need, files[0]).storage_key) for need, files in documents]
    return signing.dumps([invitation.uuid.hex, *names], salt=SALT, compress=True)


def submitted_with(ticket: str) -> tuple[Invitation, list[Document]]:
    """The used invitation and what was handed over with it.

    :raises LinkUnknown: we have not made this ticket, or nothing was submitted.
    :raises LinkUsed: a day has passed.
    """
    uuid, *names = opened_ticket(ticket)
    rows = Invitation.objects.select_related("seller", "buyer")
    invitation = rows.filter(uuid=UUID(hex=uuid), status=Invitation.Status.USED).first()
    if invitation is None or invitation.buyer is None:
        raise LinkUnknown
    if invitation.last_used_at is None or invitation.last_used_at + KEPT < timezone.now():
        raise LinkUsed(invitation)
    documents = Document.objects.of(Module.KYC, invitation.buyer.uuid).select_related("seller").order_by("pk")
    return invitation, [document for document in documents if blob_name(document.storage_key) in names]


def document_in(ticket: str, uuid: UUID) -> tuple[Invitation, Document]:
    """One of the documents of a receipt.

    :raises LinkUnknown, LinkUsed: as `submitted_with`, or it is none of them.
    """
    invitation, documents = submitted_with(ticket)
    found = next((document for document in documents if document.uuid == uuid), None)
    if found is None:
        raise LinkUnknown
    return invitation, found


def opened_ticket(ticket: str) -> list[str]:
    try:
        content: list[str] = signing.loads(ticket, salt=SALT)
    except signing.BadSignature as error:
        raise LinkUnknown from error
    return content


def line_of(document: Document) -> ReceiptLine:
    return ReceiptLine(
        document.uuid, TITLE_OF_TYPE[DocumentType(document.type)], document.file_name, document.size
    )


def blob_name(storage_key: str) -> str:
    return storage_key.rpartition("/")[2]
