"""Questions to VIES and what its answers mean: the REST bodies, read in one place for both providers.

Three outcomes, never two: an outage is UNKNOWN and never INVALID. An answer counts only when it came with a 2xx
status and names the number that was asked; everything else is an outage (contract 17.14).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from buyers.vies.numbers import VatNumber, split_vat_number
from nt24.http import Reply

UNDISCLOSED = "---"
NAME_LENGTH, ADDRESS_LENGTH, CONSULTATION_NUMBER_LENGTH = 255, 500, 40

# Codes of VIES with a meaning of their own (domain B.4); every other one is an outage and tried again.
INVALID_INPUT = "INVALID_INPUT"
REQUESTER_REFUSED = "INVALID_REQUESTER_INFO"  # the seller's own number; asking again with it helps nobody
NEEDS_AN_OPERATOR = frozenset({"VAT_BLOCKED", "IP_BLOCKED"})

# Our own codes, for when VIES said nothing. A status without a readable body is `HTTP_<status>`.
UNREACHABLE = "UNREACHABLE"
UNREADABLE = "UNREADABLE_ANSWER"
ANOTHER_NUMBER = "ANSWER_ABOUT_ANOTHER_NUMBER"
BREAKER_OPEN = "BREAKER_OPEN"

LONGEST_RETRY_AFTER = timedelta(hours=6)  # a longer one is no statement about this service any more

MATCHES = {
    "name": "traderNameMatch",
    "street": "traderStreetMatch",
    "postalCode": "traderPostalCodeMatch",
    "city": "traderCityMatch",
    "companyType": "traderCompanyTypeMatch",
}


class Outcome(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Question:
    """Whose number is asked about, and for whom: without a requester there is no consultation number.

    Empty texts are not sent. VAT numbers carry their country prefix; GR is sent as EL.
    """

    vat_number: str
    requester_vat_number: str | None = None
    company_name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""

    def request_json(self) -> str:
        """The body of the request, members in the order of the service's own description."""
        number = split_vat_number(self.vat_number)
        members = {"countryCode": number.country, "vatNumber": number.body}
        if self.requester_vat_number:
            requester = split_vat_number(self.requester_vat_number)
            members |= {"requesterMemberStateCode": requester.country, "requesterNumber": requester.body}
        trader = {
            "traderName": self.company_name,
            "traderStreet": self.street,
            "traderPostalCode": self.postal_code,
            "traderCity": self.city,
        }
        members |= {name: text for name, text in trader.items() if text}
        return json.dumps(members, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome with its evidence.

    `error_code` is "" or a code of VIES, or UNREACHABLE, UNREADABLE_ANSWER, ANSWER_ABOUT_ANOTHER_NUMBER,
    BREAKER_OPEN, `HTTP_<status>`. `retryable` says that asking again later may help, not before `retry_after` when
    the service has named one. Name, address and consultation number are those of a verdict. `requested` is "" when
    nothing was sent, `raw` and `raw_sha256` when nothing came back; the hash is over the bytes received, of which
    `raw` is the text. `matches` maps name, street, postalCode, city, companyType to VALID, INVALID or NOT_PROCESSED.
    """

    outcome: Outcome
    error_code: str
    retryable: bool
    asked_at: datetime
    provider: str
    consultation_number: str = ""
    trader_name: str = ""
    trader_address: str = ""
    requested: str = ""
    raw: str = ""
    raw_sha256: str = ""
    matches: Mapping[str, str] = field(default_factory=dict)
    retry_after: timedelta = timedelta()


def outage(code: str, *, asked_at: datetime, provider: str, requested: str = "") -> Answer:
    """The answer when none came."""
    return Answer(
        outcome=Outcome.UNKNOWN,
        error_code=code,
        retryable=True,
        asked_at=asked_at,
        provider=provider,
        requested=requested,
    )


def read_reply(
    reply: Reply, *, asked: VatNumber, requested: str, asked_at: datetime, provider: str
) -> Answer:
    """A verdict needs a 2xx status and the number `asked`; an error is decided by its code, whatever the status."""
    members = {} if reply.is_truncated else members_of(reply.body)
    code = error_code_in(members, status=reply.status, asked=asked)
    outcome = outcome_for(code, members, status=reply.status)
    said = members if outcome != Outcome.UNKNOWN else {}
    return Answer(
        outcome=outcome,
        error_code=code,
        retryable=outcome == Outcome.UNKNOWN and code != REQUESTER_REFUSED,
        asked_at=asked_at,
        provider=provider,
        consultation_number=text_in(said, "requestIdentifier", CONSULTATION_NUMBER_LENGTH),
        # Not `traderName` and its like: these may repeat what we have sent, which is no disclosure.
        trader_name=text_in(said, "name", NAME_LENGTH),
        trader_address=text_in(said, "address", ADDRESS_LENGTH),
        requested=requested,
        # A database text cannot hold NUL; a body that is no UTF-8 is no JSON either, its hash stays exact.
        raw=reply.body.decode(errors="backslashreplace").replace("\x00", "\\x00"),
        raw_sha256=hashlib.sha256(reply.body).hexdigest(),
        matches={key: match for key, name in MATCHES.items() if (match := text_in(said, name, 20))},
        retry_after=retry_after_in(reply.headers, asked_at),
    )


def members_of(body: bytes) -> dict[str, object]:
    """The members of a JSON object, none when the body is anything else."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=unambiguous)
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or nested so deep that it is meant as an attack
        return {}
    return value if isinstance(value, dict) else {}


def unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """:raises ValueError: a member comes twice, so that each reader would believe another one."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member comes twice")
    return members


def error_code_in(members: Mapping[str, object], *, status: int, asked: VatNumber) -> str:
    """Why there is no verdict, "" when there is one: then `valid` is true or false and nothing like it."""
    if code := declared_error(members):
        return code
    if not 200 <= status < 300:
        return f"HTTP_{status}"
    if not isinstance(members.get("valid"), bool) or members.get("actionSucceed", True) is not True:
        return UNREADABLE
    return "" if is_about(asked, members) else ANOTHER_NUMBER


def is_about(asked: VatNumber, members: Mapping[str, object]) -> bool:
    """Whether country and number are those that were asked; the service may repeat the prefix before the number."""
    country, body = members.get("countryCode"), members.get("vatNumber")
    if not isinstance(country, str) or not isinstance(body, str):
        return False
    if split_vat_number(country) != VatNumber(asked.country, ""):
        return False
    return asked in (split_vat_number(asked.country + body), split_vat_number(body))


def declared_error(members: Mapping[str, object]) -> str:
    """The first of `errorWrappers`, or a `userError`, as the service's web page gets beside "not valid"."""
    wrappers = members.get("errorWrappers")
    if isinstance(wrappers, list) and wrappers:
        error = wrappers[0].get("error") if isinstance(wrappers[0], dict) else None
        return error if isinstance(error, str) and re.fullmatch(r"[A-Z0-9_-]{1,40}", error) else UNREADABLE
    user_error = text_in(members, "userError", 40)
    return "" if user_error in {"VALID", "INVALID"} else user_error


def outcome_for(code: str, members: Mapping[str, object], *, status: int) -> Outcome:
    if code == INVALID_INPUT and 200 <= status < 300:
        return Outcome.INVALID  # no number of that form exists
    if code:
        return Outcome.UNKNOWN
    return Outcome.VALID if members["valid"] else Outcome.INVALID


def retry_after_in(headers: Mapping[str, str], now: datetime) -> timedelta:
    """RFC 9110, 10.2.3: seconds or a date. Zero when there is none, or none that makes sense."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        wait = timedelta(seconds=int(text[:9]))
    else:
        try:
            wait = parsedate_to_datetime(text) - now
        except (ValueError, TypeError):  # no date, or one without a time zone
            return timedelta()
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def text_in(members: Mapping[str, object], name: str, length: int) -> str:
    """A text as a database and a document can hold it: "" when absent, of another type or undisclosed."""
    value = members.get(name)
    if not isinstance(value, str) or value.strip() == UNDISCLOSED:
        return ""
    storable = value.encode(errors="replace").decode()  # JSON may escape half of a surrogate pair
    printable = (sign for sign in storable if sign.isprintable() or sign == "\n")
    return "".join(printable).strip()[:length]
