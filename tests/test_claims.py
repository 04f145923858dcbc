"""Rows that wait for a worker: the database's clock decides, and what somebody waits for goes first."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as project
from django.db import connection
from django.utils import timezone

from buyers.models import Buyer, ViesCheck
from compliance.models import ExportFile
from nt24 import claims
from nt24.celery import app
from nt24.claims import claim_due
from nt24.demo.processes import commands
from nt24.mail.models import Mail
from nt24.webhooks import claiming
from orders.models import Order
from tests.races import bodies

pytestmark = pytest.mark.django_db(transaction=True)
ASK_DATABASE = claims.told_by_database  # before any test has put its own clock in between
WRONG_CLOCKS = [timedelta(minutes=-10), timedelta(minutes=10), timedelta(days=3), timedelta(days=-400)]
LEASE = timedelta(minutes=1)


def a_mail(kind="buyers.invitation", **fields):
    return Mail.objects.create(
        kind=kind, to="anna@example.com", subject="s", text=b"", html=b"", language="en", **fields
    )


# --- The clock


@pytest.fixture
def database_clock(monkeypatch):
    """The worker travels alone; the database stays where it is."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no clock of its own")
    monkeypatch.setattr(claims, "told_by_database", ASK_DATABASE)


@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
def test_a_worker_with_a_wrong_clock_takes_nothing_that_another_holds(database_clock, wrong):
    a_mail()
    [held] = claim_due(Mail, lease=LEASE)

    with time_machine.travel(timezone.now() + wrong):
        assert claim_due(Mail, lease=LEASE) == []

    held.refresh_from_db()
    assert held.tries == 1


@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
def test_a_worker_with_a_wrong_clock_finds_what_is_due_and_holds_it_as_long_as_others(database_clock, wrong):
    a_mail()

    with time_machine.travel(timezone.now() + wrong):
        [held] = claim_due(Mail, lease=LEASE)

    assert timedelta(0) < held.leased_until - timezone.now() <= LEASE
    assert claim_due(Mail, lease=LEASE) == []


@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
def test_deliveries_are_claimed_by_the_same_clock(database_clock, wrong):
    with time_machine.travel(timezone.now() + wrong):
        now = claiming.database_time()

    assert abs(now - timezone.now()) < timedelta(minutes=1)


def test_a_lease_that_has_run_out_is_free_again():
    a_mail()
    claim_due(Mail, lease=LEASE)

    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        [again] = claim_due(Mail, lease=LEASE)

    assert again.tries == 2


# --- Urgency


def long_ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def test_a_link_overtakes_reminders_and_repeated_mail():
    for n in range(30):
        a_mail("buyers.invitation_reminder", due_at=long_ago(60 + n))
        a_mail("buyers.invitation", due_at=long_ago(30 + n), tries=1)
    fresh = a_mail("buyers.invitation")

    [first] = claim_due(Mail, lease=LEASE, limit=1)

    assert first == fresh


@pytest.mark.parametrize(
    "kind", ["buyers.expiry_reminder", "partners.dpa_reminder", "buyers.invitation_reminder"]
)
def test_among_what_can_wait_the_oldest_goes_first(kind):
    young, old = a_mail(kind, due_at=long_ago(1)), a_mail(kind, due_at=long_ago(9))

    assert claim_due(Mail, lease=LEASE) == [old, young]


@pytest.fixture
def buyers(partner):
    """Buyers whose VAT numbers nobody has asked about yet."""
    for number in range(12):
        partner.post("P/buyers", bodies.buyer(vatNumber=f"PL52600012{number:02}"))
    return list(Buyer.objects.order_by("pk"))


@pytest.mark.parametrize("cause", ["REQUESTED", "ORDER", "READY_FOR_PICKUP"])
def test_a_question_that_somebody_asked_overtakes_daily_and_repeated_ones(buyers, cause):
    def check(buyer, cause, **fields):
        return ViesCheck.objects.create(buyer=buyer, vat_number=buyer.vat_number, cause=cause, **fields)

    for number, buyer in enumerate(buyers[1:]):
        check(buyer, "DAILY" if number % 2 else "REQUESTED", tries=1 - number % 2, due_at=long_ago(60))
    fresh = check(buyers[0], cause, due_at=timezone.now())

    [first] = claim_due(ViesCheck, lease=LEASE, limit=1)

    assert first == fresh


def test_the_first_file_of_a_verdict_overtakes_new_versions_and_repeated_tries(partner, buyers):
    def waiting(number, **fields):
        sent = bodies.order(str(buyers[0].uuid), externalOrderId=f"CLAIM-{Order.objects.count()}")
        order = Order.objects.get(uuid=partner.post("P/orders", sent).json()["uuid"])
        return ExportFile.objects.create(
            order=order, number=number, decision="VALID_EXPORT", reason="FORCED", dossier={}, **fields
        )

    for minutes in range(5):
        waiting(2, due_at=long_ago(60 + minutes))
        waiting(1, due_at=long_ago(60 + minutes), tries=3)
    fresh = waiting(1, due_at=timezone.now())

    [first] = claim_due(ExportFile, lease=LEASE, limit=1)

    assert first == fresh


@pytest.mark.parametrize(
    ("kind", "limit"),
    [("buyers.expiry_reminder", 1), ("partners.dpa_reminder", 3), ("buyers.invitation_reminder", 20)],
)
def test_what_can_wait_has_every_tenth_turn_however_much_is_urgent(kind, limit):
    """Somebody asks all the time: there is never a claim that has no urgent rows left for it."""
    claims._in_a_row.clear()
    patient = {a_mail(kind, due_at=long_ago(100 + minutes)) for minutes in range(3 * limit)}
    taken = []
    for turn in range(30):
        for _ in range(limit):
            a_mail(due_at=long_ago(30 - turn))
        taken.append(claim_due(Mail, lease=LEASE, limit=limit))

    assert [set(batch) <= patient for batch in taken] == 3 * ([False] * 9 + [True])
    assert [len(batch) for batch in taken] == [limit] * 30


@pytest.mark.parametrize("urgent", [0, 1, 4])
def test_what_can_wait_goes_along_where_there_is_room(urgent):
    claims._in_a_row.clear()
    for _ in range(12):
        for _ in range(urgent):
            a_mail(due_at=long_ago(1))
        old = a_mail("buyers.expiry_reminder", due_at=long_ago(60))

        assert old in claim_due(Mail, lease=LEASE, limit=5)


# --- Queues


def queue_of(task):
    return app.amqp.router.route({}, task)["queue"].name


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("buyers.tasks.ask_vies", "now"),
        ("nt24.mail.tasks.send_due", "now"),
        ("compliance.tasks.reassess_buyer", "now"),
        ("compliance.tasks.render_export_files", "exports"),
        ("nt24.webhooks.tasks.deliver_due", "webhooks"),
        ("compliance.tasks.recompute_all", "later"),
        ("orders.tasks.read_hints", "later"),
        ("a.task.that.nobody.has.written.yet", "later"),
    ],
)
def test_what_nobody_waits_for_has_another_queue(task, queue):
    assert queue_of(task) == queue


def test_every_queue_has_its_worker_wherever_workers_are_started():
    app.loader.import_default_modules()
    queues = set(project.WORK_OF_QUEUES)
    started = {command[command.index("-Q") + 1] for command in commands(8000).values() if "-Q" in command}
    composed = (project.BASE_DIR / "compose.yaml").read_text()

    assert started == queues
    assert all(f"-Q {queue}\n" in composed for queue in queues)
    assert {task for tasks in project.WORK_OF_QUEUES.values() for task in tasks} <= set(app.tasks)
