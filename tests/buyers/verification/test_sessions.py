"""Mode B over HTTP: a session at iDenfy, its result, and what partners see of it (contract 6, 12, 16.6)."""

import uuid
from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.core.management import CommandError, call_command

from buyers.models import Kyc, VerificationSession
from buyers.verification import link_of
from nt24.audit.models import Entry
from nt24.vault import decrypt
from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.verification.steps import COMPLETED, shown, verify
from tests.deal import Deal, taken
from tests.factories.partners import ApiClientFactory
from tests.ledger import everything, messages, nothing_moves, refused, renew
from tests.partner import Partner

# --- The session ---------------------------------------------------------------------------------------------------


def test_a_verification_opens_a_session_at_idenfy(partner, path, idenfy):
    answer = verify(partner, path)

    [asked] = idenfy.asked
    assert asked.members == {
        "clientId": answer["sessionId"],
        "tokenType": "IDENTIFICATION",
        "expiryTime": 604800,
        "checkAml": True,
    }
    assert answer == {"sessionId": ANY, "idenfyUrl": ANY}
    assert answer["idenfyUrl"].startswith("https://ui.idenfy.com/?authToken=")
    assert shown(partner, path) == ("IN_PROGRESS", "PENDING")
    assert messages() == []


def test_the_link_is_stored_encrypted_and_the_replay_has_it_all_the_same(partner, path, idenfy):
    first = partner.post(f"{path}/verify", key="k-1")
    again = partner.post(f"{path}/verify", key="k-1")

    token = first.json()["idenfyUrl"].rsplit("=", 1)[1]
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (200, first.content, "true")
    assert token not in str(everything())
    assert token.encode() not in bytes(VerificationSession.objects.get().link)


def test_a_usable_session_is_answered_again(partner, path, idenfy):
    first = verify(partner, path)

    with nothing_moves():
        assert verify(partner, path) == first
    assert len(idenfy.asked) == 1


def test_an_expired_session_is_followed_by_a_fresh_one(partner, path, idenfy, clock):
    first = verify(partner, path)
    clock.shift(timedelta(days=7, seconds=1))
    renew(partner)

    second = verify(partner, path)

    assert second["sessionId"] != first["sessionId"]
    assert shown(partner, path) == ("IN_PROGRESS", "PENDING")
    statuses = VerificationSession.objects.order_by("pk").values_list("uuid", "status")
    assert [(str(one), status) for one, status in statuses] == [
        (first["sessionId"], "EXPIRED"),
        (second["sessionId"], "OPEN"),
    ]


def test_the_life_of_the_link_is_what_idenfy_says(partner, path, idenfy, clock):
    idenfy.says({"scanRef": "abc-1", "authToken": "T/1", "expiryTime": 600}, 201)

    assert verify(partner, path)["idenfyUrl"] == f"{idenfy.url}/api/v2/redirect?authToken=T%2F1"
    clock.shift(601)
    renew(partner)
    assert verify(partner, path)["idenfyUrl"].startswith("https://ui.idenfy.com/")


def test_mode_a_has_nothing_to_verify(partner, idenfy):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}/kyc"

    with nothing_moves():
        refused(partner.post(f"{path}/verify"), 400, "malformed-request")
    assert idenfy.asked == []
    assert "verificationStatus" not in taken(partner.get(path), 200)


def test_a_buyer_upgraded_to_mode_b_can_be_verified(partner, idenfy):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}/kyc"
    taken(partner.patch(path.removesuffix("/kyc"), {"kycMode": "NT24_LED"}, version=0), 200)
    assert shown(partner, path) == ("NOT_STARTED", "PENDING")

    verify(partner, path)
    idenfy.callback().to(partner.http)

    assert shown(partner, path) == ("VERIFIED", "CLEAR")


def test_a_body_is_refused_and_idenfy_is_not_asked(partner, path, idenfy):
    with nothing_moves():
        refused(partner.post(f"{path}/verify", {"locale": "pl"}), 422, "validation-error")
    assert idenfy.asked == []


def test_an_unknown_buyer_costs_no_session(partner, path, idenfy):
    refused(partner.post(f"P/buyers/{uuid.uuid4()}/kyc/verify"), 404, "not-found")
    refused(partner.post(f"{path}/verify", key=""), 400, "malformed-request")

    assert idenfy.asked == []


# --- Results -------------------------------------------------------------------------------------------------------


def test_an_approved_buyer_is_verified_and_told_of_once(partner, path, idenfy, clock):
    session = verify(partner, path)
    clock.shift(90)

    response = idenfy.callback().to(partner.http)

    assert (response.status_code, response.content) == (200, b"")
    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    [message] = messages()
    assert message == {
        "id": ANY,
        "type": COMPLETED,
        "schemaVersion": 1,
        "source": "SYSTEM",
        "createdAt": "2026-04-25T10:01:30Z",
        "organizationUuid": str(partner.client.organization.uuid),
        "partnerUuid": str(partner.seller.uuid),
        "data": {
            "buyerUuid": path.split("/")[2],
            "outcome": "VERIFIED",
            "sessionId": session["sessionId"],
            "completedAt": "2026-04-25T10:01:30Z",
        },
    }
    refused(partner.post(f"{path}/verify"), 409, "state-conflict")
    assert len(idenfy.asked) == 1


def test_a_denied_buyer_is_rejected_with_the_reason_and_may_try_again(partner, path, idenfy):
    first = verify(partner, path)
    idenfy.callback("DENIED", status={"fraudTags": ["SANCTIONS_SUSPECTION"]}, AML=None).to(partner.http)

    assert shown(partner, path) == ("REJECTED", "FLAGGED")
    [message] = messages()
    assert message["data"] == {
        "buyerUuid": path.split("/")[2],
        "outcome": "REJECTED",
        "sessionId": first["sessionId"],
        "completedAt": "2026-04-25T10:00:00Z",
        "reason": "FACE_MISMATCH",  # what did not match, and never what somebody is suspected of
    }
    assert verify(partner, path)["sessionId"] != first["sessionId"]
    assert shown(partner, path) == ("IN_PROGRESS", "FLAGGED")


def test_each_outcome_of_each_session_is_told_of(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback("DENIED").to(partner.http)
    verify(partner, path)
    idenfy.callback("DENIED").to(partner.http)
    verify(partner, path)
    idenfy.callback("APPROVED").to(partner.http)

    assert [message["data"]["outcome"] for message in messages(COMPLETED)] == [
        "REJECTED",
        "REJECTED",
        "VERIFIED",
    ]
    assert len({message["data"]["sessionId"] for message in messages(COMPLETED)}) == 3


def test_a_suspected_buyer_waits_for_staff(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback("SUSPECTED").to(partner.http)

    assert shown(partner, path) == ("IN_PROGRESS", "CLEAR")
    assert VerificationSession.objects.get().status == "IN_REVIEW"
    assert messages() == []
    problem = refused(partner.post(f"{path}/verify"), 409, "state-conflict")
    assert "waits for a review" in problem["detail"]


@pytest.mark.parametrize("overall", ["EXPIRED", "DELETED", "EXPIRED-DELETED", "CANCELLED"])
def test_a_session_that_ends_without_a_result_leaves_nothing_started(partner, path, idenfy, overall):
    verify(partner, path)
    idenfy.callback(overall, event="IDENTIFICATION_EXPIRED").to(partner.http)

    assert shown(partner, path)[0] == "NOT_STARTED"
    assert messages() == []


def test_an_expiry_with_enough_seen_for_an_approval_is_an_approval(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback("APPROVED", event="IDENTIFICATION_EXPIRED").to(partner.http)

    assert shown(partner, path) == ("VERIFIED", "CLEAR")


def test_a_result_that_comes_after_the_expiry_counts(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback("EXPIRED").to(partner.http)
    idenfy.callback("APPROVED").to(partner.http)

    assert shown(partner, path) == ("VERIFIED", "CLEAR")


def test_a_person_at_idenfy_overrules_the_machine_in_any_order(partner, path, idenfy):
    verify(partner, path)
    by_person = idenfy.callback("DENIED", by_person=True)
    by_machine = idenfy.callback("APPROVED")

    by_machine.to(partner.http)
    by_person.to(partner.http)
    assert shown(partner, path)[0] == "REJECTED"
    with nothing_moves():
        by_machine.to(partner.http)
    assert [message["data"]["outcome"] for message in messages(COMPLETED)] == ["VERIFIED", "REJECTED"]


def test_the_machine_does_not_overrule_a_person_when_its_callback_is_late(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback("APPROVED", by_person=True).to(partner.http)

    with nothing_moves():
        idenfy.callback("DENIED").to(partner.http)
        idenfy.callback("EXPIRED").to(partner.http)


def test_the_trail_tells_what_happened_without_the_person(partner, path, idenfy):
    session = verify(partner, path)
    idenfy.callback().to(partner.http)

    entries = Entry.objects.filter(subject_uuid=Kyc.objects.get().uuid).order_by("pk")
    assert [(entry.action, entry.actor_id, entry.changes) for entry in entries] == [
        (
            "verification.started",
            partner.client.client_id,
            {"sessionId": [None, session["sessionId"]], "verificationStatus": ["NOT_STARTED", "IN_PROGRESS"]},
        ),
        (
            "verification.completed",
            "idenfy-callback",
            {
                "sessionId": [None, session["sessionId"]],
                "verificationStatus": ["IN_PROGRESS", "VERIFIED"],
                "amlStatus": ["PENDING", "CLEAR"],
            },
        ),
    ]
    assert "KOWALSKI" not in str(list(Entry.objects.values())).replace(KOWALSKI["companyName"], "")


def test_little_is_kept_of_a_callback_and_that_encrypted(partner, path, idenfy):
    verify(partner, path)
    idenfy.callback().to(partner.http)

    session = VerificationSession.objects.get()
    kept = decrypt(session.evidence)
    assert ("ABC123456" in kept, "NOT_SUSPECTED" in kept) == (True, True)
    for left_out in ("80010112345", "198.51.100.7", "WARSZAWA", "Warszawa", "FRONT.png"):
        assert left_out not in kept
    assert b"ABC123456" not in bytes(session.evidence)
    assert (session.link, session.due_at, len(session.raw_sha256)) == (None, None, 64)


def test_a_new_key_takes_over_what_is_encrypted(partner, path, idenfy, settings):
    verify(partner, path)
    idenfy.callback("DENIED").to(partner.http)
    open_again = verify(partner, path)
    settings.ENCRYPTION_KEYS = ["A" * 43 + "="]

    call_command("reencrypt_secrets")
    settings.SECRET_KEY = "another-secret-key-so-that-nothing-derived-opens-it"

    denied, opened = VerificationSession.objects.order_by("pk")
    assert "ABC123456" in decrypt(denied.evidence)
    assert link_of(opened) == open_again["idenfyUrl"]
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match=f"verification session {denied.uuid}"):
        call_command("reencrypt_secrets")


# --- The whole deal ------------------------------------------------------------------------------------------------


def test_a_deal_in_mode_b_is_valid_once_its_buyer_is_verified(april, seller, run_workers, idenfy):
    deal = Deal(Partner(ApiClientFactory(organization=seller.organization), seller), run_workers)
    deal.has_buyer(kycMode="NT24_LED")
    for type in ("COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION"):
        deal.uploads(f"{deal.buyer_path}/kyc/documents", type)
    taken(deal.partner.post(f"{deal.buyer_path}/kyc/vies-check"), 202)
    deal.run_workers()
    deal.has_order().has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    assert deal.codes() == ["VERIFICATION_PENDING", "AML_PENDING"]

    verify(deal.partner, f"{deal.buyer_path}/kyc")
    idenfy.callback().to(deal.partner.http)

    assert taken(deal.partner.get(f"{deal.buyer_path}/kyc"), 200)["overallStatus"] == "VALID"
    rollup = deal.rollup()
    assert (rollup["complianceStatus"], rollup["decision"]) == ("VALID", "VALID_EXPORT")
    assert rollup["modules"]["buyer"]["kycVerificationStatus"] == "VERIFIED"
    assert {message["type"]: message["source"] for message in messages()} == {
        COMPLETED: "SYSTEM",
        "compliance.status_changed": "SYSTEM",
        "compliance.decision_made": "SYSTEM",
    }
