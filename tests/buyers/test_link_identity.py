"""The identity check of Mode B behind a link: begun, continued, finished, refused, out of reach."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.db import transaction

from buyers.idenfy import sandbox
from buyers.idenfy.live import IdenfyUnavailable
from buyers.invitations import IdentityMissing, submit_invitation
from buyers.links import actor_of
from buyers.models import Kyc, VerificationSession
from buyers.verification import link_of
from tests.buyers.links import invited
from tests.buyers.visitor import ANSWERS, Visitor, heading, state_of, text
from tests.ledger import nothing_moves

Status = VerificationSession.Status
really_committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer(kycMode="NT24_LED").buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


def decides(answer):
    """The buyer goes to iDenfy's stand-in, and this comes of it."""
    session = VerificationSession.objects.select_related("buyer").latest("pk")
    response = Visitor.stranger().post(
        f"/sandbox/idenfy/{session.scan_ref}", {"overall": answer}, query_params=way_of(session)
    )
    assert response.status_code == 302, response.content
    return response["Location"]


def way_of(session):
    """What the address of iDenfy's page says about the way back."""
    return dict(parse_qsl(urlsplit(link_of(session)).query))


def test_mode_b_asks_for_the_check_in_place_of_an_identity_document(visitor):
    response = visitor.get()

    assert state_of(response, "verification") == "Missing"
    assert 'id="identity"' not in response.content.decode()
    assert "0 of 4 done" in text(response)


def test_the_button_leads_to_idenfy_by_a_page_that_tells_nobody_where_from(visitor):
    response = visitor.post("identity/")

    link = re.search(r'content="0; url=([^"]+)"', response.content.decode())
    session = VerificationSession.objects.get()
    assert response.status_code == 200
    assert link is not None
    assert f"/sandbox/idenfy/{session.scan_ref}?back=" in link[1]
    assert f'href="{link[1]}"' in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"
    assert state_of(visitor.get(), "verification") == "Started"


def test_going_on_uses_the_same_session(visitor):
    visitor.post("identity/")
    visitor.post("identity/")

    assert VerificationSession.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "state", "done"),
    [
        ("APPROVED", "Verified", "1 of 4 done"),
        ("SUSPECTED", "Being checked", "1 of 4 done"),
        ("DENIED", "Not successful", "0 of 4 done"),
        ("EXPIRED", "Missing", "0 of 4 done"),
    ],
)
def test_the_card_says_what_came_of_it(visitor, answer, state, done):
    visitor.post("identity/")
    decides(answer)

    response = visitor.get()

    assert state_of(response, "verification") == state
    assert done in text(response)


@really_committed
def test_who_is_verified_is_not_sent_again(visitor):
    visitor.post("identity/")
    decides("APPROVED")

    with nothing_moves():
        response = visitor.post("identity/")

    assert (response.status_code, response["Location"]) == (303, f"{visitor.path}#verification")


def test_idenfy_out_of_reach_is_said_and_changes_nothing(visitor, monkeypatch):
    def away(client_id, *, back_to):
        raise IdenfyUnavailable

    monkeypatch.setattr(sandbox, "open_session", away)

    with nothing_moves():
        response = visitor.post("identity/")

    assert response.status_code == 503
    assert "The identity check cannot be reached at the moment." in text(response)


def sends_its_papers(visitor):
    assert visitor.sends("register").status_code == 303
    assert visitor.sends("vat").status_code == 303
    assert visitor.post("declaration/", ANSWERS).status_code == 303


def test_papers_are_not_submitted_before_the_identity_check(visitor):
    sends_its_papers(visitor)

    with nothing_moves():
        response = visitor.submits()

    assert response.status_code == 409
    assert "Still missing: Verify your identity" in text(response)


@pytest.mark.parametrize("answer", ["APPROVED", "SUSPECTED"])
def test_papers_are_submitted_once_the_buyer_has_done_his_part(visitor, answer):
    sends_its_papers(visitor)
    visitor.post("identity/")
    decides(answer)

    assert visitor.submits().status_code == 303


@pytest.mark.parametrize("answer", ["DENIED", "EXPIRED", None])
def test_a_check_that_failed_ran_out_or_was_left_is_missing(visitor, invitation, answer):
    sends_its_papers(visitor)
    visitor.post("identity/")
    if answer:
        decides(answer)

    with nothing_moves():
        response = visitor.submits()
    assert response.status_code == 409
    assert "Still missing: Verify your identity" in text(response)
    with nothing_moves(), pytest.raises(IdentityMissing), transaction.atomic():
        submit_invitation(invitation, declared=True, by=actor_of(invitation))

    visitor.post("identity/")
    decides("APPROVED")
    assert visitor.submits().status_code == 303


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("FACE_MISMATCH", "Your face did not match the photo"),
        ("DOC_EXPIRED", "The identity document has expired."),
        ("FACE_MISMATCH, DOC_EXPIRED", "The identity document has expired."),
        ("DOC_NOT_FULLY_VISIBLE", "The identity document could not be checked."),
        ("", "The identity check was not successful."),
    ],
)
def test_the_reason_is_told_in_words(visitor, codes, words):
    visitor.post("identity/")
    decides("DENIED")
    VerificationSession.objects.update(reason=codes)

    assert words in text(visitor.get())


@really_committed
def test_a_mode_a_link_has_no_identity_check(deal, partner):
    visitor = Visitor(invited(partner, deal.has_buyer(vatNumber="PL5260001247").buyer, language="en"))

    with nothing_moves():
        response = visitor.post("identity/")

    assert response.status_code == 303
    assert 'id="verification"' not in visitor.get().content.decode()
    assert heading(visitor.get()) == "Documents for AutoHandel Mustermann GmbH"


def test_a_verified_buyer_with_papers_by_link_is_valid(deal, partner, visitor, run_workers):
    sends_its_papers(visitor)
    visitor.post("identity/")
    decides("APPROVED")
    visitor.submits()
    run_workers()

    status = partner.get(f"{deal.buyer_path}/kyc").json()
    assert (status["overallStatus"], status["verificationStatus"]) == ("VALID", "VERIFIED")
    assert Kyc.objects.get().aml_status == "CLEAR"


# --- Back from iDenfy ---


def comes_back(visitor, path):
    response = visitor.http.get(path)
    assert (response.status_code, response["Location"]) == (302, f"{visitor.path}?back=1#verification")
    return visitor.http.get(response["Location"])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("APPROVED", "Verified"),
        ("SUSPECTED", "Being checked"),
        ("DENIED", "Not successful"),
        ("EXPIRED", "Missing"),
    ],
)
def test_idenfy_sends_the_buyer_back_to_what_came_of_it(visitor, answer, state):
    visitor.post("identity/")
    way = decides(answer)

    for _ in range(2):  # also twice, and by another device
        assert state_of(comes_back(visitor, way), "verification") == state
    assert state_of(visitor.get(), "verification") == state


def test_who_is_faster_than_the_result_is_told_so(visitor):
    visitor.post("identity/")
    way = way_of(VerificationSession.objects.get())["back"]

    early = comes_back(visitor, way)
    assert state_of(early, "verification") == "Result expected"
    assert "has not arrived yet" in text(early)
    assert "0 of 4 done" in text(early)
    decides("APPROVED")
    assert state_of(comes_back(visitor, way), "verification") == "Verified"


def test_an_old_way_back_shows_what_holds_now(visitor):
    visitor.post("identity/")
    first = decides("DENIED")
    visitor.post("identity/")
    assert state_of(comes_back(visitor, first), "verification") == "Result expected"

    decides("APPROVED")
    assert state_of(comes_back(visitor, first), "verification") == "Verified"


def test_a_way_back_tells_idenfy_no_link_and_ends_with_the_session(visitor, invitation):
    visitor.post("identity/")
    way = way_of(VerificationSession.objects.get())["back"]
    token = visitor.path.removeprefix("/b/").rstrip("/")

    assert token not in way
    assert visitor.http.get(way.replace("/back/", "/")).status_code == 404
    assert visitor.http.get(way.replace("/back/", "x/back/")).status_code == 404
    assert visitor.http.get(f"{visitor.path}back/").status_code == 404
    with time_machine.travel(invitation.created_at + timedelta(days=8)):
        assert visitor.http.get(way).status_code == 404


@pytest.mark.parametrize("way", ["https://evil.example/b/", "//evil.example/b/", "/admin/", "javascript:x"])
def test_the_stand_in_sends_nobody_elsewhere(visitor, way):
    visitor.post("identity/")
    session = VerificationSession.objects.get()

    response = Visitor.stranger().post(
        f"/sandbox/idenfy/{session.scan_ref}", {"overall": "DENIED"}, query_params={"back": way}
    )

    assert response["Location"] == f"/sandbox/idenfy/{session.scan_ref}"
