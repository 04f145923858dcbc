"""What the clock does to invitations: they expire, are reminded of, and leave no files behind (contract 12)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import default_storage

from buyers.invitation_models import Draft, Invitation
from buyers.links import token_of
from buyers.tasks import expire_invitations, forget_drafts, remind_of_invitations
from nt24.actors import system
from nt24.audit.models import Entry
from nt24.celery import app
from nt24.documents.tasks import sweep_orphaned_files
from nt24.mail.models import Mail
from nt24.partners.actions import disable_seller
from nt24.vault import decrypt
from tests.buyers.links import REGISTER, VAT, invited, linked, submits, uploads, uploads_all
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.ledger import messages, nothing_moves


@pytest.fixture
def clock():
    """Stands at 25 April, 10:00 UTC, until it is moved."""
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def buyer(clock, partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def invitation(partner, buyer):
    return invited(partner, buyer, language="en")


# --- Expiry --------------------------------------------------------------------------------------------------------


def test_an_invitation_expires_once_and_says_so(clock, buyer, invitation):
    clock.move_to("2026-05-09T09:59:59Z")
    with nothing_moves():
        expire_invitations()
    clock.move_to("2026-05-09T10:00:00Z")
    expire_invitations()

    invitation.refresh_from_db()
    assert (invitation.status, invitation.version) == ("EXPIRED", 1)
    [message] = messages("self_service_invitation.expired")
    assert message["source"] == "SYSTEM"
    assert message["data"] == {
        "invitationUuid": str(invitation.uuid),
        "kind": "KYC",
        "buyerUuid": buyer["uuid"],
        "expiredAt": "2026-05-09T10:00:00Z",
    }
    assert Entry.objects.get(action="invitation.expired").changes == {"status": ["ACTIVE", "EXPIRED"]}
    with nothing_moves():
        expire_invitations()


def test_a_prospect_link_expires_without_a_buyer_in_the_message(clock, partner):
    link = linked(partner, expiresInDays=1)
    clock.shift(timedelta(days=1))
    expire_invitations()

    [message] = messages("self_service_invitation.expired")
    assert message["data"] == {
        "invitationUuid": str(link.uuid), "kind": "PROSPECT", "expiredAt": "2026-04-26T10:00:00Z",
    }  # fmt: skip


def test_what_was_used_or_revoked_does_not_expire(clock, partner, buyer, invitation):
    other = invited(partner, buyer)
    uploads_all(invitation)
    submits(invitation)
    address = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{other.uuid}/revoke"
    taken(partner.post(address, {"reason": "x"}), 200)
    clock.shift(timedelta(days=20))

    with nothing_moves():
        expire_invitations()


# --- The reminder --------------------------------------------------------------------------------------------------


def test_three_days_before_the_end_the_buyer_is_reminded_once(clock, invitation):
    clock.move_to("2026-05-06T09:59:59Z")
    with nothing_moves():
        remind_of_invitations()
    clock.move_to("2026-05-06T10:00:00Z")
    remind_of_invitations()
    with nothing_moves():
        remind_of_invitations()

    first, reminder = Mail.objects.order_by("pk")
    assert (reminder.kind, reminder.to) == ("buyers.invitation_reminder", first.to)
    assert reminder.subject == (
        "Reminder: AutoHandel Mustermann GmbH still needs documents from your company"
    )
    text = decrypt(reminder.text)
    assert f"/b/{token_of(invitation)}/" in text
    assert "The page is open until 9 May 2026, 12:00 (Europe/Berlin)." in text


def test_a_link_that_is_open_for_three_days_or_less_needs_no_reminder(clock, partner, buyer):
    invited(partner, buyer, expiresInDays=3)
    clock.shift(timedelta(hours=1))

    with nothing_moves():
        remind_of_invitations()


@pytest.mark.parametrize("end", ["used", "revoked", "past", "seller"])
def test_nobody_is_reminded_of_a_link_that_does_not_open(clock, partner, buyer, invitation, seller, end):
    if end == "used":
        uploads_all(invitation)
        submits(invitation)
    elif end == "revoked":
        address = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}/revoke"
        taken(partner.post(address, {"reason": "x"}), 200)
    elif end == "seller":
        disable_seller(seller, by=system("test"), reason="left")
    clock.move_to("2026-05-09T10:00:00Z" if end == "past" else "2026-05-07T10:00:00Z")

    with nothing_moves():
        remind_of_invitations()
    assert Mail.objects.filter(kind="buyers.invitation_reminder").count() == 0


def test_the_timetable_has_the_clock_of_invitations():
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert {
        "buyers.tasks.expire_invitations",
        "buyers.tasks.remind_of_invitations",
        "buyers.tasks.forget_drafts",
    } <= tasks


# --- Files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def weeks_old(monkeypatch):
    """`weeks_old(key)`: the file was stored long ago; the storage's clock is not the test's."""
    old, modified = set(), default_storage.get_modified_time
    monkeypatch.setattr(
        default_storage,
        "get_modified_time",
        lambda name: datetime(2026, 1, 1, tzinfo=UTC) if name in old else modified(name),
    )
    return old.add


def stored(key):
    return (Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / key).exists()


def test_the_file_of_a_draft_is_kept_while_its_invitation_lives(weeks_old, invitation):
    draft = uploads(invitation, REGISTER)
    weeks_old(draft.storage_key)

    forget_drafts()
    sweep_orphaned_files()
    assert stored(draft.storage_key)


def test_the_file_of_a_draft_that_was_removed_is_swept(weeks_old, invitation):
    draft, kept = uploads(invitation, REGISTER), uploads(invitation, VAT)
    better = uploads(invitation, REGISTER)
    for one in (draft, kept, better):
        weeks_old(one.storage_key)
    sweep_orphaned_files()

    assert [stored(one.storage_key) for one in (draft, kept, better)] == [False, True, True]


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_the_files_of_drafts_go_a_week_after_their_invitation_has_ended(
    clock, partner, buyer, invitation, weeks_old, end
):
    draft = uploads(invitation, REGISTER)
    weeks_old(draft.storage_key)
    if end == "revoked":
        address = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}/revoke"
        taken(partner.post(address, {"reason": "x"}), 200)
    else:
        clock.move_to("2026-05-09T10:00:00Z")
        expire_invitations()
    clock.shift(timedelta(days=7, seconds=-1))
    forget_drafts()
    sweep_orphaned_files()
    assert (Draft.objects.count(), stored(draft.storage_key)) == (1, True)

    clock.shift(timedelta(seconds=1))
    forget_drafts()
    sweep_orphaned_files()
    assert (Draft.objects.count(), stored(draft.storage_key)) == (0, False)


def test_what_was_submitted_stays(clock, invitation, weeks_old):
    uploads_all(invitation)
    keys = list(Draft.objects.values_list("storage_key", flat=True))
    submits(invitation)
    for key in keys:
        weeks_old(key)
    clock.shift(timedelta(days=60))
    forget_drafts()
    sweep_orphaned_files()

    assert Invitation.objects.get().status == "USED"
    assert [stored(key) for key in keys] == [True] * 4
