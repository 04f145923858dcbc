"""What the start page says about the installation itself: stopped work, the seal, the recapitulative statement."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from nt24.celery import app
from nt24.demo.processes import commands
from nt24.documents.sealing import sealing_key
from nt24.staff import tasks
from nt24.staff.heartbeats import Heartbeat, note_heartbeat, queues, silent_queues
from tests.staff.desk import Desk, member

STOPPED = "Background work has stopped"


@pytest.fixture
def working(db):
    for queue in queues():
        note_heartbeat(queue)


def test_work_that_goes_on_is_no_news(desk, working):
    assert STOPPED not in desk.opens("/admin/")


@pytest.mark.parametrize("queue", queues())
def test_one_silent_queue_is_named(desk, working, queue):
    Heartbeat.objects.filter(queue=queue).update(at=timezone.now() - timedelta(hours=3))
    page = desk.opens("/admin/")

    assert STOPPED in page
    assert f"{queue}: nothing processed for 3\u00a0hours" in page


def test_a_fresh_installation_without_a_worker_says_so(desk):
    assert "nothing processed yet" in desk.opens("/admin/")


@pytest.mark.parametrize(("minutes", "is_silent"), [(0, False), (4, False), (6, True), (600, True)])
def test_a_queue_is_silent_after_five_minutes(db, working, minutes, is_silent):
    assert bool(silent_queues(timezone.now() + timedelta(minutes=minutes))) is is_silent


def test_only_queues_that_a_worker_takes_from_are_watched(settings):
    """A queue nobody works off would be silent for ever, and the start page would cry wolf."""
    workers = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    compose = (settings.BASE_DIR / "compose.yaml").read_text()

    assert set(queues()) == workers == set(re.findall(r"-Q (\w+)", compose))
    assert settings.CELERY_TASK_DEFAULT_QUEUE in workers


def test_each_queue_is_sent_a_message_a_minute_and_its_worker_writes_the_time(db):
    entries = [entry for name, entry in app.conf.beat_schedule.items() if name.startswith("heartbeat-")]
    assert {entry["options"]["queue"] for entry in entries} == set(queues())

    assert {entry["task"] for entry in entries} == {tasks.note_heartbeat.name}
    for entry in entries * 2:
        tasks.note_heartbeat.apply(kwargs=entry["kwargs"], throw=True)

    assert set(Heartbeat.objects.values_list("queue", flat=True)) == set(queues())


def test_each_queue_that_is_watched_has_a_worker():
    worked_on = [words[words.index("-Q") + 1] for words in commands(8000).values() if "-Q" in words]
    assert sorted(",".join(worked_on).split(",")) == sorted(queues())


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=61), ""),
        (timedelta(days=59), "The seal certificate expires soon"),
        (timedelta(days=1), "The seal certificate expires soon"),
        (-timedelta(days=1), "The seal certificate has expired"),
    ],
)
def test_a_seal_that_ends_is_announced(db, working, left, words):
    ends_at = sealing_key().certificate.not_valid_after
    user = member("olga", everything=True)
    with time_machine.travel(ends_at - left):
        page = Desk(user).opens("/admin/")

    assert words in page
    assert ("The seal certificate" in page) is bool(words)


@pytest.mark.parametrize(
    ("day", "is_due"),
    [
        (datetime(2026, 4, 9, 12, tzinfo=UTC), False),
        (datetime(2026, 4, 10, 12, tzinfo=UTC), True),
        (datetime(2026, 4, 25, 12, tzinfo=UTC), True),
        (datetime(2026, 4, 26, 12, tzinfo=UTC), False),
        (datetime(2026, 1, 15, 12, tzinfo=UTC), True),
    ],
)
def test_the_recapitulative_statement_is_announced_to_whoever_exports_it(db, working, day, is_due):
    users = member("olga", everything=True), member("vera")
    with time_machine.travel(day):
        everything, nothing = (Desk(user).opens("/admin/") for user in users)
        last_month = (day.replace(day=1) - timedelta(days=1)).strftime("%B %Y")

    assert (f"Recapitulative statement for {last_month}" in everything) is is_due
    assert "Recapitulative statement" not in nothing
