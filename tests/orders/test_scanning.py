"""Documents that came in while the virus scanner was away are asked about again, and begin to count."""

import pytest

from nt24.audit.models import Entry
from nt24.documents.models import Document, Original, ScanStatus
from orders.scanning import record_result, scan_waiting
from tests.clamd import running


@pytest.fixture
def clamd():
    with running() as server:
        yield server


@pytest.fixture
def waiting(deal, settings, clamd):
    """An order whose payment confirmation, and a buyer whose extract, came in while the scanner was away."""
    deal.has_buyer().has_order().has_invoice()
    settings.CLAMD_URL = "tcp://127.0.0.1:1"  # nobody listens there
    deal.has_payment()
    deal.uploads(f"{deal.buyer_path}/kyc/documents", "COC_EXTRACT")
    settings.CLAMD_URL = clamd.url
    return deal


def statuses():
    return dict(Document.objects.order_by("pk").values_list("type", "scan_status"))


def missing_from_buyer(deal):
    return deal.partner.get(f"{deal.buyer_path}/kyc").json()["missingDocuments"]


def test_a_waiting_document_does_not_count(waiting):
    assert statuses()["PAYMENT_CONFIRMATION"] == "PENDING"
    assert "MISSING_PAYMENT_PROOF" in waiting.codes()
    assert "COC_*" in missing_from_buyer(waiting)


@pytest.mark.django_db(transaction=True)
def test_a_clean_document_begins_to_count_at_once(waiting):
    version = waiting.rollup()["version"]

    assert scan_waiting() == 2

    assert (statuses()["PAYMENT_CONFIRMATION"], statuses()["COC_EXTRACT"]) == ("CLEAN", "CLEAN")
    assert "MISSING_PAYMENT_PROOF" not in waiting.codes()
    assert "COC_*" not in missing_from_buyer(waiting)
    assert waiting.rollup()["version"] == version + 2  # one step for the order, one for the buyer
    assert Entry.objects.filter(action="document.scan_clean").count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_infected_document_never_counts(waiting, clamd):
    clamd.answer = b"stream: Eicar-Test FOUND\0"

    assert scan_waiting() == 2

    assert statuses()["PAYMENT_CONFIRMATION"] == "INFECTED"
    assert "MISSING_PAYMENT_PROOF" in waiting.codes()
    assert scan_waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_a_scanner_that_is_still_away_leaves_everything_waiting(waiting, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    entries = Entry.objects.count()

    assert scan_waiting() == 0

    assert statuses()["PAYMENT_CONFIRMATION"] == "PENDING"
    assert Entry.objects.count() == entries


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_results_changes_nothing(waiting):
    document = Document.objects.get(type="PAYMENT_CONFIRMATION")
    record_result(document.pk, ScanStatus.CLEAN)
    entries = Entry.objects.count()

    record_result(document.pk, ScanStatus.INFECTED)

    assert statuses()["PAYMENT_CONFIRMATION"] == "CLEAN"
    assert Entry.objects.count() == entries


@pytest.fixture
def original(waiting):
    """A file behind the payment confirmation that the scanner has not seen either."""
    document = Document.objects.get(type="PAYMENT_CONFIRMATION")
    return Original.objects.create(
        document=document,
        position=0,
        file_name="receipt.jpg",
        content_type="image/jpeg",
        size=document.size,
        sha256="ab" * 32,
        storage_key=document.storage_key,
        scan_status=ScanStatus.PENDING,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("answer", "result"), [(b"stream: OK\0", "CLEAN"), (b"stream: Eicar FOUND\0", "INFECTED")]
)
def test_an_original_file_is_scanned_once_as_well(waiting, original, clamd, answer, result):
    clamd.answer = answer

    assert scan_waiting() == 3
    assert scan_waiting() == 0

    original.refresh_from_db()
    assert original.scan_status == result
    assert original.is_released() == (result == "CLEAN")
    entry = Entry.objects.get(action=f"document.original_scan_{result.lower()}")
    assert entry.subject_uuid == original.document.uuid


@pytest.mark.django_db(transaction=True)
def test_an_original_waits_while_the_scanner_is_away(waiting, original, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:1"

    assert scan_waiting() == 0

    original.refresh_from_db()
    assert original.scan_status == "PENDING"
