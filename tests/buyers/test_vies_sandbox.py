"""The sandbox provider: answers by number, answers set beforehand, and bodies like the real ones."""

import hashlib
import json
import re

import pytest
from django.utils import timezone
from pytest_django import Settings

from buyers.models import SandboxAnswer
from buyers.vies import NEXT_ANSWERS, Answer, Outcome, Question, ask, set_next, status_of_member_states
from buyers.vies.answers import read_reply
from buyers.vies.numbers import split_vat_number
from nt24.http import call
from tests.servers.vies import TEST_SERVICE, ViesServer

pytestmark = pytest.mark.django_db

VALID = (Outcome.VALID, "", False)
INVALID = (Outcome.INVALID, "", False)
DOWN = (Outcome.UNKNOWN, "MS_UNAVAILABLE", True)


@pytest.fixture(autouse=True)
def sandbox_provider(settings: Settings) -> None:
    settings.VIES_PROVIDER = "sandbox"


def told(answer: Answer) -> tuple[Outcome, str, bool]:
    return answer.outcome, answer.error_code, answer.retryable


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("100", VALID),
        ("123456789", VALID),
        ("0X", VALID),
        ("999", VALID),
        ("7001X999", VALID),
        ("1200", VALID),
        ("200", INVALID),
        ("201", (Outcome.INVALID, "INVALID_INPUT", False)),
        ("202", (Outcome.UNKNOWN, "INVALID_REQUESTER_INFO", False)),
        ("300", (Outcome.UNKNOWN, "SERVICE_UNAVAILABLE", True)),
        ("301", DOWN),
        ("302", (Outcome.UNKNOWN, "TIMEOUT", True)),
        ("400", (Outcome.UNKNOWN, "VAT_BLOCKED", True)),
        ("401", (Outcome.UNKNOWN, "IP_BLOCKED", True)),
        ("500", (Outcome.UNKNOWN, "GLOBAL_MAX_CONCURRENT_REQ", True)),
        ("501", (Outcome.UNKNOWN, "GLOBAL_MAX_CONCURRENT_REQ_TIME", True)),
        ("600", (Outcome.UNKNOWN, "MS_MAX_CONCURRENT_REQ", True)),
        ("601", (Outcome.UNKNOWN, "MS_MAX_CONCURRENT_REQ_TIME", True)),
        ("7001X100", VALID),
        ("7001X200", INVALID),
        ("X301", DOWN),
    ],
)
def test_the_number_chooses_the_answer(body: str, expected: tuple[Outcome, str, bool]) -> None:
    assert told(ask(Question(f"NL{body}"))) == expected


@pytest.mark.parametrize(
    "number",
    ["100", "200", "201", "202", "300", "301", "302", "400", "401", "500", "501", "600", "601"],
)
def test_test_numbers_are_answered_as_by_the_official_test_service(number: str) -> None:
    question = Question(f"NL{number}", requester_vat_number="DE136695976")
    with ViesServer() as server:
        reply = call(
            "POST", server.url + TEST_SERVICE, body=question.request_json().encode(), allow_private=True
        )
    asked = split_vat_number(question.vat_number)
    official = read_reply(reply, asked=asked, requested="", asked_at=timezone.now(), provider="live")

    assert told(ask(question)) == told(official)


def test_a_valid_answer_looks_like_a_real_one() -> None:
    question = Question(
        "GR094259216",
        requester_vat_number="DE136695976",
        company_name="Αυτοκίνητα Α.Ε.",
        street="Ερμού 1",
        postal_code="105 63",
        city="Αθήνα",
    )

    answer = ask(question)

    raw = json.loads(answer.raw)
    assert re.fullmatch(r"WAPIAAAA[A-Za-z0-9]{8}", answer.consultation_number)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", raw.pop("requestDate"))
    assert raw == {
        "countryCode": "EL",
        "vatNumber": "094259216",
        "valid": True,
        "requestIdentifier": answer.consultation_number,
        "name": "Αυτοκίνητα Α.Ε.",
        "address": "Ερμού 1\n105 63 Αθήνα",
        "traderName": "Αυτοκίνητα Α.Ε.",
        "traderStreet": "Ερμού 1",
        "traderPostalCode": "105 63",
        "traderCity": "Αθήνα",
        "traderCompanyType": "---",
        "traderNameMatch": "VALID",
        "traderStreetMatch": "VALID",
        "traderPostalCodeMatch": "VALID",
        "traderCityMatch": "VALID",
        "traderCompanyTypeMatch": "NOT_PROCESSED",
    }
    assert (answer.trader_name, answer.trader_address) == ("Αυτοκίνητα Α.Ε.", "Ερμού 1\n105 63 Αθήνα")
    assert answer.provider == "sandbox"
    assert answer.requested == question.request_json()
    assert answer.raw_sha256 == hashlib.sha256(answer.raw.encode()).hexdigest()


def test_every_consultation_has_its_own_number() -> None:
    question = Question("NL100", requester_vat_number="DE136695976")

    assert len({ask(question).consultation_number for _ in range(20)}) == 20


def test_without_a_requester_there_is_no_consultation_number() -> None:
    assert ask(Question("NL100")).consultation_number == ""


def test_an_invalid_answer_discloses_nothing() -> None:
    answer = ask(Question("NL200", requester_vat_number="DE136695976", company_name="Garage"))

    assert (answer.trader_name, answer.trader_address) == ("", "")
    assert json.loads(answer.raw)["name"] == "---"
    assert answer.matches == dict.fromkeys(
        ["name", "street", "postalCode", "city", "companyType"], "NOT_PROCESSED"
    )


def test_answers_set_beforehand_come_in_their_order_and_are_used_up() -> None:
    set_next("FR123", "MS_UNAVAILABLE", times=2)
    set_next("FR123", "INVALID")

    answers = [told(ask(Question("FR123"))) for _ in range(4)]

    assert answers == [DOWN, DOWN, INVALID, VALID]
    assert not SandboxAnswer.objects.exists()


def test_an_answer_set_beforehand_wins_over_the_number_and_stays_with_it() -> None:
    set_next("FR200", "VALID")

    assert told(ask(Question("FR201"))) == (Outcome.INVALID, "INVALID_INPUT", False)
    assert told(ask(Question("FR200"))) == VALID
    assert told(ask(Question("FR200"))) == INVALID


def test_a_greek_number_is_set_under_either_prefix() -> None:
    set_next("GR094259216", "INVALID")

    assert told(ask(Question("EL094259216"))) == INVALID


@pytest.mark.parametrize("answer", NEXT_ANSWERS)
def test_every_answer_of_vies_can_be_set(answer: str) -> None:
    set_next("FR123", answer)

    told_answer = ask(Question("FR123"))

    assert (told_answer.error_code or told_answer.outcome) == answer


@pytest.mark.parametrize(("answer", "times"), [("MAYBE", 1), ("", 1), ("VALID", 0)])
def test_an_impossible_answer_is_refused(answer: str, times: int) -> None:
    with pytest.raises(ValueError, match=r"no answer of VIES|at least one check"):
        set_next("FR123", answer, times=times)
    assert not SandboxAnswer.objects.exists()


def test_outages_of_one_sandbox_number_do_not_reach_another_of_its_state() -> None:
    for _ in range(10):
        assert told(ask(Question("NL301"))) == DOWN

    assert told(ask(Question("NL100"))) == VALID


def test_the_sandbox_says_that_all_states_answer() -> None:
    status = status_of_member_states()

    assert status.is_available is True
    assert len(status.member_states) == 28
    assert status.member_states["EL"] is True
    assert "GR" not in status.member_states
