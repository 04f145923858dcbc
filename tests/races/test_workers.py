"""Workers that die or meet: each Export File version is sealed once, each VIES check is asked by one (contract 10)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from buyers import checks
from buyers.models import ViesCheck
from compliance import exports
from compliance.export_file import EvidenceAltered
from compliance.models import ExportFile
from nt24.audit.models import Entry
from nt24.claims import claim_due
from nt24.documents.sealing import SealingFailed
from tests.papers import pdf
from tests.races import bodies
from tests.races.child import HERE, child, kill, line_from
from tests.races.crowd import Hold, at_once, in_background
from tests.races.proofs import assert_rollups_are_current, messages

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def waiting(partner):
    """An Export File that waits for a worker: the order became INVALID, because VIES says no."""
    buyer = partner.post("P/buyers", bodies.buyer(vatNumber="PL7001X200")).json()
    order = partner.post("P/orders", bodies.order(buyer["uuid"])).json()
    checks.ask_due()
    partner.post(f"P/orders/{order['uuid']}/payment", bodies.payment())
    assert partner.post(f"P/orders/{order['uuid']}/payment/ready-for-pickup").status_code == 200
    return ExportFile.objects.get(status=ExportFile.Status.PENDING)


def lease_runs_out(model):
    assert model.objects.filter(leased_until__gt=timezone.now()).update(leased_until=timezone.now()) == 1


def stored_export_files():
    folder = f"generated/{timezone.now():%Y/%m}"
    return set(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else set()


def assert_sealed_once(partner, order):
    export = ExportFile.objects.get()
    assert (export.status, export.number, export.due_at) == (ExportFile.Status.READY, 1, None)
    [generated] = messages("export_file.generated")
    assert (generated["orderUuid"], generated["version"]) == (str(order.uuid), 1)
    assert Entry.objects.filter(action="export_file.ready").count() == 1
    content = partner.get(generated["downloadUrl"])
    assert (content.status_code, len(b"".join(content.streaming_content))) == (200, export.size)
    assert_rollups_are_current()


@pytest.mark.parametrize("hold", ["rendering", "recorded"])
def test_a_version_whose_worker_was_killed_is_sealed_once_by_the_next(partner, waiting, hold):
    with child("render", hold=hold) as process:
        assert line_from(process) == HERE
        kill(process)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.tries) == (ExportFile.Status.GENERATING, 1)
    assert waiting.leased_until - timezone.now() < timedelta(minutes=2)
    assert exports.render_due() == 0

    lease_runs_out(ExportFile)
    assert exports.render_due() == 1

    assert_sealed_once(partner, waiting.order)
    assert exports.render_due() == 0


def test_two_workers_on_one_version_seal_it_once_and_leave_no_second_file(partner, waiting, monkeypatch):
    both_are_rendering = threading.Barrier(2)

    def build_together(*args):
        number = both_are_rendering.wait(30)
        return pdf(f"rendered by worker {number}")

    before = stored_export_files()
    monkeypatch.setattr(exports, "build", build_together)
    at_once([lambda export=export: exports.render_one(export) for export in claimed_twice()])

    assert_sealed_once(partner, waiting.order)
    assert len(stored_export_files() - before) == 1


def claimed_twice():
    """The same version in the hands of two workers: the first one's lease has run out."""
    slow = claim_due(ExportFile, lease=exports.LEASE, limit=1)
    lease_runs_out(ExportFile)
    return [*slow, *claim_due(ExportFile, lease=exports.LEASE, limit=1)]


@pytest.mark.parametrize("failure", [EvidenceAltered("altered"), SealingFailed("no time stamp")])
def test_a_worker_that_fails_late_does_not_undo_what_its_twin_has_sealed(
    partner, waiting, monkeypatch, failure
):
    hold = Hold()

    def fail_late(*args):
        if hold.is_reached.is_set():
            return pdf("rendered in time")
        hold.stop_here()
        raise failure

    monkeypatch.setattr(exports, "build", fail_late)
    slow, fast = claimed_twice()
    with ThreadPoolExecutor(1) as pool:
        late = in_background(pool, lambda: exports.render_one(slow))
        assert hold.is_reached.wait(10)
        exports.render_one(fast)
        hold.release()
        late.result(10)

    assert_sealed_once(partner, waiting.order)


def test_four_workers_that_look_for_work_at_once_get_a_version_each(partner, waiting):
    buyer = str(waiting.order.buyer.uuid)
    for number in (2, 3):
        order = partner.post("P/orders", bodies.order(buyer, externalOrderId=f"RACE-{number}")).json()
        partner.post(f"P/orders/{order['uuid']}/payment", bodies.payment())
        partner.post(f"P/orders/{order['uuid']}/payment/ready-for-pickup")

    claimed = at_once([lambda: claim_due(ExportFile, lease=exports.LEASE, limit=1)] * 4)

    assert sorted(len(mine) for mine in claimed) == [0, 1, 1, 1]
    assert {row.pk for mine in claimed for row in mine} == set(
        ExportFile.objects.values_list("pk", flat=True)
    )
    assert exports.render_due() == 0


# --- VIES ----------------------------------------------------------------------------------------------------------


def test_each_of_twelve_checks_is_asked_by_one_of_four_workers(partner, monkeypatch):
    for number in range(12):
        buyer = partner.post("P/buyers", bodies.buyer(vatNumber=f"PL52600012{number:02}")).json()
        assert partner.post(f"P/buyers/{buyer['uuid']}/kyc/vies-check").status_code == 202
    ask, asked = checks.ask, []

    def count(question):
        asked.append(question.vat_number)
        return ask(question)

    monkeypatch.setattr(checks, "ask", count)
    done = at_once([checks.ask_due for _ in range(4)])

    assert sum(done) == 12
    assert sorted(asked) == [f"PL52600012{number:02}" for number in range(12)]
    assert ViesCheck.objects.filter(status=ViesCheck.Status.COMPLETED, tries=1).count() == 12


def test_a_check_whose_worker_was_killed_is_asked_again_when_its_lease_has_run_out(partner, order):
    with child("ask") as process:
        assert line_from(process) == HERE
        kill(process)
    assert ViesCheck.objects.get().status == ViesCheck.Status.IN_PROGRESS
    assert checks.ask_due() == 0

    lease_runs_out(ViesCheck)
    assert checks.ask_due() == 1

    check = ViesCheck.objects.get()
    assert (check.status, check.result, check.tries) == ("COMPLETED", "VALID", 2)
    assert Entry.objects.filter(action="vies_check.completed").count() == 1
    assert_rollups_are_current()
