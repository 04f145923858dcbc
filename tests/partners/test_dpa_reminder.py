"""While an older version of the DPA is only enough for a time, the admins are reminded weekly (contract 5)."""

import pytest
import time_machine

from nt24.audit.models import Entry
from nt24.mail.models import Mail
from nt24.partners.actions import accept_dpa
from nt24.partners.tasks import REMINDER, remind_of_dpa
from nt24.vault import decrypt
from tests.factories.partners import OrganizationFactory
from tests.races.crowd import at_once


@pytest.fixture(autouse=True)
def _version_of_june(settings):
    settings.DPA_VERSION, settings.DPA_VERSION_SINCE = "2026-06", "2026-06-01"


def reminded_on(*days):
    """Run the daily task at noon of each day; on which days it has mailed."""
    mailed = []
    for day in days:
        before = Mail.objects.count()
        with time_machine.travel(f"{day}T12:00:00Z"):
            remind_of_dpa()
        if Mail.objects.count() > before:
            mailed.append(day)
    return mailed


def test_the_admin_is_told_which_version_is_needed_and_until_when(db):
    organization = OrganizationFactory()

    assert reminded_on("2026-06-01") == ["2026-06-01"]

    mail = Mail.objects.get()
    assert (mail.kind, mail.to) == ("partners.dpa_reminder", organization.admin_email)
    assert (mail.organization, mail.about) == (organization, organization.uuid)
    assert mail.subject == "Please accept version 2026-06 of the data processing agreement by 1 July 2026"
    assert f"{organization.name} has accepted version 2026-01." in decrypt(mail.text)
    entry = Entry.objects.get(action="organization.dpa_reminded")
    assert (entry.actor_id, entry.subject_uuid) == (REMINDER.id, organization.uuid)
    assert entry.changes == {"required_version": ["2026-01", "2026-06"]}


def test_reminders_are_a_week_apart_and_end_with_the_time_of_grace(db):
    OrganizationFactory()
    may_and_june = [f"2026-05-{day:02}" for day in range(25, 32)] + [
        f"2026-06-{day:02}" for day in range(1, 31)
    ]

    days = reminded_on(*may_and_june, "2026-07-01", "2026-07-02", "2026-07-09")

    assert days == ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29"]


def test_a_task_that_runs_twice_reminds_once(db):
    OrganizationFactory()

    assert reminded_on("2026-06-01", "2026-06-01") == ["2026-06-01"]
    assert Mail.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_tasks_at_once_remind_once():
    for _ in range(5):
        OrganizationFactory()

    with time_machine.travel("2026-06-01T12:00:00Z"):
        at_once([remind_of_dpa, remind_of_dpa])

    assert Mail.objects.count() == 5


def test_an_organization_that_has_accepted_is_not_reminded(db):
    organization = OrganizationFactory()
    reminded_on("2026-06-01")
    accept_dpa(organization, version="2026-06", by=REMINDER)

    assert reminded_on("2026-06-08", "2026-06-15") == []


@pytest.mark.parametrize("trait", ["without_dpa", "disabled"])
def test_an_organization_without_a_time_of_grace_is_not_reminded(db, trait):
    OrganizationFactory(**{trait: True})

    assert reminded_on("2026-06-01") == []
