"""What an auditor takes along: a case as a folder, and the orders of a period."""

import io
import zipfile

import pytest

from compliance.models import ExportFile
from nt24.audit.models import Entry
from tests.staff.desk import Desk, member

PERIOD = {"first": "2026-04-01", "last": "2026-04-30", "purpose": "audit of April"}


@pytest.fixture
def auditor(db):
    return Desk(member("vera", "orders.view_order", "audit.export_evidence"))


def test_a_case_is_exported_after_the_purpose_was_said(auditor, case, deal):
    deal.is_judged()
    url = case.page.replace("change", "folder")

    asked = auditor.http.get(url)
    answer = auditor.http.post(asked["Location"], {"purpose": "audit of April"}, follow=True)

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as folder:
        names = folder.namelist()
    assert answer["Content-Disposition"] == 'attachment; filename="case-DEAL-2026-04-00451.zip"'
    assert "case-DEAL-2026-04-00451/export-files/export-file-v1.pdf" in names
    assert Entry.objects.get(action="case.exported").purpose == "audit of April"


def test_a_period_is_exported_as_csv_and_as_a_workbook(auditor, deal):
    deal.is_judged()
    url = "/admin/orders/order/exports/"

    csv = auditor.http.post(url, {**PERIOD, "form": "csv orders"})
    workbook = auditor.http.post(url, {**PERIOD, "form": "xlsx"})

    text = b"".join(csv.streaming_content).decode()
    assert "DEAL-2026-04-00451" in text
    assert "VALID_EXPORT" in text
    assert b"".join(workbook.streaming_content).startswith(b"PK")
    entries = Entry.objects.filter(action="period.exported")
    assert list(entries.values_list("actor_label", "purpose")) == [("Vera", "audit of April")] * 2


def test_a_period_that_ends_before_it_begins_is_refused_beside_its_field(auditor):
    answer = auditor.http.post(
        "/admin/orders/order/exports/", {**PERIOD, "last": "2026-03-01", "form": "xlsx"}
    )

    assert answer.status_code == 422
    assert "The period ends before it begins." in answer.content.decode()
    assert not Entry.objects.filter(action="period.exported").exists()


def test_who_may_not_export_is_offered_nothing_and_gets_nothing(case, deal):
    deal.is_judged()
    viewer = Desk(member("otto", "orders.view_order"))

    assert "Export the case" not in viewer.opens(case.page)
    viewer.opens(case.page.replace("change", "folder"), status=403)
    viewer.opens("/admin/orders/order/exports/", status=403)


def test_an_export_file_whose_storage_is_away_is_refused_in_words(desk, deal):
    deal.is_judged()
    version = ExportFile.objects.get()
    ExportFile.objects.update(storage_key="gone/away.pdf")

    for page in ("download", "verify"):
        text = desk.opens(f"/admin/compliance/exportfile/{version.pk}/{page}/", status=503)
        assert "Temporarily unavailable" in text
