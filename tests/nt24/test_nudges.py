"""A nudge comes after the commit, once, and an absent broker fails nothing."""

import pytest
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from nt24.nudges import nudge
from nt24.webhooks.models import Message
from nt24.webhooks.tasks import deliver_due
from tests.races import bodies


@shared_task
def look(*, id=0):
    """What a nudge starts."""


@pytest.fixture
def given(monkeypatch):
    """The ids of the nudges given so far."""
    ids = []
    monkeypatch.setattr(look, "delay", lambda **sent: ids.append(sent))
    return ids


@pytest.mark.django_db(transaction=True)
def test_a_nudge_is_given_after_the_commit_and_once_for_the_same_work(given):
    with transaction.atomic():
        nudge(look, id=1)
        nudge(look, id=1)
        nudge(look, id=2)
        assert given == []

    assert given == [{"id": 1}, {"id": 2}]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_gives_no_nudge(given):
    with transaction.atomic():
        nudge(look)
        transaction.set_rollback(True)

    assert given == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [OperationalError("gone"), ConnectionRefusedError(), PermissionError()])
def test_a_write_is_answered_and_kept_while_the_broker_is_away(partner, monkeypatch, failure):
    def fail(**ids):
        raise failure

    monkeypatch.setattr(deliver_due, "delay", fail)
    monkeypatch.setattr("buyers.tasks.ask_vies.delay", fail)
    hook = partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]}).json()

    buyer = partner.post("P/buyers", bodies.buyer())
    check = partner.post(f"P/buyers/{buyer.json()['uuid']}/kyc/vies-check")
    fired = partner.post(
        f"/v1/webhooks/{hook['id']}/test", {"eventType": "kyc.vies_check_failed", "data": {}}
    )

    assert (buyer.status_code, check.status_code, fired.status_code) == (201, 202, 202)
    assert Message.objects.count() == 1
