"""What whoever holds a link does, without the page: upload papers, submit, fill in the prospects' form."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from buyers.drafts import save_draft
from buyers.invitation_models import Draft, Invitation, Prospect
from buyers.invitations import submit_invitation
from buyers.links import actor_of
from buyers.prospects import submit_prospect
from nt24.documents.uploads import keep_upload, received
from tests.deal import WARSAW
from tests.ledger import nothing_moves
from tests.papers import pdf

REGISTER, VAT, AML = "COC_*", "VAT_*", "AML_DECLARATION"
IDENTITY = "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"
PAPERS = {
    REGISTER: "COC_EXTRACT",
    VAT: "VAT_CERTIFICATE",
    IDENTITY: "CONTACT_ID_CARD",
    AML: "AML_DECLARATION",
}
ADDRESS = {"street": WARSAW["street"], "post_code": "00-263", "city": "Warszawa", "country": "PL"}
JAN = {"first_name": "Jan", "last_name": "Kowalski", "email": "jan@example.com", "phone": "+48 22 123"}


def invited(partner: Any, buyer: dict[str, Any], **changes: Any) -> Invitation:
    """Invited over the API; the row behind the answer."""
    body = {"recipientEmail": "anna@kowalski.example", **changes}
    response = partner.post(f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations", body)
    assert response.status_code == 201, response.content
    return Invitation.objects.get(uuid=response.json()["uuid"])


def linked(partner: Any, **changes: Any) -> Invitation:
    """A PROSPECT link made over the API."""
    response = partner.post("P/self-service-invitations", {"label": "Website", **changes})
    assert response.status_code == 201, response.content
    return Invitation.objects.get(uuid=response.json()["uuid"])


def uploads(invitation: Invitation, need: str, *, content: bytes = b"", **changes: Any) -> Draft:
    """One paper for one need."""
    upload = keep_upload(received(content or pdf(need), "scan.pdf"))
    about = {"type": PAPERS.get(need, "COC_EXTRACT"), "document_on": date(2026, 4, 18), "expires_on": None}
    return save_draft(invitation, need=need, upload=upload, by=actor_of(invitation), **(about | changes))


def uploads_all(invitation: Invitation, *needs: str) -> None:
    for need in needs or PAPERS:
        uploads(invitation, need)


def submits(invitation: Invitation) -> Invitation:
    return submit_invitation(invitation, declared=True, by=actor_of(invitation))


def fills_in(invitation: Invitation, **changes: Any) -> Prospect:
    """The form of a company, or of a consumer with `type`."""
    company = {"company_name": "Auto Handel Kowalski Sp. z o.o.", "vat_number": "PL 526-000-12-46"}
    if changes.get("type") == Prospect.Type.CONSUMER:
        company = {}
    about = {"type": Prospect.Type.COMPANY, "address": ADDRESS, "person": JAN, "language": "pl"}
    return submit_prospect(invitation, by=actor_of(invitation), **(about | company | changes))


@contextmanager
def refuses(error: type[Exception]) -> Iterator[Any]:
    """What is tried inside is refused with this error, and moves nothing."""
    with nothing_moves(), pytest.raises(error) as refusal, transaction.atomic():
        yield refusal
