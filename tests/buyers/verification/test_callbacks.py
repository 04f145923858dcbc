"""A forged, replayed, non-final, foreign or outdated callback of iDenfy changes nothing (contract 6; domain C.2)."""

import json

import pytest
from django.test import Client

from buyers.idenfy.signature import signing_key
from buyers.models import Buyer, VerificationSession
from tests.buyers.verification.steps import COMPLETED, shown, verify
from tests.ledger import messages, nothing_moves
from tests.partner import Partner
from tests.races import bodies
from tests.races.crowd import at_once
from tests.servers.idenfy import CLEAR_SCREENING, HIT, Callback, IdenfyServer

ENDPOINT = "/callbacks/idenfy"


@pytest.fixture
def opened(partner, path, idenfy):
    """A session that waits for its result; the client that posts callbacks."""
    verify(partner, path)
    return partner.http


def signed(members, **headers):
    raw = members if isinstance(members, bytes) else json.dumps(members).encode()
    return Callback(raw, {**IdenfyServer.signed(raw, "IDENTIFICATION_AUTO_FINISHED"), **headers})


# --- The signature -------------------------------------------------------------------------------------------------


def test_a_callback_under_another_key_is_refused(opened, idenfy):
    with nothing_moves():
        assert idenfy.callback(key="another-key").to(opened).status_code == 401


@pytest.mark.parametrize("signature", ["", "0" * 64, "é" * 64, "sha256="])
def test_a_callback_without_its_signature_is_refused(opened, idenfy, signature):
    callback = Callback(idenfy.callback().body, {"Idenfy-Signature": signature} if signature else {})

    with nothing_moves():
        assert callback.to(opened).status_code == 401


def test_an_altered_body_is_refused(opened, idenfy):
    denied = idenfy.callback("DENIED")

    with nothing_moves():
        assert denied.altered('"DENIED"', '"APPROVED"').to(opened).status_code == 401
        assert denied.altered(", ", ",").to(opened).status_code == 401  # the same JSON in other bytes


def test_without_a_signing_key_nothing_is_signed(opened, idenfy, settings):
    settings.IDENFY_SIGNING_KEY = ""

    with nothing_moves():
        assert idenfy.callback(key="").to(opened).status_code == 401
        assert idenfy.callback().to(opened).status_code == 401


def test_the_sandbox_key_opens_nothing_live(opened, idenfy, settings):
    settings.IDENFY_PROVIDER, settings.IDENFY_SIGNING_KEY = "sandbox", ""
    sandbox_key = signing_key()
    settings.IDENFY_PROVIDER = "live"
    assert len(sandbox_key) == 32

    with nothing_moves():
        assert idenfy.callback(key=sandbox_key.decode("latin-1")).to(opened).status_code == 401


# --- What does not count -------------------------------------------------------------------------------------------


def test_a_replayed_callback_changes_nothing(opened, idenfy, partner, path):
    approved = idenfy.callback("APPROVED")
    approved.to(opened)

    with nothing_moves():
        for event in ("IDENTIFICATION_AUTO_FINISHED", "IDENTIFICATION_MANUAL_FINISHED", "IDENTIFICATION", ""):
            assert approved.called(event).to(opened).status_code == 200
    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    assert len(messages(COMPLETED)) == 1


def test_a_replayed_callback_of_the_machine_undoes_no_later_word_of_a_person(opened, idenfy, partner, path):
    approved = idenfy.callback("APPROVED")
    approved.to(opened)
    idenfy.callback("DENIED", by_person=True).to(opened)

    with nothing_moves():
        approved.called("IDENTIFICATION_MANUAL_FINISHED").to(opened)
    assert shown(partner, path)[0] == "REJECTED"


@pytest.mark.parametrize("final", [False, None, 0, 1, "true", [True]])
def test_only_a_final_result_counts(opened, idenfy, final):
    with nothing_moves():
        assert idenfy.callback("APPROVED", final=final).to(opened).status_code == 200


def test_a_result_before_the_final_one_leaves_room_for_it(opened, idenfy, partner, path):
    idenfy.callback("DENIED", final=False).to(opened)
    idenfy.callback("APPROVED", by_person=True).to(opened)

    assert shown(partner, path) == ("VERIFIED", "CLEAR")


def test_an_unknown_session_changes_nothing(opened, idenfy):
    with nothing_moves():
        assert idenfy.callback(scan_ref="00000000-dead-beef-0000-000000000000").to(opened).status_code == 200
        assert idenfy.callback(scan_ref="x" * 10_000).to(opened).status_code == 200


@pytest.mark.parametrize(
    "event",
    [
        "DOCUMENT_EXPIRATION",
        "AML_MONITORING",
        "IDENTIFICATION_RESUBMITTED",
        "FACIAL_AUTHENTICATION",
        "identification",
    ],
)
def test_another_event_changes_nothing(opened, idenfy, event):
    with nothing_moves():
        assert idenfy.callback("APPROVED", event=event).to(opened).status_code == 200


@pytest.mark.parametrize("overall", ["ACTIVE", "ARCHIVED", "approved", "", None, 7, ["APPROVED"]])
def test_an_unknown_result_changes_nothing(opened, idenfy, overall):
    with nothing_moves():
        callback = idenfy.callback(status={"overall": overall}, event="IDENTIFICATION_AUTO_FINISHED")
        assert callback.to(opened).status_code == 200


def test_an_older_session_never_overrides_a_newer_one(opened, idenfy, partner, path):
    idenfy.callback("DENIED").to(opened)
    older = next(iter(idenfy.sessions))
    verify(partner, path)

    with nothing_moves():
        idenfy.callback("APPROVED", scan_ref=older, by_person=True).to(opened)
        idenfy.callback("DENIED", scan_ref=older, by_person=True).to(opened)
    assert shown(partner, path) == ("IN_PROGRESS", "PENDING")
    idenfy.callback("APPROVED").to(opened)
    with nothing_moves():
        idenfy.callback("DENIED", scan_ref=older, by_person=True).to(opened)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'"final"',
        b"[" * 60_000,
        b'{"final": true}',
        b'{"final": true, "status": "APPROVED"}',
        b'{"final": true, "status": {"overall": "APPROVED"}}',
        b'{"final": true, "status": {"overall": "APPROVED"}, "scanRef": 5}',
    ],
)
def test_a_signed_body_that_says_nothing_is_taken_and_changes_nothing(opened, raw):
    with nothing_moves():
        assert signed(raw).to(opened).status_code == 200


def test_a_body_over_a_megabyte_is_refused(opened, idenfy):
    with nothing_moves():
        assert idenfy.callback(fileUrls={"FRONT": "x" * 1024 * 1024}).to(opened).status_code == 413


def test_callbacks_are_only_posted(opened):
    assert opened.get(ENDPOINT).status_code == 405


def test_a_callback_with_odd_members_is_stored_and_read_all_the_same(opened, idenfy, partner, path):
    odd = {"docFirstName": "J\ud800\u202eAN\x00", "docLastName": 7, "docNumber": None, "unknown": [1]}
    idenfy.callback(data=odd, AML="none", status={"fraudTags": 5, "manualFace": {"x": 1}}).to(opened)

    assert shown(partner, path) == ("VERIFIED", "PENDING")
    assert partner.get(f"{path}/profile").status_code == 200


# --- Screening -----------------------------------------------------------------------------------------------------


def said(**status):
    return {**CLEAR_SCREENING, "status": {**CLEAR_SCREENING["status"], **status}}


@pytest.mark.parametrize(
    ("members", "aml"),
    [
        ({"AML": [CLEAR_SCREENING, CLEAR_SCREENING]}, "CLEAR"),
        ({"AML": [CLEAR_SCREENING, HIT]}, "FLAGGED"),
        ({"AML": [said(overallStatus="SUSPECTED")]}, "FLAGGED"),
        ({"AML": [said(serviceSuspected=True)]}, "FLAGGED"),
        ({"AML": [said(checkSuccessful=False)]}, "PENDING"),
        ({"AML": [CLEAR_SCREENING, said(checkSuccessful=None)]}, "PENDING"),
        (
            {"AML": [CLEAR_SCREENING, said(serviceUsed=False, checkSuccessful=None, overallStatus=None)]},
            "CLEAR",
        ),
        ({"AML": [said(overallStatus="SOMETHING_NEW")]}, "PENDING"),
        ({"AML": []}, "PENDING"),
        ({"AML": None}, "PENDING"),
        ({"AML": [None, CLEAR_SCREENING]}, "PENDING"),
        ({"AML": None, "amlCheck": {"overallStatus": "NO_FLAGS"}}, "CLEAR"),
        ({"AML": None, "amlCheck": {"overallStatus": "FALSE_POSITIVE"}}, "CLEAR"),
        ({"AML": None, "amlCheck": {"overallStatus": "FLAGS_FOUND"}}, "FLAGGED"),
        ({"AML": None, "amlCheck": {"overallStatus": "TRUE_POSITIVE"}}, "FLAGGED"),
        ({"AML": None, "amlCheck": {"overallStatus": "ALERT"}}, "FLAGGED"),
        ({"AML": None, "amlCheck": {"overallStatus": "NOT_CHECKED"}}, "PENDING"),
        ({"AML": None, "amlCheck": {}}, "PENDING"),
        ({"AML": [HIT], "amlCheck": {"overallStatus": "NO_FLAGS"}}, "FLAGGED"),
        ({"AML": [CLEAR_SCREENING], "status": {"fraudTags": ["AML_SUSPECTION"]}}, "FLAGGED"),
        ({"AML": [CLEAR_SCREENING], "status": {"fraudTags": ["DUPLICATE_FACE"]}}, "CLEAR"),
    ],
)
def test_the_screening_is_as_bad_as_its_worst_part(opened, idenfy, partner, path, members, aml):
    idenfy.callback(**members).to(opened)

    assert shown(partner, path) == ("VERIFIED", aml)


def test_a_flag_survives_another_session_with_another_person(opened, idenfy, partner, path):
    idenfy.callback("DENIED", AML=[HIT]).to(opened)
    verify(partner, path)
    idenfy.callback("APPROVED").to(opened)

    assert shown(partner, path) == ("VERIFIED", "FLAGGED")


def test_a_flag_survives_a_second_word_about_the_same_session(opened, idenfy, partner, path):
    idenfy.callback("SUSPECTED", AML=[HIT]).to(opened)
    idenfy.callback("APPROVED", by_person=True).to(opened)

    assert shown(partner, path) == ("VERIFIED", "FLAGGED")


# --- At the same moment --------------------------------------------------------------------------------------------


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_the_same_callback_twice_at_once_is_told_of_once(opened, idenfy, partner, path):
    callback = idenfy.callback("APPROVED")
    answers = at_once([lambda: callback.to(Client()).status_code] * 6)

    assert answers == [200] * 6
    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    assert len(messages(COMPLETED)) == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_verifications_at_once_make_one_session(partner, path, idenfy):
    callers = [Partner(partner.client, partner.seller) for _ in range(6)]
    answers = at_once([lambda caller=caller: verify(caller, path) for caller in callers])

    assert len({(answer["sessionId"], answer["idenfyUrl"]) for answer in answers}) == 1
    assert VerificationSession.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_buyer_and_his_result_do_not_wait_for_each_other_forever(
    opened, idenfy, partner, path
):
    order = bodies.order(path.split("/")[2])
    for number in range(3):
        assert partner.post("P/orders", {**order, "externalOrderId": f"O-{number}"}).status_code == 201
    callback, other = idenfy.callback("APPROVED"), Partner(partner.client, partner.seller)
    blocked, answered = at_once(
        [
            lambda: other.post(f"{path.removesuffix('/kyc')}/block").status_code,
            lambda: callback.to(Client()).status_code,
        ]
    )

    assert (blocked, answered) == (200, 200)
    assert Buyer.objects.get().is_blocked
    assert shown(partner, path) == ("VERIFIED", "CLEAR")
