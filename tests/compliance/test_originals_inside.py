"""Which originals an Export File embeds when all of them would make it too large to be checked."""

from dataclasses import replace

import pytest

from compliance.queries import embedded
from compliance.templatetags.export_file import why_not_embedded
from nt24 import serving
from nt24.documents.models import Document
from tests.compliance.dossiers import a_dossier

CMR, PICTURE, INVOICE = "TRANSPORT_CMR", "TRANSPORT_PICTURE_OF_TRANSPORT", "SHIPMENT_INVOICE"


def papers(*lines):
    """(type, size, status) in the order in which they came."""
    return [
        Document(pk=number, type=type, size=size, status=status, scan_status="CLEAN")
        for number, (type, size, status) in enumerate(lines, start=1)
    ]


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        ([(CMR, 40, "ACTIVE"), (INVOICE, 60, "ACTIVE")], [1, 2]),
        ([(PICTURE, 40, "ACTIVE"), (PICTURE, 40, "ACTIVE"), (CMR, 40, "ACTIVE")], [2, 3]),
        ([(CMR, 90, "ACTIVE"), (INVOICE, 20, "ACTIVE"), (PICTURE, 10, "ACTIVE")], [1, 3]),
        ([(CMR, 90, "ARCHIVED"), (INVOICE, 20, "ACTIVE")], [2]),
        ([("CONTACT_PASSPORT", 1, "ACTIVE"), (CMR, 100, "ACTIVE")], [2]),
        ([(CMR, 101, "ACTIVE")], []),
    ],
)
def test_the_newest_of_each_type_comes_first_and_the_sum_is_bounded(settings, lines, inside):
    settings.EXPORT_ORIGINALS_MAX_BYTES = 100
    documents = papers(*lines)

    chosen = embedded(documents)

    assert [document.pk for document in documents if document.uuid in chosen] == inside


def test_an_original_that_stays_outside_is_listed_with_the_reason():
    paper = next(item for item in a_dossier().evidence if item.is_embedded)

    assert (
        why_not_embedded(replace(paper, is_embedded=False)) == "would make this file too large, kept by NT24"
    )
    assert "retention" in why_not_embedded(replace(paper, type="CONTACT_PASSPORT", is_embedded=False))


def test_every_limit_lets_through_what_the_next_one_takes(settings):
    assert settings.DOCUMENT_MAX_BYTES < settings.EXPORT_ORIGINALS_MAX_BYTES < settings.EXPORT_FILE_MAX_BYTES
    assert settings.EXPORT_FILE_MAX_BYTES < serving.BODY_BYTES < serving.ANSWER_BYTES
