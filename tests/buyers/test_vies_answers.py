"""What counts as an answer of VIES: one with a 2xx status about the number that was asked (contract 17.14)."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from structlog.testing import capture_logs

from buyers import checks
from buyers.models import ViesCheck
from buyers.vies import Outcome, Question, ask, live
from nt24.http import Limits
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.servers.scripted import ScriptedServer, drips
from tests.servers.vies import CONSULTATION_NUMBER

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = {"vatNumber": "40303265045", "countryCode": "FR"}
GREEK, IRISH, NORTHERN = "EL094259216", "IE6388047V", "XI110305878"


def question(vat_number="FR40303265045"):
    return Question(vat_number, requester_vat_number="DE136695976")


def told(answer):
    return answer.outcome, answer.error_code, answer.retryable


@pytest.mark.parametrize(
    "about",
    [
        {"countryCode": "FR", "vatNumber": "40303265046"},
        {"countryCode": "BE", "vatNumber": "40303265045"},
        {"countryCode": "FR", "vatNumber": "BE40303265045"},
        {"countryCode": "FR", "vatNumber": ""},
        {"countryCode": "FR", "vatNumber": None},
        {"countryCode": None, "vatNumber": "40303265045"},
        {"countryCode": "FR", "vatNumber": 40303265045},
        {"countryCode": "FR", "vatNumber": ["40303265045"]},
        {"countryCode": "FR4", "vatNumber": "0303265045"},
    ],
)
@pytest.mark.parametrize("verdict", ["says_valid", "says_invalid"])
def test_an_answer_about_another_number_is_an_outage(vies_server, verdict, about):
    getattr(vies_server, verdict)(**about)

    with capture_logs() as logs:
        answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, "ANSWER_ABOUT_ANOTHER_NUMBER", True)
    assert (answer.consultation_number, answer.trader_name, answer.trader_address) == ("", "", "")
    assert answer.matches == {}
    assert [entry["event"] for entry in logs] == ["vies_answer_does_not_count"]
    assert logs[0]["member_state"] == "FR"
    assert "40303265045" not in json.dumps(logs)


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        (GREEK, {"countryCode": "GR", "vatNumber": "094259216"}),
        (GREEK, {"countryCode": "EL", "vatNumber": "EL094259216"}),
        ("GR094259216", {"countryCode": "EL", "vatNumber": "094259216"}),
        (IRISH, {"countryCode": "ie", "vatNumber": "6388047v"}),
        (IRISH, {"countryCode": "IE", "vatNumber": " 6388047 V "}),
        (NORTHERN, {"countryCode": "XI", "vatNumber": "110 3058 78"}),
    ],
)
def test_the_same_number_written_in_another_way_is_the_one_asked(vies_server, asked, about):
    vies_server.says_valid(**about)

    answer = ask(question(asked))

    assert told(answer) == (Outcome.VALID, "", False)
    assert answer.consultation_number == CONSULTATION_NUMBER


def test_great_britain_does_not_answer_for_northern_ireland(vies_server):
    vies_server.says_valid(countryCode="GB")

    assert told(ask(question(NORTHERN))) == (Outcome.UNKNOWN, "ANSWER_ABOUT_ANOTHER_NUMBER", True)


@pytest.mark.parametrize("status", [301, 302, 304, 401, 404, 408, 418, 429, 451, 500, 502, 504])
@pytest.mark.parametrize("valid", [True, False])
def test_a_verdict_of_another_status_than_2xx_is_an_outage(vies_server, status, valid):
    vies_server.says(json.dumps({**ASKED, "valid": valid}).encode(), status)

    assert told(ask(question())) == (Outcome.UNKNOWN, f"HTTP_{status}", True)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Maintenance</title><p>valid: true",
        b"",
        b"\x00",
        b"null",
        b"true",
        json.dumps({**ASKED, "valid": True}).encode()[:-1],
        json.dumps({**ASKED, "valid": "false"}).encode(),
        json.dumps({**ASKED, "valid": 1}).encode(),
        json.dumps({**ASKED, "valid": [True]}).encode(),
        json.dumps({**ASKED, "isValid": True}).encode(),
        json.dumps({**ASKED, "valid": True}).encode("utf-16"),
        json.dumps({**ASKED, "valid": True, "name": "Müller"}, ensure_ascii=False).encode("latin-1"),
        gzip.compress(json.dumps({**ASKED, "valid": True}).encode(), mtime=0),
        b'{"countryCode": "FR", "vatNumber": "40303265045", "valid": true, "valid": false}',
        b'{"countryCode": "FR", "vatNumber": "40303265045", "vatNumber": "1", "valid": true}',
        json.dumps({**ASKED, "valid": True, "name": "x" * 70_000}).encode(),
    ],
)
def test_a_body_that_is_no_verdict_is_an_outage_that_is_logged(vies_server, body):
    vies_server.says(body)

    with capture_logs() as logs:
        answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, "UNREADABLE_ANSWER", True)
    assert [entry["event"] for entry in logs] == ["vies_answer_does_not_count"]


def test_a_compressed_answer_that_nobody_asked_for_is_an_outage(vies_server):
    vies_server.says(b"\x1f\x8bgarbage", Content_Encoding="gzip")

    assert told(ask(question())) == (Outcome.UNKNOWN, "UNREADABLE_ANSWER", True)


@pytest.mark.parametrize("without", ["requestDate", "name", "address", "requestIdentifier"])
def test_a_verdict_without_one_of_the_other_members_counts(vies_server, without):
    vies_server.says_valid(**{without: None})

    assert told(ask(question())) == (Outcome.VALID, "", False)


def test_an_answer_that_drips_is_an_outage(vies_server, settings):
    with ScriptedServer(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" ")) as server:
        settings.VIES_URL = server.url
        answer = live.ask_live(question(), limits=Limits(total_seconds=0.3))

    assert told(answer) == (Outcome.UNKNOWN, "UNREACHABLE", True)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Fri, 20 Nov 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Fri, 20 Nov 2026 11:30:00 GMT", timedelta()),
        ("999999999999", timedelta(hours=6)),
        ("-5", timedelta()),
        ("soon", timedelta()),
        ("²", timedelta()),
    ],
)
def test_a_pause_that_the_service_asks_for_is_kept_within_reason(vies_server, header, wait):
    vies_server.says(b"slow down", 429, Retry_After=header.encode().decode("latin-1"))

    with time_machine.travel(NOON, tick=False):
        assert ask(question()).retry_after == wait


# --- What becomes of the check -------------------------------------------------------------------------------------


@pytest.fixture
def clock():
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def kyc_path(clock, partner, vies_server):
    """A buyer whose check is queued."""
    buyer = taken(partner.post("P/buyers", KOWALSKI), 201)
    path = f"P/buyers/{buyer['uuid']}/kyc"
    taken(partner.post(f"{path}/vies-check"), 202)
    return path


def result_shown(partner, path):
    return taken(partner.get(path), 200)["viesResult"]


@pytest.mark.parametrize("code", ["IP_BLOCKED", "VAT_BLOCKED"])
def test_a_block_is_tried_again_by_itself(partner, clock, vies_server, kyc_path, code):
    vies_server.says_error(code)
    checks.ask_due()
    assert result_shown(partner, kyc_path) == "PENDING"

    clock.shift(3)
    checks.ask_due()
    assert result_shown(partner, kyc_path) == "VALID"


def test_an_answer_about_another_number_leaves_nothing_behind_and_is_asked_again(
    partner, clock, vies_server, kyc_path
):
    vies_server.says_invalid(vatNumber="1")
    checks.ask_due()
    check = ViesCheck.objects.get()
    assert (check.status, check.consultation_number, check.raw_sha256) == ("QUEUED", "", "")

    clock.shift(3)
    checks.ask_due()
    assert result_shown(partner, kyc_path) == "VALID"


def test_nothing_is_asked_before_the_service_wants_it(partner, clock, vies_server, kyc_path):
    vies_server.says(b"", 503, Retry_After="600")
    checks.ask_due()
    clock.shift(599)
    checks.ask_due()
    assert len(vies_server.asked) == 1

    clock.shift(1)
    checks.ask_due()
    assert result_shown(partner, kyc_path) == "VALID"
