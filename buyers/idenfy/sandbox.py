"""iDenfy without the network: a page of ours stands in for theirs, and its callbacks have the same form."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from buyers.idenfy.answers import Opened
from buyers.idenfy.live import LINK_VALID_FOR
from buyers.models import VerificationSession

# What each button of the page makes iDenfy say: the event, then the results of face and document.
BUTTONS = {
    "APPROVED": ("IDENTIFICATION_AUTO_FINISHED", "FACE_MATCH", "DOC_VALIDATED"),
    "DENIED": ("IDENTIFICATION_AUTO_FINISHED", "FACE_MISMATCH", "DOC_VALIDATED"),
    "SUSPECTED": ("IDENTIFICATION_AUTO_FINISHED", "FACE_MATCH", "DOC_VALIDATED"),
    "EXPIRED": ("IDENTIFICATION_EXPIRED", None, None),
}
SPECIMEN = {
    "docFirstName": "ANNA",
    "docLastName": "SPECIMEN",
    "docDob": "1980-01-01",
    "docNationality": "PL",
    "docType": "ID_CARD",
    "docNumber": "SPECIMEN000000",
    "docIssuingCountry": "PL",
    "docExpiry": "2034-12-31",
    "docPersonalCode": "80010100000",
}


def open_session(client_id: UUID, *, back_to: str = "") -> Opened:
    scan_ref = str(uuid.uuid4())
    link = f"{settings.PUBLIC_URL}/sandbox/idenfy/{scan_ref}"
    if back_to:
        link += f"?{urlencode({'back': back_to.removeprefix(settings.PUBLIC_URL)})}"
    return Opened(client_id, scan_ref, link, timezone.now() + LINK_VALID_FOR)


def callback_body(session: VerificationSession, overall: str, *, is_aml_hit: bool) -> bytes:
    """The callback that iDenfy would send for this button."""
    _, face, document = BUTTONS[overall]
    is_over = overall == "EXPIRED"
    members: dict[str, Any] = {
        "final": True,
        "platform": "PC",
        "status": {
            "overall": overall,
            "fraudTags": ["DUPLICATE_FACE"] if overall == "SUSPECTED" else [],
            "mismatchTags": [],
            "autoFace": face,
            "manualFace": None,
            "autoDocument": document,
            "manualDocument": None,
        },
        "data": {} if is_over else SPECIMEN,
        "fileUrls": {},
        "AML": [] if is_over else [screening(is_hit=is_aml_hit)],
        "scanRef": session.scan_ref,
        "clientId": str(session.uuid),
        "startTime": None if is_over else int(timezone.now().timestamp()),
        "finishTime": int(timezone.now().timestamp()),
        "clientIp": "192.0.2.1",
    }
    return json.dumps(members).encode()


def screening(*, is_hit: bool) -> dict[str, Any]:
    hit = {
        "name": "ANNA",
        "surname": "SPECIMEN",
        "suspicion": "SANCTION",
        "listName": "Sandbox list",
        "isActive": True,
    }
    return {
        "status": {
            "serviceSuspected": is_hit,
            "checkSuccessful": True,
            "serviceFound": is_hit,
            "serviceUsed": True,
            "overallStatus": "SUSPECTED" if is_hit else "NOT_SUSPECTED",
        },
        "serviceName": "AML_NAMES_CHECK",
        "data": [hit] if is_hit else [],
        "errorMessage": None,
    }
