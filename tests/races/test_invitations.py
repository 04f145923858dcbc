"""One link in several hands at once: submitted once, filed once, ended once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from buyers import invitations, prospects
from buyers.invitation_models import Draft, Invitation, Prospect
from buyers.links import LinkEnded, LinkExpired, LinkRevoked, LinkUsed
from buyers.prospects import TooManyProspects
from buyers.tasks import EXPIRY, expire_invitations, remind_of_invitations
from nt24.documents.models import Document
from nt24.mail.models import Mail
from tests.buyers.links import REGISTER, fills_in, invited, linked, submits, uploads, uploads_all
from tests.ledger import messages
from tests.races.crowd import Hold, at_once, in_background, wait_for_a_waiter
from tests.races.proofs import assert_rollups_are_current

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invitation(partner, buyer):
    invitation = invited(partner, buyer)
    uploads_all(invitation)
    return invitation


@pytest.fixture
def held_use(monkeypatch):
    """Stops the first submission after its documents are filed and before the link is used."""
    hold = Hold()
    monkeypatch.setattr(invitations, "note_used", hold.before(invitations.note_used))
    yield hold
    hold.release()


def outcome_of(call):
    """What a call comes to: its answer, or the kind of its refusal."""
    try:
        return call()
    except (LinkEnded, TooManyProspects) as refusal:
        return type(refusal)


def test_of_many_submissions_at_once_one_is_taken(invitation, order):
    outcomes = at_once([lambda: outcome_of(lambda: submits(invitation)) for _ in range(6)])

    assert sorted(map(str, outcomes)) == sorted(map(str, [invitation, *[LinkUsed] * 5]))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.usage_count) == ("USED", 1)
    assert (Document.objects.count(), Draft.objects.count()) == (4, 0)
    assert len(messages("self_service_invitation.used")) == 1
    assert_rollups_are_current()


def expire():
    expire_invitations()
    return "expired"


def revoke(partner, buyer, invitation):
    address = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}/revoke"
    return partner.post(address, {"reason": "x"}).status_code


def test_a_link_whose_time_ends_while_it_is_submitted_is_used_and_does_not_expire(invitation, held_use):
    with ThreadPoolExecutor(2) as pool:
        submission = in_background(pool, lambda: submits(invitation))
        assert held_use.is_reached.wait(10)
        # The task has seen the row as due before, and now waits for whoever holds it.
        task = in_background(pool, lambda: invitations.expire_invitation(invitation, by=EXPIRY))
        wait_for_a_waiter()
        held_use.release()

        submission.result(10)
        assert task.result(10) is False
    assert Invitation.objects.get().status == "USED"
    assert messages("self_service_invitation.expired") == []


def test_a_link_that_is_submitted_while_it_expires_files_nothing(invitation, monkeypatch):
    hold = Hold()
    monkeypatch.setattr(invitations, "named", hold.before(invitations.named))
    Invitation.objects.update(expires_at=timezone.now())
    with ThreadPoolExecutor(2) as pool:
        task = in_background(pool, expire)
        assert hold.is_reached.wait(10)
        submission = in_background(pool, lambda: outcome_of(lambda: submits(invitation)))
        wait_for_a_waiter()
        hold.release()

        assert (task.result(10), submission.result(10)) == ("expired", LinkExpired)
    assert (Document.objects.count(), Draft.objects.count()) == (0, 4)
    assert messages("self_service_invitation.used") == []


def test_a_link_that_is_revoked_while_it_is_submitted_is_used(callers, buyer, invitation, held_use):
    [caller] = callers(1)
    with ThreadPoolExecutor(2) as pool:
        submission = in_background(pool, lambda: submits(invitation))
        assert held_use.is_reached.wait(10)
        revocation = in_background(pool, lambda: revoke(caller, buyer, invitation))
        wait_for_a_waiter()
        held_use.release()

        submission.result(10)
        assert revocation.result(10) == 409
    invitation.refresh_from_db()
    assert (invitation.status, invitation.revoked_at) == ("USED", None)


def test_a_link_is_either_submitted_or_revoked(callers, buyer, invitation):
    [caller] = callers(1)
    submitted, revoked = at_once(
        [lambda: outcome_of(lambda: submits(invitation)), lambda: revoke(caller, buyer, invitation)]
    )

    invitation.refresh_from_db()
    filed = Document.objects.count()
    assert (submitted, revoked, invitation.status, filed) in [
        (invitation, 409, "USED", 4), (LinkRevoked, 200, "REVOKED", 0),
    ]  # fmt: skip


def test_two_workers_expire_an_invitation_once(partner, buyer):
    for _ in range(3):
        invited(partner, buyer)
    Invitation.objects.update(expires_at=timezone.now())
    at_once([expire_invitations] * 4)

    assert list(Invitation.objects.values_list("status", "version")) == [("EXPIRED", 1)] * 3
    assert len(messages("self_service_invitation.expired")) == 3


def test_two_workers_remind_of_an_invitation_once(partner, buyer):
    invited(partner, buyer)
    now = timezone.now()
    Invitation.objects.update(created_at=now - timedelta(days=12), expires_at=now + timedelta(days=2))
    at_once([remind_of_invitations] * 4)

    assert Mail.objects.filter(kind="buyers.invitation_reminder").count() == 1


def test_files_for_one_need_that_arrive_at_once_leave_one_draft(partner, buyer):
    invitation = invited(partner, buyer)
    at_once([lambda: uploads(invitation, REGISTER) for _ in range(5)])

    assert Draft.objects.count() == 1


def test_forms_that_arrive_at_once_behind_one_link_are_all_kept(partner):
    link = linked(partner)
    at_once([lambda: fills_in(link) for _ in range(5)])

    link.refresh_from_db()
    assert (link.usage_count, Prospect.objects.count()) == (5, 5)
    assert len(messages("prospect.submitted")) == 5


def test_a_prospect_that_is_converted_by_several_becomes_one_buyer(callers, partner):
    prospects = [fills_in(link := linked(partner)), fills_in(link)]
    answers = at_once(
        [
            lambda c=c, p=p: c.post(f"P/prospects/{p.uuid}/convert", {"kycMode": "NT24_LED"})
            for c, p in zip(callers(6), prospects * 3, strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert set(Prospect.objects.values_list("status", flat=True)) == {"CONVERTED"}


def test_the_bound_of_invitation_mails_holds_for_calls_at_once(partner, settings):
    settings.INVITATION_MAILS_IN_TEN_MINUTES = 3
    body = {"label": "Fair", "recipientEmail": "ana@auto.example"}

    answers = at_once([lambda: partner.post("P/self-service-invitations", body) for _ in range(6)])

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 3
    assert Mail.objects.count() == 3


def test_the_bound_of_a_prospect_link_holds_for_forms_at_once(partner, monkeypatch):
    monkeypatch.setattr(prospects, "OF_ONE_LINK", 3)
    invitation = linked(partner)

    outcomes = at_once([lambda: outcome_of(lambda: fills_in(invitation)) for _ in range(6)])

    assert outcomes.count(TooManyProspects) == 3
    assert Prospect.objects.count() == 3
