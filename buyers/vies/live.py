"""The REST service of the European Commission (domain B.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from buyers.vies.answers import (
    ANOTHER_NUMBER,
    NEEDS_AN_OPERATOR,
    UNREACHABLE,
    UNREADABLE,
    Answer,
    Question,
    members_of,
    outage,
    read_reply,
)
from buyers.vies.numbers import split_vat_number
from nt24.http import Limits, Unreachable, call

PROVIDER = "live"
# Member states are given up to half a minute by the service itself before it says TIMEOUT.
LIMITS = Limits(connect_seconds=5, read_seconds=30, total_seconds=40)
STATUS_LIMITS = Limits(connect_seconds=5, read_seconds=5, total_seconds=10)
OURS_TO_LOG = frozenset({ANOTHER_NUMBER, UNREADABLE})
AVAILABILITY = {"Available": True, "Unavailable": False}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Whether the service and each member state answer; None when nobody says: not monitored, no reply."""

    is_available: bool | None
    member_states: Mapping[str, bool | None] = field(default_factory=dict)


def ask_live(question: Question, *, limits: Limits = LIMITS) -> Answer:
    """One request, no retry; an outage of any kind is an answer.

    A wrong number of the seller (INVALID_REQUESTER_INFO) is reported and not worked round by asking without
    it: that would silently lose the consultation number, the seller's proof of having asked.
    """
    asked_at = timezone.now()
    requested = question.request_json()
    try:
        reply = call(
            "POST",
            f"{base_url()}/check-vat-number",
            body=requested.encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            limits=limits,
            allow_private=settings.DEBUG,
        )
    except Unreachable as failure:
        log.warning("vies_unreachable", reason=failure.reason.value, detail=failure.detail)
        return outage(UNREACHABLE, asked_at=asked_at, provider=PROVIDER, requested=requested)
    number = split_vat_number(question.vat_number)
    answer = read_reply(reply, asked=number, requested=requested, asked_at=asked_at, provider=PROVIDER)
    if answer.error_code in NEEDS_AN_OPERATOR:
        log.error("vies_needs_an_operator", code=answer.error_code)
    elif answer.error_code in OURS_TO_LOG:
        log.warning(
            "vies_answer_does_not_count",
            code=answer.error_code,
            member_state=number.country,
            status=reply.status,
            sha256=answer.raw_sha256,
        )
    return answer


def live_status(*, limits: Limits = STATUS_LIMITS) -> ServiceStatus:
    """What `/check-status` says; everything None when it does not say it."""
    try:
        reply = call("GET", f"{base_url()}/check-status", limits=limits, allow_private=settings.DEBUG)
    except Unreachable as failure:
        log.warning("vies_status_unreachable", reason=failure.reason.value)
        return ServiceStatus(is_available=None)
    members = members_of(reply.body)
    vow, countries = members.get("vow"), members.get("countries")
    available = vow.get("available") if isinstance(vow, dict) else None
    return ServiceStatus(
        is_available=available if isinstance(available, bool) else None,
        member_states={
            str(country["countryCode"]): AVAILABILITY.get(str(country.get("availability")))
            for country in (countries if isinstance(countries, list) else [])
            if isinstance(country, dict) and "countryCode" in country
        },
    )


def base_url() -> str:
    """VIES_URL; plain http only where private addresses are allowed, because the answer is evidence.

    :raises ImproperlyConfigured: for an unencrypted address outside development.
    """
    url = settings.VIES_URL.rstrip("/")
    if not settings.DEBUG and not url.startswith("https://"):
        raise ImproperlyConfigured("VIES_URL must start with https:// when DEBUG is off.")
    return url
