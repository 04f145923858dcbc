"""The live VIES provider over real sockets: what is sent, how every answer is read, and the breaker."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from structlog.testing import capture_logs

from buyers.vies import Answer, Outcome, Question, ask, breaker, live, status_of_member_states
from nt24.http import Limits
from tests.servers.scripted import ScriptedServer, floods, unused_port
from tests.servers.vies import CONSULTATION_NUMBER, ERROR_FOR_TEST_NUMBER, ViesServer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RETRYABLE_CODES = sorted(
    set(ERROR_FOR_TEST_NUMBER.values())
    - {"INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED"}
)
ABOUT = '"countryCode": "FR", "vatNumber": "40303265045"'


def question(vat_number: str = "FR40303265045", **changes: str) -> Question:
    return Question(**{"vat_number": vat_number, "requester_vat_number": "DE136695976"} | changes)


def told(answer: Answer) -> tuple[Outcome, str, bool]:
    return answer.outcome, answer.error_code, answer.retryable


def test_a_question_is_sent_with_exactly_the_members_of_the_service(vies_server: ViesServer) -> None:
    ask(
        question(
            company_name="Garage Müller & Fils",
            street="1 rue de la Paix",
            postal_code="75002",
            city="Paris",
        )
    )

    [asked] = vies_server.asked
    assert (asked.method, asked.path) == ("POST", "/check-vat-number")
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.members == {
        "countryCode": "FR",
        "vatNumber": "40303265045",
        "requesterMemberStateCode": "DE",
        "requesterNumber": "136695976",
        "traderName": "Garage Müller & Fils",
        "traderStreet": "1 rue de la Paix",
        "traderPostalCode": "75002",
        "traderCity": "Paris",
    }


def test_what_is_not_known_is_not_sent(vies_server: ViesServer) -> None:
    answer = ask(Question("FR40303265045"))

    assert vies_server.asked[0].members == {"countryCode": "FR", "vatNumber": "40303265045"}
    assert answer.consultation_number == ""


@pytest.mark.parametrize("written", ["GR094259216", "EL094259216", "el 094.259-216"])
def test_a_greek_number_is_asked_as_el(vies_server: ViesServer, written: str) -> None:
    ask(Question(written, requester_vat_number=written))

    assert vies_server.asked[0].members == {
        "countryCode": "EL",
        "vatNumber": "094259216",
        "requesterMemberStateCode": "EL",
        "requesterNumber": "094259216",
    }


def test_a_valid_number_comes_with_its_evidence(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False):
        answer = ask(question(company_name="John Doe", city="Elsewhere"))

    assert told(answer) == (Outcome.VALID, "", False)
    assert answer.consultation_number == CONSULTATION_NUMBER
    assert answer.trader_name == "John Doe"
    assert answer.trader_address == "123 Main St, Anytown, UK"
    assert answer.asked_at == NOON
    assert answer.provider == "live"
    assert answer.matches == {
        "name": "VALID",
        "street": "NOT_PROCESSED",
        "postalCode": "NOT_PROCESSED",
        "city": "VALID",
        "companyType": "NOT_PROCESSED",
    }
    assert answer.requested.encode() == vies_server.asked[0].body
    assert json.loads(answer.raw)["requestIdentifier"] == CONSULTATION_NUMBER


def test_an_invalid_number_is_a_verdict_with_undisclosed_texts_left_empty(vies_server: ViesServer) -> None:
    vies_server.says_invalid()

    answer = ask(question())

    assert told(answer) == (Outcome.INVALID, "", False)
    assert (answer.trader_name, answer.trader_address) == ("", "")
    assert answer.consultation_number == CONSULTATION_NUMBER


def test_the_hash_is_over_the_bytes_received(vies_server: ViesServer) -> None:
    body = f'{{"valid" : true, {ABOUT},\n "name": "Łódź  Żółw"}}\n'.encode()
    vies_server.says(body)

    answer = ask(question())

    assert answer.outcome == Outcome.VALID
    assert answer.raw.encode() == body
    assert answer.raw_sha256 == hashlib.sha256(body).hexdigest()


def test_bytes_that_are_no_text_are_hashed_as_they_came_and_kept_readable(vies_server: ViesServer) -> None:
    body = b'{"valid": true, "name": "M\xfcller\x00"}'
    vies_server.says(body)

    answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, "UNREADABLE_ANSWER", True)
    assert answer.raw == '{"valid": true, "name": "M\\xfcller\\x00"}'
    assert answer.raw_sha256 == hashlib.sha256(body).hexdigest()


def test_a_verdict_about_the_number_is_enough(vies_server: ViesServer) -> None:
    vies_server.says(f'{{"valid": true, {ABOUT}}}'.encode())

    answer = ask(question())

    assert told(answer) == (Outcome.VALID, "", False)
    assert answer.consultation_number == answer.trader_name == answer.trader_address == ""
    assert answer.matches == {}


def test_texts_that_repeat_the_question_are_no_disclosure(vies_server: ViesServer) -> None:
    vies_server.says_valid(name="---", address="---")

    answer = ask(question("DE136695976", company_name="Autohaus", city="Berlin"))

    assert json.loads(answer.raw)["traderName"] == "Autohaus"
    assert (answer.trader_name, answer.trader_address) == ("", "")
    assert (answer.matches["name"], answer.matches["city"]) == ("VALID", "VALID")


def test_texts_are_stripped_of_what_a_database_or_a_page_cannot_hold(vies_server: ViesServer) -> None:
    texts = r'"name": "A\u0000B\u001b[31m\ud800", "address": "x\ny", "requestIdentifier": 7'
    vies_server.says(f'{{"valid": true, {ABOUT}, {texts}}}'.encode())

    answer = ask(question())

    assert (answer.trader_name, answer.trader_address, answer.consultation_number) == ("AB[31m?", "x\ny", "")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", [*RETRYABLE_CODES, "VOW-ERR-1", "A_CODE_NOBODY_KNOWS_YET"])
def test_an_outage_is_unknown_and_tried_again_whatever_the_status(
    vies_server: ViesServer, code: str, status: int
) -> None:
    vies_server.says_error(code, status)

    assert told(ask(question())) == (Outcome.UNKNOWN, code, True)


def test_bad_input_is_an_invalid_number(vies_server: ViesServer) -> None:
    vies_server.says_error("INVALID_INPUT")

    assert told(ask(question())) == (Outcome.INVALID, "INVALID_INPUT", False)


@pytest.mark.parametrize("status", [400, 500])
def test_bad_input_of_a_failed_call_is_no_verdict(vies_server: ViesServer, status: int) -> None:
    vies_server.says_error("INVALID_INPUT", status)

    assert told(ask(question())) == (Outcome.UNKNOWN, "INVALID_INPUT", True)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_refused_requester_is_unknown_and_not_retried(vies_server: ViesServer, status: int) -> None:
    vies_server.says_error("INVALID_REQUESTER_INFO", status)

    assert told(ask(question())) == (Outcome.UNKNOWN, "INVALID_REQUESTER_INFO", False)


@pytest.mark.parametrize("code", ["VAT_BLOCKED", "IP_BLOCKED"])
def test_a_block_is_an_outage_that_an_operator_is_told_of_without_numbers(
    vies_server: ViesServer, code: str
) -> None:
    vies_server.says_error(code)

    with capture_logs() as logs:
        answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, code, True)
    assert logs == [{"event": "vies_needs_an_operator", "code": code, "log_level": "error"}]
    assert len(vies_server.asked) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"valid": true', 200, "UNREADABLE_ANSWER"),
        (b"", 200, "UNREADABLE_ANSWER"),
        (b"[true]", 200, "UNREADABLE_ANSWER"),
        (b"[" * 60_000, 200, "UNREADABLE_ANSWER"),
        (b'{"valid": "true"}', 200, "UNREADABLE_ANSWER"),
        (b'{"valid": 0}', 200, "UNREADABLE_ANSWER"),
        (b'{"valid": null}', 200, "UNREADABLE_ANSWER"),
        (b'{"valid": false, "actionSucceed": false}', 200, "UNREADABLE_ANSWER"),
        (b'{"errorWrappers": [{"error": "<script>"}]}', 200, "UNREADABLE_ANSWER"),
        (b'{"errorWrappers": ["TIMEOUT"]}', 200, "UNREADABLE_ANSWER"),
        (b'{"valid": false, "userError": "MS_UNAVAILABLE"}', 200, "MS_UNAVAILABLE"),
        (b'{"valid": false, "errorWrappers": [{"error": "TIMEOUT"}]}', 200, "TIMEOUT"),
        (b"<html>Request Rejected</html>", 403, "HTTP_403"),
        (b"slow down", 429, "HTTP_429"),
        (b'{"message": "slow down"}', 429, "HTTP_429"),
        (b"<html>Bad Gateway</html>", 502, "HTTP_502"),
        (b"", 503, "HTTP_503"),
    ],
)
def test_an_answer_without_a_verdict_is_never_invalid(
    vies_server: ViesServer, body: bytes, status: int, code: str
) -> None:
    vies_server.says(body, status)

    assert told(ask(question())) == (Outcome.UNKNOWN, code, True)


def test_a_user_error_that_repeats_the_verdict_changes_nothing(vies_server: ViesServer) -> None:
    vies_server.says_invalid(userError="INVALID")

    assert told(ask(question())) == (Outcome.INVALID, "", False)


def test_an_endless_answer_is_cut_and_unknown(vies_server: ViesServer, settings: Settings) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + b'{"valid": true, "name": "'
    with ScriptedServer(floods(head, b"x" * 16384, [])) as server:
        settings.VIES_URL = server.url
        answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, "UNREADABLE_ANSWER", True)
    assert len(answer.raw) == 64 * 1024


def test_a_complete_object_at_the_cut_is_not_believed(vies_server: ViesServer, settings: Settings) -> None:
    whole = b'{"valid": true}'.ljust(64 * 1024)
    with ScriptedServer(floods(b"HTTP/1.1 200 OK\r\n\r\n" + whole, b"}", [])) as server:
        settings.VIES_URL = server.url
        answer = ask(question())

    assert told(answer) == (Outcome.UNKNOWN, "UNREADABLE_ANSWER", True)


def test_a_silent_service_is_an_outage(vies_server: ViesServer) -> None:
    vies_server.is_silent()

    answer = live.ask_live(question(), limits=Limits(read_seconds=0.2))

    assert told(answer) == (Outcome.UNKNOWN, "UNREACHABLE", True)
    assert answer.requested.encode() == vies_server.asked[0].body
    assert (answer.raw, answer.raw_sha256) == ("", "")


def test_a_reset_connection_is_an_outage(vies_server: ViesServer) -> None:
    vies_server.resets_the_connection()

    assert told(ask(question())) == (Outcome.UNKNOWN, "UNREACHABLE", True)


def test_a_service_that_is_not_there_is_an_outage(vies_server: ViesServer, settings: Settings) -> None:
    settings.VIES_URL = f"http://127.0.0.1:{unused_port()}"

    assert told(ask(question())) == (Outcome.UNKNOWN, "UNREACHABLE", True)


def test_a_redirect_is_not_followed(vies_server: ViesServer) -> None:
    vies_server.says(b"", 307, Location=f"{vies_server.url}/check-vat-number")

    assert told(ask(question())) == (Outcome.UNKNOWN, "HTTP_307", True)
    assert len(vies_server.asked) == 1


def test_outside_development_an_unencrypted_service_is_refused(
    vies_server: ViesServer, settings: Settings
) -> None:
    settings.DEBUG = False

    with pytest.raises(ImproperlyConfigured, match="must start with https://"):
        ask(question())
    assert vies_server.connections == 0


def test_outside_development_a_local_service_is_refused(vies_server: ViesServer, settings: Settings) -> None:
    settings.DEBUG = False
    settings.VIES_URL = f"https://127.0.0.1:{vies_server.port}"

    assert told(ask(question())) == (Outcome.UNKNOWN, "UNREACHABLE", True)
    assert vies_server.connections == 0


def test_an_unknown_provider_is_refused(settings: Settings) -> None:
    settings.VIES_PROVIDER = "guess"

    with pytest.raises(ImproperlyConfigured, match="sandbox or live, not guess"):
        ask(question())


# --- The breaker -------------------------------------------------------------------------------------------


def let_fail(server: ViesServer, times: int, vat_number: str = "FR40303265045") -> list[Answer]:
    server.says_error("MS_UNAVAILABLE", times=times)
    return [ask(question(vat_number)) for _ in range(times)]


def test_five_outages_in_a_row_open_the_breaker(vies_server: ViesServer) -> None:
    failed = let_fail(vies_server, breaker.OUTAGES_TO_OPEN)

    answer = ask(question())

    assert [told(one) for one in failed] == [(Outcome.UNKNOWN, "MS_UNAVAILABLE", True)] * 5
    assert told(answer) == (Outcome.UNKNOWN, "BREAKER_OPEN", True)
    assert (answer.requested, answer.raw, answer.raw_sha256) == ("", "", "")
    assert breaker.is_open("FR")
    assert len(vies_server.asked) == 5


@pytest.mark.parametrize("between", ["says_valid", "says_invalid"])
def test_any_verdict_starts_the_count_anew(vies_server: ViesServer, between: str) -> None:
    let_fail(vies_server, 4)
    getattr(vies_server, between)()
    ask(question())
    let_fail(vies_server, 4)

    assert told(ask(question())) == (Outcome.VALID, "", False)
    assert not breaker.is_open("FR")


def test_the_breaker_of_one_state_leaves_the_others_alone(vies_server: ViesServer) -> None:
    let_fail(vies_server, 5, "DE136695976")

    assert told(ask(question("FR40303265045"))) == (Outcome.VALID, "", False)
    assert told(ask(question("DE136695976"))) == (Outcome.UNKNOWN, "BREAKER_OPEN", True)


def test_greece_has_one_breaker_under_both_prefixes(vies_server: ViesServer) -> None:
    let_fail(vies_server, 5, "GR094259216")

    assert told(ask(question("EL094259216"))) == (Outcome.UNKNOWN, "BREAKER_OPEN", True)


def test_outages_long_ago_do_not_count(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        let_fail(vies_server, 4)
        clock.shift(timedelta(seconds=breaker.OUTAGES_KEPT_SECONDS + 1))
        let_fail(vies_server, 1)

        assert told(ask(question())) == (Outcome.VALID, "", False)


def test_the_breaker_stays_open_until_the_cool_down_is_over(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        let_fail(vies_server, 5)
        clock.shift(timedelta(seconds=breaker.COOL_DOWN_SECONDS - 1))

        assert told(ask(question())) == (Outcome.UNKNOWN, "BREAKER_OPEN", True)
        assert len(vies_server.asked) == 5


def test_after_the_cool_down_a_good_probe_closes_the_breaker(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        let_fail(vies_server, 5)
        clock.shift(timedelta(seconds=breaker.COOL_DOWN_SECONDS))
        probe, following = ask(question()), ask(question())

    assert told(probe) == told(following) == (Outcome.VALID, "", False)
    assert not breaker.is_open("FR")


def test_a_failed_probe_opens_the_breaker_for_another_cool_down(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        let_fail(vies_server, 5)
        clock.shift(timedelta(seconds=breaker.COOL_DOWN_SECONDS))
        [probe] = let_fail(vies_server, 1)
        clock.shift(timedelta(seconds=breaker.COOL_DOWN_SECONDS - 1))
        held_back = ask(question())
        clock.shift(timedelta(seconds=1))
        second_probe = ask(question())

    assert told(probe) == (Outcome.UNKNOWN, "MS_UNAVAILABLE", True)
    assert told(held_back) == (Outcome.UNKNOWN, "BREAKER_OPEN", True)
    assert told(second_probe) == (Outcome.VALID, "", False)
    assert len(vies_server.asked) == 7


def test_only_one_probe_goes_out_and_a_lost_one_is_replaced(vies_server: ViesServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        let_fail(vies_server, 5)
        clock.shift(timedelta(seconds=breaker.COOL_DOWN_SECONDS))
        assert breaker.allows("FR")  # a process that is killed before it can tell
        assert not breaker.allows("FR")
        clock.shift(timedelta(seconds=breaker.PROBE_SECONDS + 1))
        assert breaker.allows("FR")


def test_a_cache_that_is_down_means_no_breaker(vies_server: ViesServer, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{unused_port()}/0",
        }
    }
    failed = let_fail(vies_server, 6)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

    assert [one.error_code for one in failed] == ["MS_UNAVAILABLE"] * 6
    assert cache.get(breaker.outages_key("FR")) is None


# --- The status page ---------------------------------------------------------------------------------------


def test_the_status_of_the_member_states_is_read(vies_server: ViesServer) -> None:
    status = status_of_member_states()

    assert status.is_available is True
    assert status.member_states == {"DE": True, "FR": False, "NL": None}
    assert [(asked.method, asked.path) for asked in vies_server.asked] == [("GET", "/check-status")]


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"{}", b'{"vow": 1, "countries": {}}', b'{"countries": [1, {"availability": "Available"}]}'],
)
def test_a_status_that_says_nothing_is_unknown(vies_server: ViesServer, body: bytes) -> None:
    vies_server.says(body)

    status = status_of_member_states()

    assert (status.is_available, status.member_states) == (None, {})


def test_a_service_out_of_reach_has_an_unknown_status(vies_server: ViesServer, settings: Settings) -> None:
    settings.VIES_URL = f"http://127.0.0.1:{unused_port()}"

    assert status_of_member_states().is_available is None
