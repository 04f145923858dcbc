"""Documents that the virus scanner has not seen yet: ask again, and let what it says count.

It stands here and not in `nt24.documents`, because only an app that knows orders and buyers can say whose facts
a scan has changed.
"""

from typing import Any

import structlog
from django.db import transaction

from buyers.models import Buyer
from nt24.actors import system
from nt24.documents.actions import record_scan, record_scan_of_original
from nt24.documents.models import Document, Original, ScanStatus
from nt24.documents.scanning import scan_blob
from nt24.documents.types import Module
from nt24.errors import Unavailable
from nt24.events import evidence_changed
from orders.models import Order

AT_ONCE = 50
SCANNER = system("scan-waiting-documents")

log = structlog.get_logger(__name__)


def scan_waiting() -> int:
    """Ask the scanner about waiting documents; how many it has answered for.

    Taken by chance: a file the scanner always fails on must not keep it from the others.
    """
    answered = 0
    for document in Document.objects.waiting_for_scan().order_by("?")[:AT_ONCE]:
        try:
            result = scan_blob(document.storage_key)
        except Unavailable as outage:
            log.warning("scan_postponed", document=str(document.uuid), why=type(outage).__name__)
            continue
        if result != ScanStatus.PENDING:
            record_result(document.pk, result)
            answered += 1
    return answered + scan_waiting_originals()


def scan_waiting_originals() -> int:
    """The same for the files from which documents were put together; until then nobody gets to see them."""
    answered = 0
    waiting = Original.objects.filter(scan_status=ScanStatus.PENDING).select_related("document__seller")
    for original in waiting.order_by("?")[:AT_ONCE]:
        try:
            result = scan_blob(original.storage_key)
        except Unavailable as outage:
            log.warning("scan_postponed", original=str(original.uuid), why=type(outage).__name__)
            continue
        if result != ScanStatus.PENDING:
            with transaction.atomic():
                record_scan_of_original(original, result, by=SCANNER)
            answered += 1
    return answered


def record_result(document_id: int, result: ScanStatus) -> None:
    """Note the result and assess anew whom it concerns; nothing happens when somebody else was faster."""
    with transaction.atomic(durable=True):
        subject = Document.objects.values("module", "subject_uuid").get(pk=document_id)
        # The lock comes first, as in every write about a buyer or an order.
        if subject["module"] == Module.KYC:
            concerned: dict[str, Any] = {
                "buyer_id": Buyer.objects.for_change().get(uuid=subject["subject_uuid"]).pk
            }
        else:
            concerned = {"order_ids": (Order.objects.for_change().get(uuid=subject["subject_uuid"]).pk,)}
        document = Document.objects.select_related("seller").get(pk=document_id)
        if document.scan_status != ScanStatus.PENDING:
            return
        record_scan(document, result, by=SCANNER)
        evidence_changed.send(sender=Document, by=SCANNER, written=(document,), **concerned)
