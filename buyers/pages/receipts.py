"""The receipt of a submission. Its address is signed, differs from the mailed link, and works for one day."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone
from django.utils.functional import Promise

from buyers.invitation_models import Draft, Invitation
from buyers.links import LinkUnknown, LinkUsed
from buyers.pages.catalogue import TITLE_OF_TYPE
from nt24.documents.models import Document
from nt24.documents.types import DocumentType, Module

SALT = "nt24.buyers.receipts"
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    title: str | Promise
    file_name: str
    size: int  # bytes


def ticket_for(invitation: Invitation) -> str:
    """What opens the receipt of the drafts that are about to be submitted; worthless until they are."""
    drafts = Draft.objects.filter(invitation=invitation).order_by("pk")
    names = [blob_name(draft.storage_key) for draft in drafts]
    return signing.dumps([invitation.uuid.hex, *names], salt=SALT, compress=True)


def submitted_with(ticket: str) -> tuple[Invitation, list[ReceiptLine]]:
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
    documents = Document.objects.of(Module.KYC, invitation.buyer.uuid).order_by("pk")
    return invitation, [
        line_of(document) for document in documents if blob_name(document.storage_key) in names
    ]


def opened_ticket(ticket: str) -> list[str]:
    try:
        content: list[str] = signing.loads(ticket, salt=SALT)
    except signing.BadSignature as error:
        raise LinkUnknown from error
    return content


def line_of(document: Document) -> ReceiptLine:
    return ReceiptLine(TITLE_OF_TYPE[DocumentType(document.type)], document.file_name, document.size)


def blob_name(storage_key: str) -> str:
    return storage_key.rpartition("/")[2]
