"""Asking VIES over HTTP: queued, answered, out of order; an outage is never an answer (contract 6, 10, 16.15)."""

import hashlib
from unittest.mock import ANY

import pytest
import time_machine

from buyers import checks
from buyers.models import ViesCheck
from nt24.audit.models import Entry
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import Deal, taken
from tests.factories.partners import ApiClientFactory
from tests.ledger import everything, fields_of, messages, nothing_moves, refused, renew
from tests.partner import Partner

NUMBER = KOWALSKI["vatNumber"]


@pytest.fixture
def clock():
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def partner(clock, seller):
    return Partner(ApiClientFactory(organization=seller.organization), seller)


def buyer_with(partner, vat_number=NUMBER):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": vat_number}), 201)
    return f"P/buyers/{buyer['uuid']}/kyc"


def vies_will_say(partner, answer, times=1):
    body = {"vatNumber": NUMBER, "next": answer, "times": times}
    assert partner.post("/v1/sandbox/vies", body).status_code == 204


def ask(partner, path):
    response = taken(partner.post(f"{path}/vies-check"), 202)
    assert response == {"status": "QUEUED"}
    checks.ask_due()


def shown(partner, path):
    return taken(partner.get(path), 200)["viesResult"]


def test_a_check_is_queued_then_pending_then_valid_with_its_evidence(partner, clock):
    path = buyer_with(partner)

    assert taken(partner.post(f"{path}/vies-check"), 202) == {"status": "QUEUED"}
    assert shown(partner, path) == "PENDING"
    assert taken(partner.get(f"{path}/vies-checks"), 200)["data"] == [
        {
            "uuid": ANY,
            "status": "QUEUED",
            "cause": "REQUESTED",
            "vatNumber": NUMBER,
            "requesterVatNumber": "DE123456789",
            "requestedAt": "2026-04-25T10:00:00Z",
        }
    ]
    clock.shift(5)
    checks.ask_due()

    assert taken(partner.get(path), 200)["viesLastCheckedAt"] == "2026-04-25T10:00:05Z"
    assert shown(partner, path) == "VALID"
    check = ViesCheck.objects.get()
    assert taken(partner.get(f"{path}/vies-checks"), 200)["data"] == [
        {
            "uuid": str(check.uuid),
            "status": "COMPLETED",
            "cause": "REQUESTED",
            "vatNumber": NUMBER,
            "requesterVatNumber": "DE123456789",
            "result": "VALID",
            "consultationNumber": check.consultation_number,
            "traderName": "Auto Handel Kowalski Sp. z o.o.",
            "traderAddress": "ul. Długa 7\n00-263 Warszawa",
            "evidenceSha256": hashlib.sha256(check.raw_body.encode()).hexdigest(),
            "requestedAt": "2026-04-25T10:00:00Z",
            "checkedAt": "2026-04-25T10:00:05Z",
        }
    ]
    assert len(check.consultation_number) == 16


def test_an_open_check_serves_for_a_second_request(partner):
    path = buyer_with(partner)

    for _ in range(2):
        assert taken(partner.post(f"{path}/vies-check"), 202) == {"status": "QUEUED"}
    assert ViesCheck.objects.count() == 1
    assert Entry.objects.filter(action="vies_check.requested").count() == 1
    ViesCheck.objects.update(status="IN_PROGRESS")
    assert taken(partner.post(f"{path}/vies-check"), 202) == {"status": "IN_PROGRESS"}


def test_the_history_is_newest_first_in_pages(partner, clock):
    path = buyer_with(partner)
    for answer in ("INVALID", "VALID"):
        vies_will_say(partner, answer)
        ask(partner, path)
        clock.shift(60)

    newest, oldest = (
        taken(partner.get(f"{path}/vies-checks?size=1&page={page}"), 200)["data"][0] for page in (0, 1)
    )
    assert (newest["result"], oldest["result"]) == ("VALID", "INVALID")
    assert newest["consultationNumber"] != oldest["consultationNumber"]


def test_a_greek_number_is_asked_as_el(partner):
    path = buyer_with(partner, "GR094259216")
    ask(partner, path)

    assert taken(partner.get(f"{path}/vies-checks"), 200)["data"][0]["vatNumber"] == "EL094259216"
    assert taken(partner.get(path.removesuffix("/kyc")), 200)["vatNumber"] == "GR094259216"


@pytest.mark.parametrize(
    ("number", "code"), [("PL7001X300", "SERVICE_UNAVAILABLE"), ("PL7001X301", "MS_UNAVAILABLE"),
                         ("PL7001X302", "TIMEOUT"), ("PL7001X600", "MS_MAX_CONCURRENT_REQ")]
)  # fmt: skip
def test_an_outage_is_pending_for_three_tries_and_then_unknown(partner, clock, number, code):
    path = buyer_with(partner, number)
    ask(partner, path)
    assert shown(partner, path) == "PENDING"
    clock.shift(3)
    checks.ask_due()
    assert shown(partner, path) == "PENDING"
    clock.shift(5)
    checks.ask_due()

    status = taken(partner.get(path), 200)
    assert (status["viesResult"], status["overallStatus"]) == ("UNKNOWN", "INCOMPLETE")
    assert "viesLastCheckedAt" not in status
    (check,) = taken(partner.get(f"{path}/vies-checks"), 200)["data"]
    assert (check["status"], check["errorCode"]) == ("QUEUED", code)
    assert messages() == []


def test_trying_goes_on_after_unknown_until_an_answer_comes(partner, clock):
    path = buyer_with(partner)
    vies_will_say(partner, "MS_UNAVAILABLE", times=4)
    ask(partner, path)
    for pause in (3, 5, 73):
        clock.shift(pause)
        checks.ask_due()
    assert shown(partner, path) == "UNKNOWN"

    clock.shift(361)
    checks.ask_due()
    renew(partner)
    assert shown(partner, path) == "VALID"
    assert ViesCheck.objects.count() == 1


def test_an_outage_without_end_is_given_up_after_two_days_and_stays_unknown(partner, clock):
    path = buyer_with(partner, "PL7001X301")
    ask(partner, path)
    for _ in range(80):
        clock.shift(4400)
        checks.ask_due()
    renew(partner)

    check = ViesCheck.objects.get()
    assert (check.status, check.result, check.error_code) == ("COMPLETED", "UNKNOWN", "MS_UNAVAILABLE")
    assert shown(partner, path) == "UNKNOWN"
    assert messages() == []


def test_a_valid_number_stays_valid_during_an_outage(partner, clock):
    path = buyer_with(partner)
    ask(partner, path)
    before = taken(partner.get(path), 200)
    vies_will_say(partner, "TIMEOUT", times=3)
    ask(partner, path)
    for pause in (3, 5):
        clock.shift(pause)
        checks.ask_due()

    assert taken(partner.get(path), 200) == before
    assert messages() == []


def test_a_failed_check_is_told_once_per_change_and_never_for_an_outage(partner, clock):
    path = buyer_with(partner)
    for answer in ("VALID", "INVALID", "INVALID", "VALID", "INVALID_INPUT"):
        vies_will_say(partner, answer)
        clock.shift(60)
        renew(partner)
        ask(partner, path)
    vies_will_say(partner, "MS_UNAVAILABLE")
    vies_will_say(partner, "INVALID")
    ask(partner, path)
    clock.shift(3)
    checks.ask_due()

    first, second = messages()
    uuid = path.split("/")[2]
    assert first == {
        "id": ANY,
        "type": "kyc.vies_check_failed",
        "schemaVersion": 1,
        "source": "SYSTEM",
        "createdAt": "2026-04-25T10:02:00Z",
        "organizationUuid": str(partner.client.organization.uuid),
        "partnerUuid": str(partner.seller.uuid),
        "data": {
            "buyerUuid": uuid,
            "vatNumber": NUMBER,
            "previousResult": "VALID",
            "currentResult": "INVALID",
            "checkedAt": "2026-04-25T10:02:00Z",
            "reason": "NOT_VALID",
        },
    }
    assert second["data"] == {
        "buyerUuid": uuid,
        "vatNumber": NUMBER,
        "previousResult": "VALID",
        "currentResult": "INVALID",
        "checkedAt": "2026-04-25T10:05:00Z",
        "reason": "INVALID_INPUT",
    }


def test_the_first_answer_that_is_invalid_comes_from_unknown(partner):
    ask(partner, buyer_with(partner, "PL7001X200"))

    (message,) = messages("kyc.vies_check_failed")
    assert message["data"]["previousResult"] == "UNKNOWN"


def test_an_answer_reaches_the_buyers_open_orders(partner):
    deal = Deal(partner, checks.ask_due).has_buyer().has_order()
    assert deal.codes()[:2] == ["DOCUMENTS_MISSING", "VIES_NOT_CHECKED"]
    vies_will_say(partner, "MS_UNAVAILABLE")

    checks.ask_due()
    assert deal.codes()[:2] == ["DOCUMENTS_MISSING", "VIES_UNAVAILABLE"]
    vies_will_say(partner, "INVALID")
    ask(partner, f"{deal.buyer_path}/kyc")
    assert deal.codes()[:2] == ["DOCUMENTS_MISSING", "VIES_INVALID"]
    assert deal.rollup()["modules"]["buyer"]["status"] == "INVALID"
    ask(partner, f"{deal.buyer_path}/kyc")
    assert deal.codes()[:2] == ["DOCUMENTS_MISSING", "MISSING_INVOICE"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"vatNumber": NUMBER, "next": "MAYBE"}, "next"),
        ({"vatNumber": "pl1", "next": "VALID"}, "vatNumber"),
        ({"vatNumber": NUMBER}, "next"),
        ({"vatNumber": NUMBER, "next": "VALID", "times": 0}, "times"),
    ],
)
def test_the_sandbox_refuses_answers_that_do_not_exist(partner, body, field):
    before = everything()
    problem = refused(partner.post("/v1/sandbox/vies", body), 422, "validation-error")

    assert fields_of(problem) == [field]
    assert everything() == before


def test_there_is_no_sandbox_beside_the_live_service(partner, settings):
    settings.VIES_PROVIDER = "live"

    with nothing_moves():
        refused(partner.post("/v1/sandbox/vies", {"vatNumber": NUMBER, "next": "VALID"}), 404, "not-found")
