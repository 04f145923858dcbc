"""VIES without the network: the same bodies, chosen by the number or set beforehand, read by the same reader.

The codes are those of the Commission's own test service (domain B.2, contract 15 and 16.15).
"""

import json
import re
import secrets
import string

from django.utils import timezone

from buyers.models import SandboxAnswer
from buyers.vies.answers import Answer, Question, read_reply
from buyers.vies.live import ServiceStatus
from buyers.vies.numbers import MEMBER_STATES, VatNumber, split_vat_number
from nt24.http import Reply

PROVIDER = "sandbox"
VALID, INVALID = "VALID", "INVALID"
ANSWER_FOR_CODE = {
    "100": VALID,
    "200": INVALID,
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
NEXT_ANSWERS = tuple(ANSWER_FOR_CODE.values())
CODED_NUMBER = re.compile(r"(?:.*X)?([1-6]0[0-2])")
CONSULTATION_NUMBER_PREFIX = "WAPIAAAA"
CONSULTATION_NUMBER_SIGNS = string.ascii_letters + string.digits


def set_next(vat_number: str, next: str, times: int = 1) -> None:  # noqa: A002  the member is called so
    """Let the coming `times` checks of this number be answered with `next`, after those already set.

    Kept in the database, because one process sets them and another one asks.

    :raises ValueError: when `next` is none of NEXT_ANSWERS or `times` is below 1.
    """
    if next not in NEXT_ANSWERS:
        raise ValueError(f"{next} is no answer of VIES; there are {', '.join(NEXT_ANSWERS)}.")
    if times < 1:
        raise ValueError("An answer is set for at least one check.")
    number = str(split_vat_number(vat_number))
    SandboxAnswer.objects.bulk_create(SandboxAnswer(vat_number=number, answer=next) for _ in range(times))


def ask_sandbox(question: Question) -> Answer:
    """The answer set for this number, used up by asking; else the one its own digits ask for."""
    asked_at = timezone.now()
    number = split_vat_number(question.vat_number)
    body = reply_body(question, take_next(number) or answer_in(number))
    reply = Reply(status=200, headers={}, body=body.encode(), milliseconds=0)
    return read_reply(
        reply, asked=number, requested=question.request_json(), asked_at=asked_at, provider=PROVIDER
    )


def sandbox_status() -> ServiceStatus:
    return ServiceStatus(is_available=True, member_states=dict.fromkeys(MEMBER_STATES, True))


def take_next(number: VatNumber) -> str | None:
    """The oldest answer set for the number, used by exactly one of several askers: who deletes it has it."""
    for waiting in SandboxAnswer.objects.filter(vat_number=str(number)).order_by("pk"):
        deleted, _ = SandboxAnswer.objects.filter(pk=waiting.pk).delete()
        if deleted:
            return waiting.answer
    return None


def answer_in(number: VatNumber) -> str:
    """`DE200` and `NL7001X200` ask for 200; every other number is valid."""
    coded = CODED_NUMBER.fullmatch(number.body)
    return ANSWER_FOR_CODE.get(coded.group(1), VALID) if coded else VALID


def reply_body(question: Question, answer: str) -> str:
    """JSON in the shape of the real service."""
    if answer not in {VALID, INVALID}:
        return json.dumps({"actionSucceed": False, "errorWrappers": [{"error": answer}]})
    is_valid = answer == VALID
    number = split_vat_number(question.vat_number)
    given = {
        "traderName": question.company_name,
        "traderStreet": question.street,
        "traderPostalCode": question.postal_code,
        "traderCity": question.city,
        "traderCompanyType": "",
    }
    address = [question.street, f"{question.postal_code} {question.city}".strip()]
    members = {
        "countryCode": number.country,
        "vatNumber": number.body,
        "requestDate": timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "valid": is_valid,
        "requestIdentifier": consultation_number() if question.requester_vat_number else "",
        "name": (question.company_name or f"Sandbox Company {number}") if is_valid else "---",
        "address": ("\n".join(filter(None, address)) or "---") if is_valid else "---",
        **{name: text if is_valid and text else "---" for name, text in given.items()},
        **{f"{name}Match": "VALID" if is_valid and text else "NOT_PROCESSED" for name, text in given.items()},
    }
    return json.dumps(members, ensure_ascii=False)


def consultation_number() -> str:
    """Sixteen signs as the real ones have, different each time."""
    return CONSULTATION_NUMBER_PREFIX + "".join(secrets.choice(CONSULTATION_NUMBER_SIGNS) for _ in range(8))
