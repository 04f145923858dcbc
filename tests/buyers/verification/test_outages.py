"""iDenfy out of order, and callbacks that never come: nothing is lost and nobody is verified by accident."""

from datetime import timedelta

import pytest

from buyers import verification
from buyers.idenfy import live
from nt24.http import Limits
from tests.buyers.verification.steps import COMPLETED, shown, verify
from tests.ledger import messages, nothing_moves, refused, renew

# --- Out of order --------------------------------------------------------------------------------------------------


def test_idenfy_out_of_order_is_a_503_that_changes_nothing_and_keeps_the_key_usable(partner, path, idenfy):
    idenfy.says(b"<html>Bad Gateway</html>", 502)

    with nothing_moves():
        response = partner.post(f"{path}/verify", key="k-1")
        refused(response, 503, "service-unavailable")
    assert response["Retry-After"] == "30"
    assert shown(partner, path) == ("NOT_STARTED", "PENDING")
    assert partner.post(f"{path}/verify", key="k-1").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 201),
        (b"[]", 201),
        (b'{"scanRef": "a"', 201),
        (b'{"scanRef": "abc"}', 201),
        (b'{"authToken": "abc"}', 201),
        (b'{"authToken": "abc", "scanRef": "../../admin"}', 201),
        (b'{"scanRef": "abc", "redirectUrl": "javascript:alert(1)"}', 201),
        (b'{"scanRef": "abc", "redirectUrl": "//[broken"}', 201),
        (b'{"identifier": "UNAUTHORIZED", "message": "x"}', 401),
        (b'{"identifier": "PERMISSIONS_ERROR", "message": "x"}', 403),
        (b'{"identifier": "TOO_MANY_REQUESTS", "message": "x"}', 429),
        (b'{"identifier": "INTERNAL_ERROR", "message": "x"}', 500),
        (b"", 302),
    ],
)
def test_an_answer_without_a_session_is_an_outage(partner, path, idenfy, body, status):
    idenfy.says(body, status)

    with nothing_moves():
        refused(partner.post(f"{path}/verify"), 503, "service-unavailable")


def test_a_silent_idenfy_is_an_outage(partner, path, idenfy, monkeypatch):
    monkeypatch.setattr(live, "LIMITS", Limits(read_seconds=0.2))
    idenfy.is_silent()

    with nothing_moves():
        refused(partner.post(f"{path}/verify"), 503, "service-unavailable")


def test_a_wrong_secret_is_an_outage_for_partners(partner, path, idenfy, settings):
    settings.IDENFY_API_SECRET = "wrong"

    with nothing_moves():
        refused(partner.post(f"{path}/verify"), 503, "service-unavailable")


def test_a_usable_session_is_answered_while_idenfy_is_out_of_order(partner, path, idenfy):
    first = verify(partner, path)
    idenfy.says(b"", 503)

    assert verify(partner, path) == first


# --- Lost callbacks ------------------------------------------------------------------------------------------------


def test_a_lost_callback_is_asked_about_after_the_link_has_run_out(partner, path, idenfy, clock):
    verify(partner, path)
    [session] = idenfy.sessions.values()
    session |= {"overall": "APPROVED", "face": "FACE_MATCH", "document": "DOC_VALIDATED"}
    clock.shift(timedelta(days=7))
    assert verification.settle_due() == 0  # whoever began in the last minute has an hour
    clock.shift(timedelta(hours=1))
    assert verification.settle_due() == 1
    renew(partner)

    assert shown(partner, path) == ("VERIFIED", "PENDING")  # there is no screening in that answer
    assert [message["data"]["outcome"] for message in messages(COMPLETED)] == ["VERIFIED"]
    idenfy.callback().to(partner.http)  # it comes after all
    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    assert len(messages(COMPLETED)) == 1
    assert verification.settle_due() == 0


@pytest.mark.parametrize("overall", ["ACTIVE", "REVIEWING", "SOMETHING_NEW"])
def test_without_a_result_the_session_is_over_after_three_questions(partner, path, idenfy, clock, overall):
    verify(partner, path)
    [session] = idenfy.sessions.values()
    session["overall"] = overall
    clock.shift(timedelta(days=7, hours=1))
    renew(partner)

    for asked in (1, 2):
        assert verification.settle_due() == 1
        assert shown(partner, path) == ("IN_PROGRESS", "PENDING"), asked
        assert verification.settle_due() == 0
        clock.shift(timedelta(hours=1))
        renew(partner)
    assert verification.settle_due() == 1

    assert shown(partner, path) == ("NOT_STARTED", "PENDING")
    assert messages() == []
    assert verification.settle_due() == 0


def test_idenfy_says_that_it_has_expired(partner, path, idenfy, clock):
    verify(partner, path)
    next(iter(idenfy.sessions.values()))["overall"] = "EXPIRED"
    clock.shift(timedelta(days=7, hours=1))
    renew(partner)

    assert verification.settle_due() == 1
    assert shown(partner, path)[0] == "NOT_STARTED"
