"""Many write, several seal: every entry gets its link once, whoever was first."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from nt24.audit import chain
from nt24.audit.chain import seal_new
from nt24.audit.models import Entry, Link
from nt24.audit.proof import verify
from tests.audit.trails import entries, entry
from tests.races.crowd import Hold, at_once, in_background, wait_for_a_waiter

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def assert_all_is_sealed():
    while seal_new():
        pass
    proof = verify()
    assert (proof.fault, proof.waiting) == (None, 0)
    assert Link.objects.count() == Entry.objects.count() == proof.position


def test_of_two_sealers_at_once_one_seals_and_the_other_leaves_it_to_him(monkeypatch, caplog):
    """The second has read the head and the entries when the first commits; on SQLite it has to wait to read."""
    caplog.set_level("INFO", logger="nt24.audit.chain")
    entries(5)
    hold = Hold()
    monkeypatch.setattr(chain, "chain_after", hold.before(chain.chain_after))
    with ThreadPoolExecutor(2) as pool:
        first = in_background(pool, seal_new)
        assert hold.is_reached.wait(10)
        second = in_background(pool, seal_new)
        if connection.vendor == "postgresql":
            second.result(10)  # walks through and commits before the first
        else:
            wait_for_a_waiter()
        hold.release()
        counts = [first.result(10), second.result(10)]

    assert sorted(counts)[0] in {0, 1}  # at most the entry about the checkpoint
    assert Link.objects.filter(position__lte=5).count() == 5
    if connection.vendor == "postgresql":
        assert counts == [0, 5]
        assert "audit_sealed_by_another" in caplog.text
    assert_all_is_sealed()


def test_writers_and_sealers_at_once_leave_one_whole_chain():
    at_once([lambda: entries(20), lambda: entries(20), lambda: entries(20), seal_new, seal_new, verify])

    assert_all_is_sealed()
    assert Entry.objects.exclude(action="checkpoint.signed").count() == 60


def test_an_entry_that_is_committed_late_is_sealed_late():
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite one writer waits for the other, so that ids are committed in their order")
    hold = Hold()

    def write_slowly():
        with transaction.atomic():
            early = entry("order.early")
            hold.stop_here()
        return early

    with ThreadPoolExecutor(1) as pool:
        early = in_background(pool, write_slowly)
        assert hold.is_reached.wait(10)
        late = entry("order.late")
        assert seal_new() == 1
        hold.release()
        early = early.result(10)
    seal_new()

    assert early.pk < late.pk
    assert Link.objects.get(entry=late).position < Link.objects.get(entry=early).position
    assert_all_is_sealed()
