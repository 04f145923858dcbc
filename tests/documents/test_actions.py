"""Filing, archiving, scanning: what the evidence room takes in and what then counts (contract 11)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from nt24.audit.models import Entry
from nt24.documents.actions import archive_document, file_document, record_scan
from nt24.documents.models import Document, ScanStatus
from nt24.documents.types import DocumentType, Module
from nt24.errors import StateConflict, ValidationFailed, VersionMismatch
from nt24.lifecycle import MoveNotAllowed
from nt24.partners.days import DEFAULT_ZONE, today_in
from tests.factories.documents import SMALL_PDF, DocumentFactory

ON = date(2026, 4, 22)


def entries() -> list[tuple[str, dict[str, object], str]]:
    return [(entry.action, entry.changes, entry.purpose) for entry in Entry.objects.order_by("pk")]


@pytest.fixture
def filed(seller, upload, client_actor):
    """Files the upload as a CMR note, unless told otherwise."""
    defaults = {
        "module": Module.TRANSPORT,
        "subject_uuid": uuid4(),
        "seller": seller,
        "type": "TRANSPORT_CMR",
        "document_on": ON,
        "upload": upload,
        "by": client_actor,
    }
    return lambda **changes: file_document(**{**defaults, **changes})


def test_a_document_is_filed_with_its_trail(filed, upload, seller):
    order_uuid = uuid4()

    document = filed(subject_uuid=order_uuid, signed_wet=True)

    document.refresh_from_db()
    assert (document.module, document.subject_uuid, document.seller) == ("TRANSPORT", order_uuid, seller)
    assert (document.type, document.status, document.version) == ("TRANSPORT_CMR", "ACTIVE", 0)
    assert (document.document_on, document.expires_on, document.signed_wet) == (ON, None, True)
    assert (document.file_name, document.content_type) == ("CMR unterschrieben.pdf", "application/pdf")
    assert (document.size, document.sha256) == (len(SMALL_PDF), upload.sha256)
    assert (document.scan_status, document.source) == ("SKIPPED", "API")
    (entry,) = Entry.objects.all()
    assert (entry.action, entry.order_uuid, entry.seller_uuid) == ("document.filed", order_uuid, seller.uuid)
    assert (entry.subject_type, entry.subject_uuid) == ("document", document.uuid)
    assert entry.changes == {
        "type": [None, "TRANSPORT_CMR"],
        "sha256": [None, upload.sha256],
        "scanStatus": [None, "SKIPPED"],
    }


def test_a_kyc_document_belongs_to_no_order(filed):
    document = filed(module=Module.KYC, type="COC_EXTRACT")

    assert document.order_uuid() is None
    assert Entry.objects.get().order_uuid is None


def test_the_source_follows_from_who_files(filed, staff):
    assert filed(by=staff).source == "WEB_APP"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"type": "SHIPMENT_INVOICE"},
            [("type", "SHIPMENT_INVOICE belongs to invoice documents.", "SHIPMENT_INVOICE")],
        ),
        ({"type": "COC_EXTRACT"}, [("type", "COC_EXTRACT belongs to kyc documents.", "COC_EXTRACT")]),
        (
            {"type": "PHOTO", "module": Module.INVOICE},
            [("type", "Must be one of SHIPMENT_PRELIMINARY_INVOICE, SHIPMENT_INVOICE.", "PHOTO")],
        ),
        (
            {"expires_on": date(2030, 1, 1)},
            [("expiresAt", "This type of document does not expire.", "2030-01-01")],
        ),
        (
            {"module": Module.KYC, "type": "CONTACT_PASSPORT", "expires_on": date(2026, 4, 21)},
            [("expiresAt", "Must not be before documentDate.", "2026-04-21")],
        ),
    ],
)
def test_wrong_members_are_refused_and_leave_nothing(filed, changes, errors):
    with pytest.raises(ValidationFailed) as refusal, transaction.atomic():
        filed(**changes)

    assert [(error.field, error.message, error.rejected) for error in refusal.value.errors] == errors
    assert (Document.objects.count(), entries()) == (0, [])


def test_a_document_is_not_dated_in_the_future(filed):
    in_two_days = today_in(DEFAULT_ZONE) + timedelta(days=2)  # a client has a day of grace

    with pytest.raises(ValidationFailed) as refusal, transaction.atomic():
        filed(type="SHIPMENT_INVOICE", document_on=in_two_days)

    assert [error.field for error in refusal.value.errors] == ["type", "documentDate"]
    assert filed(document_on=in_two_days - timedelta(days=1)).pk


def test_the_same_file_may_be_filed_again_and_the_newest_counts(filed, upload):
    order_uuid = uuid4()
    first = filed(subject_uuid=order_uuid)
    second = DocumentFactory(subject_uuid=order_uuid, seller=first.seller, sha256=upload.sha256)

    counting = Document.objects.of(Module.TRANSPORT, order_uuid).newest_counting(ON)

    assert counting == {"TRANSPORT_CMR": second}


def test_a_document_is_archived_once_and_for_good(db, client_actor):
    document = DocumentFactory()

    archive_document(document, reason="Wrong vehicle", by=client_actor, expected_version=0)

    document.refresh_from_db()
    assert (document.status, document.version, document.archived_reason) == ("ARCHIVED", 1, "Wrong vehicle")
    assert document.archived_at is not None
    assert entries() == [("document.archived", {"status": ["ACTIVE", "ARCHIVED"]}, "Wrong vehicle")]
    with pytest.raises(MoveNotAllowed) as refusal, transaction.atomic():
        archive_document(document, reason="Again", by=client_actor, expected_version=1)
    assert (refusal.value.status, refusal.value.detail) == (
        409,
        "This document is ARCHIVED and cannot become ARCHIVED.",
    )
    document.refresh_from_db()
    assert document.archived_reason == "Wrong vehicle"


def test_a_stale_version_archives_nothing(db, client_actor):
    document = DocumentFactory(version=3)

    with pytest.raises(VersionMismatch), transaction.atomic():
        archive_document(document, reason="", by=client_actor, expected_version=2)

    document.refresh_from_db()
    assert (document.status, document.version, entries()) == ("ACTIVE", 3, [])


def test_of_two_who_archive_one_wins(db, client_actor):
    mine, theirs = DocumentFactory(), Document.objects.get()
    archive_document(mine, reason="Mine", by=client_actor, expected_version=0)

    with pytest.raises(VersionMismatch), transaction.atomic():
        archive_document(theirs, reason="Theirs", by=client_actor, expected_version=0)

    mine.refresh_from_db()
    assert (mine.archived_reason, mine.version) == ("Mine", 1)


@pytest.mark.parametrize("result", [ScanStatus.CLEAN, ScanStatus.INFECTED])
def test_the_result_of_a_late_scan_is_noted(db, staff, result):
    document = DocumentFactory(unscanned=True)

    record_scan(document, result, by=staff)

    document.refresh_from_db()
    assert (document.scan_status, document.version) == (result, 1)
    assert entries() == [(f"document.scan_{result.lower()}", {"scanStatus": ["PENDING", result.value]}, "")]


def test_a_scan_that_failed_again_changes_nothing(db, staff):
    document = record_scan(DocumentFactory(unscanned=True), ScanStatus.PENDING, by=staff)

    document.refresh_from_db()
    assert (document.version, entries()) == (0, [])
    assert list(Document.objects.waiting_for_scan()) == [document]


@pytest.mark.parametrize("trait", [{}, {"infected": True}])
def test_the_result_of_a_scan_is_final(db, staff, trait):
    document = DocumentFactory(**trait)

    with pytest.raises(StateConflict), transaction.atomic():
        record_scan(document, ScanStatus.CLEAN, by=staff)

    assert list(Document.objects.waiting_for_scan()) == []


@pytest.mark.parametrize(
    ("trait", "counts"),
    [
        ({}, True),
        ({"scan_status": ScanStatus.SKIPPED}, True),
        ({"unscanned": True}, False),
        ({"infected": True}, False),
        ({"archived": True}, False),
        ({"kyc": True, "type": DocumentType.CONTACT_PASSPORT, "expires_on": ON}, True),
        ({"kyc": True, "type": DocumentType.CONTACT_PASSPORT, "expires_on": ON - timedelta(days=1)}, False),
    ],
)
def test_only_active_released_unexpired_documents_count(db, trait, counts):
    document = DocumentFactory(**trait)

    assert list(Document.objects.counting(ON)) == ([document] if counts else [])


@pytest.mark.parametrize("trait", ["archived", "infected", "unscanned"])
def test_a_newer_document_that_proves_nothing_does_not_hide_an_older_one(db, trait):
    older = DocumentFactory()
    DocumentFactory(subject_uuid=older.subject_uuid, seller=older.seller, **{trait: True})

    assert Document.objects.of(Module.TRANSPORT, older.subject_uuid).newest_counting(ON) == {
        "TRANSPORT_CMR": older
    }


def test_documents_of_another_parent_or_module_are_not_mixed_in(db):
    document = DocumentFactory()
    DocumentFactory(module=Module.PAYMENT, type="PAYMENT_CONFIRMATION", subject_uuid=document.subject_uuid)
    DocumentFactory()

    assert list(Document.objects.of(Module.TRANSPORT, document.subject_uuid)) == [document]


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"type": "SHIPMENT_INVOICE"}, "document_type_belongs_to_its_module"),
        ({"type": "PHOTO"}, "document_type_belongs_to_its_module"),
        ({"status": "GONE"}, "document_archived_has_a_time"),
        ({"archived": True, "archived_at": None}, "document_archived_has_a_time"),
        ({"archived_reason": "x"}, "document_archived_has_a_time"),
        ({"scan_status": "MAYBE"}, "document_scan_status_is_known"),
        ({"content_type": "text/html"}, "document_content_type_is_accepted"),
        ({"source": "MAIL"}, "document_source_is_known"),
        ({"size": 0}, "document_is_not_empty"),
        ({"expires_on": ON}, "document_only_some_types_expire"),
    ],
)
def test_the_database_refuses_what_cannot_be(db, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        DocumentFactory(**values)


def test_two_rows_never_share_a_blob(db):
    key = DocumentFactory().storage_key

    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentFactory(storage_key=key)
