"""iDenfy's own service: a token for the buyer, and the status of a session whose callback was lost (domain C)."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from buyers.idenfy.answers import SCAN_REF_LENGTH, Finding, Opened, read_status
from buyers.vies.answers import members_of, text_in
from nt24.errors import Unavailable
from nt24.http import Limits, Reply, Unreachable, call

LIMITS = Limits(connect_seconds=5, read_seconds=10, total_seconds=15)  # a partner waits for the answer
LINK_VALID_FOR = timedelta(days=7)  # iDenfy allows 30 days
LINK_LENGTH = 2000
WAYS_BACK = ("successUrl", "errorUrl", "unverifiedUrl")  # domain C.1
SCAN_REF = re.compile(rf"[A-Za-z0-9-]{{1,{SCAN_REF_LENGTH}}}")
# Refusals that do not go by themselves (domain C.1).
NEEDS_AN_OPERATOR = frozenset(
    {"UNAUTHORIZED", "TOKEN_NOT_VALID", "PARTNER_CONTRACT_ERROR", "PERMISSIONS_ERROR", "VALIDATION_ERROR",
     "BAD_VALUE", "MISSING_VALUE", "JSON_ERROR", "METHOD_NOT_ALLOWED"}
)  # fmt: skip

log = structlog.get_logger(__name__)


class IdenfyUnavailable(Unavailable):
    """iDenfy opened no session; nothing has changed, and the same call may work later (503)."""

    retry_after = 30

    def __init__(self) -> None:
        super().__init__("The identity verification service does not answer; nothing was changed. Try again.")


def open_session(client_id: UUID, *, back_to: str = "") -> Opened:
    """One request, no retry: a token that we never hear of simply expires.

    :raises IdenfyUnavailable: for a failure of any kind.
    """
    asked_at = timezone.now()
    wanted = {
        "clientId": str(client_id),
        "tokenType": "IDENTIFICATION",
        "expiryTime": int(LINK_VALID_FOR.total_seconds()),
        "checkAml": True,
        # Whatever came of it, the page says it: a browser may come back before the result does, or with an old one.
        **(dict.fromkeys(WAYS_BACK, back_to) if back_to else {}),
    }
    members = members_of(ask("/api/v2/token", wanted, expected=201))
    scan_ref, link = text_in(members, "scanRef", SCAN_REF_LENGTH), link_in(members)
    if not SCAN_REF.fullmatch(scan_ref) or not link:
        log.error("idenfy_answer_unreadable")
        raise IdenfyUnavailable
    seconds = members.get("expiryTime")
    valid_for = timedelta(seconds=seconds) if type(seconds) is int and seconds > 0 else LINK_VALID_FOR
    return Opened(client_id, scan_ref, link, asked_at + min(valid_for, LINK_VALID_FOR))


def look_up(scan_ref: str) -> Finding | None:
    """What iDenfy says when it is asked; None when there is no result or no answer."""
    try:
        return read_status(ask("/api/v2/status", {"scanRef": scan_ref}, expected=200), scan_ref)
    except IdenfyUnavailable:
        return None


def ask(path: str, wanted: Mapping[str, Any], *, expected: int) -> bytes:
    """:raises IdenfyUnavailable: no answer, or another one than expected."""
    try:
        reply = call(
            "POST",
            f"{base_url()}{path}",
            body=json.dumps(wanted).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Authorization": credentials(),
            },
            limits=LIMITS,
            allow_private=settings.DEBUG,
        )
    except Unreachable as failure:
        log.warning("idenfy_unreachable", reason=failure.reason.value, detail=failure.detail)
        raise IdenfyUnavailable from failure
    if reply.status != expected or reply.is_truncated:
        note_refusal(path, reply)
        raise IdenfyUnavailable
    return reply.body


def note_refusal(path: str, reply: Reply) -> None:
    """iDenfy's code goes into the log; its message may repeat what was sent."""
    code = text_in(members_of(reply.body), "identifier", 40)
    if code in NEEDS_AN_OPERATOR or reply.status in {401, 403}:
        log.error("idenfy_needs_an_operator", path=path, status=reply.status, code=code)
    else:
        log.warning("idenfy_refused", path=path, status=reply.status, code=code)


def link_in(members: Mapping[str, object]) -> str:
    """Where the buyer goes: iDenfy's `redirectUrl`, or its older address with the token. "" when there is neither."""
    link, token = text_in(members, "redirectUrl", LINK_LENGTH), text_in(members, "authToken", LINK_LENGTH)
    if link:
        return link if is_web_address(link) else ""
    return f"{base_url()}/api/v2/redirect?authToken={quote(token, safe='')}" if token else ""


def is_web_address(link: str) -> bool:
    """The buyer's passport goes there: encrypted, but for development."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return bool(parts.hostname) and parts.scheme in ({"https", "http"} if settings.DEBUG else {"https"})


def credentials() -> str:
    pair = f"{settings.IDENFY_API_KEY}:{settings.IDENFY_API_SECRET}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def base_url() -> str:
    """IDENFY_URL; plain http only in development, because the secret goes with every request.

    :raises ImproperlyConfigured: for an unencrypted address outside development.
    """
    url: str = settings.IDENFY_URL.rstrip("/")
    if not settings.DEBUG and not url.startswith("https://"):
        raise ImproperlyConfigured("IDENFY_URL must start with https:// when DEBUG is off.")
    return url
