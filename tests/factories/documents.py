"""Documents with their bytes in the storage: an active, clean CMR note unless a trait says otherwise."""

import hashlib
from datetime import UTC, date, datetime
from uuid import uuid4

import factory
from django.core.files.base import ContentFile

from nt24.actors import Source
from nt24.documents.models import ContentType, Document, ScanStatus
from nt24.documents.storage import UPLOADS, store_blob
from nt24.documents.types import DocumentType, Module
from tests.factories.partners import SellerFactory

# The smallest file that passes every check: one empty page.
SMALL_PDF = (
    b"%PDF-1.4\n"
    b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>>>\nendobj\n"
    b"xref\n0 4\n"
    b"0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n"
    b"trailer\n<</Root 1 0 R/Size 4>>\nstartxref\n182\n%%EOF\n"
)


class DocumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Document

    class Params:
        content = SMALL_PDF
        archived = factory.Trait(
            status=Document.Status.ARCHIVED,
            archived_at=datetime(2026, 5, 2, 8, 0, tzinfo=UTC),
            archived_reason="Wrong file",
        )
        infected = factory.Trait(scan_status=ScanStatus.INFECTED)
        unscanned = factory.Trait(scan_status=ScanStatus.PENDING)
        kyc = factory.Trait(module=Module.KYC, type=DocumentType.COC_EXTRACT)

    seller = factory.SubFactory(SellerFactory)
    module = Module.TRANSPORT
    subject_uuid = factory.LazyFunction(uuid4)
    type = DocumentType.TRANSPORT_CMR
    document_on = date(2026, 4, 22)
    file_name = "cmr.pdf"
    content_type = ContentType.PDF
    size = factory.LazyAttribute(lambda o: len(o.content))
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.content).hexdigest())
    storage_key = factory.LazyAttribute(
        lambda o: store_blob(ContentFile(o.content), o.sha256, folder=UPLOADS)
    )
    scan_status = ScanStatus.CLEAN
    source = Source.API
