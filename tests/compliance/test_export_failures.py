"""What ends a version and what is waited for: an error that no try can mend must not be tried a thousand times."""

import pytest
from django.core.files.storage import default_storage

from compliance import exports
from compliance.models import ExportFile
from nt24.documents.confinement import Busy
from nt24.documents.models import Document
from nt24.documents.storage import StorageUnavailable
from tests.compliance.test_export_versions import export_of, is_regenerated
from tests.ledger import messages


@pytest.fixture
def judged(quick_deal):
    return quick_deal.is_judged()


def is_due_again():
    ExportFile.objects.exclude(due_at=None).update(due_at="2026-01-01T00:00:00Z", leased_until=None)


def rendered(times=1):
    for _ in range(times):
        is_due_again()
        exports.render_due()


@pytest.mark.parametrize(
    "spoiled",
    [
        {"format": "nt24.dossier/0", "dossier": {"created_at": "2026-04-26T08:30:12Z"}},
        {"dossier": {}},
        [],
        {"format": "nt24.dossier/1", "dossier": {"created_at": "2026-04-26T08:30:12Z", "unknown": 1}},
    ],
)
def test_a_dossier_that_cannot_be_read_ends_its_version_after_a_few_tries(judged, spoiled):
    ExportFile.objects.update(dossier=spoiled)

    rendered(exports.BROKEN_TRIES - 1)
    assert ExportFile.objects.get().status == "GENERATING"
    rendered()

    export = ExportFile.objects.get()
    assert (export.status, export.tries, export.due_at) == ("FAILED", exports.BROKEN_TRIES, None)
    assert export_of(judged)["status"] == "FAILED"
    assert [one["data"]["reason"] for one in messages("export_file.generation_failed")] == [
        "DOSSIER_UNREADABLE"
    ]


@pytest.mark.parametrize(
    "error", [ValueError("no glyph"), MemoryError(), RecursionError("deep"), KeyError("x")]
)
def test_an_error_that_nobody_foresaw_is_tried_five_times(judged, monkeypatch, error):
    def breaks(*args):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(exports, "build", breaks)
        rendered(exports.BROKEN_TRIES - 1)
        assert ExportFile.objects.get().status == "GENERATING"
        rendered()

    export = ExportFile.objects.get()
    assert (export.status, export.tries) == ("FAILED", exports.BROKEN_TRIES)
    assert export.failure.startswith(type(error).__name__)
    is_regenerated(judged)
    exports.render_due()
    assert export_of(judged)["status"] == "READY"


def test_a_version_that_breaks_does_not_keep_the_others_waiting(judged, monkeypatch):
    build = exports.build
    number_one = ExportFile.objects.get()
    ExportFile.objects.update(status="GENERATING")
    is_regenerated(judged)

    def breaks_for_the_first(dossier, originals):
        if dossier.version == number_one.number:
            raise ZeroDivisionError
        return build(dossier, originals)

    monkeypatch.setattr(exports, "build", breaks_for_the_first)
    rendered()

    assert list(ExportFile.objects.order_by("number").values_list("status", flat=True)) == [
        "GENERATING",
        "READY",
    ]


def test_an_original_that_is_gone_is_looked_for_for_a_while(judged):
    default_storage.delete(Document.objects.get(type="TRANSPORT_CMR").storage_key)

    rendered(2)
    assert ExportFile.objects.get().status == "GENERATING"
    ExportFile.objects.update(tries=exports.MISSING_TRIES - 1)
    rendered()

    assert ExportFile.objects.get().failure == "An original is not in the storage."
    assert [one["data"]["reason"] for one in messages("export_file.generation_failed")] == [
        "EVIDENCE_ALTERED"
    ]


def test_facts_that_the_next_version_has_frozen_are_left_to_its_workers(judged):
    frozen = ExportFile.objects.get().dossier
    ExportFile.objects.update(dossier={**frozen, "dossier": {**frozen["dossier"], "learnt_later": 1}})
    rendered()
    assert ExportFile.objects.get().status == "GENERATING"

    ExportFile.objects.update(dossier=frozen)  # what a worker that knows the member reads
    rendered()

    assert export_of(judged)["status"] == "READY"


@pytest.mark.parametrize("tries", [5, 30, 900])
@pytest.mark.parametrize("outage", [StorageUnavailable, Busy, PermissionError])
def test_an_outage_is_waited_for_much_longer(judged, monkeypatch, tries, outage):
    def is_away(*args):
        raise outage

    monkeypatch.setattr(exports, "build", is_away)
    ExportFile.objects.update(tries=tries)
    rendered()

    assert ExportFile.objects.get().status == "GENERATING"
