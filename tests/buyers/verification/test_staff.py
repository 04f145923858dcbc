"""What only staff decide: a suspicious result, and a flag of the screening, which takes two of them (contract 14)."""

import pytest

from buyers import verification
from buyers.models import VerificationSession
from nt24.actors import Actor, ActorKind, system
from nt24.audit.models import Entry
from nt24.errors import Forbidden, StateConflict, ValidationFailed
from nt24.lifecycle import MoveNotAllowed, move_quietly
from tests.buyers.verification.steps import ANNA, BERND, COMPLETED, on_buyer, shown, verify
from tests.ledger import messages, nothing_moves
from tests.races import bodies
from tests.servers.idenfy import HIT

Status = VerificationSession.Status


def review(outcome=Status.VERIFIED, *, reason="Compared with the passport", by=ANNA):
    return on_buyer(verification.review_verification, outcome=outcome, reason=reason, by=by)


def clear(*, reason="Another date of birth", by=ANNA, seconded_by=BERND):
    return on_buyer(verification.clear_aml, reason=reason, by=by, seconded_by=seconded_by)


@pytest.mark.parametrize(
    ("outcome", "reason"), [(Status.VERIFIED, {}), (Status.REJECTED, {"reason": "STAFF_REVIEW"})]
)
def test_staff_decide_a_suspicious_result(result, partner, path, outcome, reason):
    result("SUSPECTED")

    session = review(outcome)

    assert shown(partner, path) == (outcome, "CLEAR")
    [message] = messages(COMPLETED)
    assert message["source"] == "WEB_APP"
    assert message["data"] == {
        "buyerUuid": path.split("/")[2],
        "outcome": outcome,
        "sessionId": str(session.uuid),
        "completedAt": "2026-04-25T10:00:00Z",
        **reason,
    }
    entry = Entry.objects.get(action="verification.completed")
    assert (entry.actor_id, entry.purpose) == ("7", "Compared with the passport")


def test_idenfy_does_not_overrule_staff(result, partner, path, idenfy):
    result("SUSPECTED")
    review(Status.REJECTED)

    with nothing_moves():
        idenfy.callback("APPROVED", by_person=True).to(partner.http)


@pytest.mark.parametrize("overall", ["APPROVED", "DENIED", "EXPIRED"])
def test_a_result_that_is_no_question_is_not_reviewed(result, overall):
    result(overall)

    with nothing_moves(), pytest.raises(StateConflict):
        review()


@pytest.mark.parametrize(
    ("about", "refusal"),
    [
        ({"by": system("anything")}, Forbidden),
        ({"by": Actor(ActorKind.API_CLIENT, "api-client-x", "x")}, Forbidden),
        ({"reason": "  "}, ValidationFailed),
        ({"reason": "x" * 501}, ValidationFailed),
        ({"outcome": Status.EXPIRED}, ValidationFailed),
    ],
)
def test_a_review_by_others_or_without_a_reason_is_refused(result, about, refusal):
    result("SUSPECTED")

    with nothing_moves(), pytest.raises(refusal):
        review(**about)


def test_two_people_clear_a_flag(result, partner, path):
    result("APPROVED", AML=[HIT])
    assert shown(partner, path) == ("VERIFIED", "FLAGGED")

    clear()

    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    entries = Entry.objects.filter(action__startswith="aml.").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.purpose) for entry in entries] == [
        ("aml.clearing_seconded", "8", "Another date of birth"),
        ("aml.cleared", "7", "Another date of birth"),
    ]
    assert entries[1].changes["amlStatus"] == ["FLAGGED", "CLEAR"]
    assert len(messages(COMPLETED)) == 1


@pytest.mark.parametrize(
    ("about", "refusal"),
    [
        ({"seconded_by": ANNA}, Forbidden),
        ({"seconded_by": Actor(ActorKind.STAFF, "7", "anna under another name")}, Forbidden),
        ({"seconded_by": system("anything")}, Forbidden),
        ({"by": Actor(ActorKind.API_CLIENT, "api-client-x", "x")}, Forbidden),
        ({"reason": ""}, ValidationFailed),
    ],
)
def test_one_person_does_not_clear_a_flag(result, about, refusal):
    result("APPROVED", AML=[HIT])

    with nothing_moves(), pytest.raises(refusal):
        clear(**about)


def test_two_people_stand_in_for_a_screening_that_did_not_come(result, partner, path):
    result("APPROVED", AML=None)

    clear(reason="Searched by hand")

    assert shown(partner, path) == ("VERIFIED", "CLEAR")


@pytest.mark.parametrize(("overall", "members"), [("APPROVED", {}), ("DENIED", {}), ("EXPIRED", {})])
def test_without_a_flag_there_is_nothing_to_clear(result, overall, members):
    result(overall, **members)

    with nothing_moves(), pytest.raises(StateConflict):
        clear()


def test_an_earlier_flag_is_cleared_while_a_new_session_runs(result, partner, path, idenfy):
    result("DENIED", AML=[HIT])
    verify(partner, path)

    clear()

    assert shown(partner, path) == ("IN_PROGRESS", "PENDING")
    idenfy.callback("APPROVED").to(partner.http)
    assert shown(partner, path) == ("VERIFIED", "CLEAR")


def test_a_decision_of_staff_reaches_the_orders(result, partner, path):
    order = partner.post("P/orders", bodies.order(path.split("/")[2])).json()

    def codes():
        rollup = partner.get(f"P/orders/{order['uuid']}/compliance").json()
        return [
            blocker["code"] for blocker in rollup["blockers"] if blocker["code"].startswith(("VERI", "AML"))
        ]

    assert codes() == ["VERIFICATION_PENDING", "AML_PENDING"]
    result("SUSPECTED", AML=[HIT])
    assert codes() == ["VERIFICATION_PENDING", "AML_FLAGGED"]
    review()
    assert codes() == ["AML_FLAGGED"]
    clear()
    assert codes() == []


def test_staff_find_what_waits_for_them(result, admin_client):
    result("SUSPECTED", AML=[HIT])

    page = admin_client.get(
        "/admin/buyers/verificationsession/?status__exact=IN_REVIEW&aml_status__exact=FLAGGED"
    )
    assert "1 verification session" in page.content.decode()
    row = VerificationSession.objects.get()
    change = admin_client.get(f"/admin/buyers/verificationsession/{row.pk}/change/").content.decode()
    assert row.scan_ref in change
    assert "authToken" not in change
    assert "KOWALSKI" not in change.replace("Auto Handel Kowalski", "")


# Every pair of statuses that the table does not name is refused, whoever asks.
@pytest.mark.parametrize("was", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_a_session_moves_only_as_its_table_says(was, to):
    session = VerificationSession(status=was)
    allowed = {
        "OPEN": {"IN_REVIEW", "VERIFIED", "REJECTED", "EXPIRED"},
        "IN_REVIEW": {"VERIFIED", "REJECTED"},
        "VERIFIED": {"IN_REVIEW", "REJECTED"},
        "REJECTED": {"IN_REVIEW", "VERIFIED"},
        "EXPIRED": {"IN_REVIEW", "VERIFIED", "REJECTED"},
    }
    if to in allowed[was]:
        move_quietly(session, to)
        assert session.status == to
    else:
        with pytest.raises(MoveNotAllowed):
            move_quietly(session, to)
