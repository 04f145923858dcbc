"""Versions of the Export File over HTTP: when they are made, what they say, how they are read (contract 10, 16.2)."""

import subprocess
from unittest.mock import ANY

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from compliance import exports
from compliance.models import ExportFile
from nt24.documents.models import Document
from tests.compliance.test_verdict_changes import changes_invoice
from tests.deal import money, taken
from tests.ledger import messages, nothing_moves, refused

FINAL = {
    "invoiceDate": "2026-04-25",
    "invoiceNumber": "INV-2",
    "vatIncluded": False,
    "amount": money(1850000),
}


def export_of(deal):
    return taken(deal.partner.get(f"{deal.path}/finalization/export-file"), 200)


def content_path(deal, version):
    return f"{deal.partner.path(deal.path)}/finalization/export-file/content?version={version}"


def is_regenerated(deal):
    response = deal.partner.post(f"{deal.path}/finalization/regenerate-export")
    assert (response.status_code, response.content) == (202, b"")


def reasons():
    rows = ExportFile.objects.order_by("number").values_list("number", "decision", "reason")
    return [(decision, reason) for _, decision, reason in rows]


def test_before_a_verdict_there_is_no_file_and_none_can_be_asked_for(quick_deal):
    quick_deal.has_buyer().has_order()

    assert export_of(quick_deal) == {
        "status": "NOT_ELIGIBLE",
        "downloadUrl": None,
        "decision": None,
        "supersededVersions": [],
    }
    with nothing_moves():
        refused(quick_deal.partner.get(content_path(quick_deal, 1)), 404, "not-found")
        refused(quick_deal.partner.get(content_path(quick_deal, 1).split("?")[0]), 404, "not-found")
        regenerate = f"{quick_deal.path}/finalization/regenerate-export"
        refused(quick_deal.partner.post(regenerate), 409, "state-conflict")


def test_a_file_is_pending_generating_and_ready_and_each_step_has_its_tag(quick_deal):
    quick_deal.is_judged()
    path, seen = f"{quick_deal.path}/finalization/export-file", []

    def look():
        response = quick_deal.partner.get(path)
        seen.append((response.json()["status"], response["ETag"]))
        assert quick_deal.partner.get(path, If_None_Match=response["ETag"]).status_code == 304
        assert quick_deal.rollup()["modules"]["exportFile"] == {
            name: response.json()[name] for name in ("status", "downloadUrl")
        }
        return response.json()

    assert look() == {
        "status": "PENDING",
        "version": 1,
        "downloadUrl": None,
        "decision": "VALID_EXPORT",
        "supersededVersions": [],
    }
    refused(quick_deal.partner.get(content_path(quick_deal, 1)), 404, "not-found")
    export = exports.begin(ExportFile.objects.get())
    assert look()["status"] == "GENERATING"
    exports.render_one(export)
    assert look() == {
        "status": "READY",
        "version": 1,
        "downloadUrl": content_path(quick_deal, 1),
        "generatedAt": ANY,
        "decision": "VALID_EXPORT",
        "supersededVersions": [],
    }
    assert [status for status, _ in seen] == ["PENDING", "GENERATING", "READY"]
    assert len({tag for _, tag in seen}) == 3


def test_the_file_is_streamed_whole_and_never_changes_while_others_supersede_it(deal):
    deal.is_judged()
    first = deal.partner.get(export_of(deal)["downloadUrl"])
    pdf = first.getvalue()
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Length"] == str(len(pdf))
    assert first["Content-Disposition"] == 'attachment; filename="export-file-DEAL-2026-04-00451-v1.pdf"'
    assert first["ETag"] == '"1"'
    assert first["X-Content-Type-Options"] == "nosniff"
    assert first["Cache-Control"] == "private, no-cache"
    assert deal.partner.get(content_path(deal, 1), If_None_Match='"1"').status_code == 304

    generated_at = export_of(deal)["generatedAt"]
    is_regenerated(deal)
    waiting = export_of(deal)
    assert (waiting["status"], waiting["version"], waiting["downloadUrl"]) == ("PENDING", 2, None)
    newest = deal.partner.get(content_path(deal, 1).split("?")[0])
    assert newest.getvalue() == pdf  # the newest one that is ready
    deal.run_workers()
    assert export_of(deal) == {
        "status": "READY",
        "version": 2,
        "downloadUrl": content_path(deal, 2),
        "generatedAt": ANY,
        "decision": "VALID_EXPORT",
        "supersededVersions": [
            {"version": 1, "generatedAt": generated_at, "archivedReason": "Regenerated on request"}
        ],
    }
    assert deal.partner.get(content_path(deal, 1)).getvalue() == pdf
    second = deal.partner.get(content_path(deal, 1).split("?")[0])
    assert (second["ETag"], second.getvalue() != pdf) == ('"2"', True)
    refused(deal.partner.get(content_path(deal, 3)), 404, "not-found")
    refused(deal.partner.get(content_path(deal, 0)), 422, "validation-error")
    refused(deal.partner.get(content_path(deal, "x")), 422, "validation-error")
    assert [message["data"]["version"] for message in messages("export_file.generated")] == [1, 2]

    changes_invoice(deal, amount=money(1))  # the verdict is lost, the file of the one before stays
    export = export_of(deal)
    assert (export["status"], export["version"], export["decision"]) == ("READY", 2, "VALID_EXPORT")
    with nothing_moves():
        response = deal.partner.post(f"{deal.path}/finalization/regenerate-export")
        refused(response, 409, "state-conflict")
    assert deal.partner.get(content_path(deal, 2)).status_code == 200


def test_the_pdf_says_what_was_decided_and_holds_the_originals(deal, tmp_path):
    deal.is_judged()
    file = tmp_path / "export.pdf"
    file.write_bytes(deal.partner.get(export_of(deal)["downloadUrl"]).getvalue())

    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, check=True, text=True
    ).stdout
    for fact in (
        "WVWZZZ1JZXW000001", "PL5260001246", "DE123456789", "DEAL-2026-04-00451", "18,500.00", "INV-1",
        "Auto Handel Kowalski Sp. z o.o.", "AutoHandel Mustermann GmbH", "VAT-free: conditions met",
    ):  # fmt: skip
        assert fact in text
    listed = subprocess.run(["pdfdetach", "-list", file], capture_output=True, check=True, text=True).stdout
    assert [line.split(": ")[1] for line in listed.splitlines()[1:]] == [
        "01-COC_EXTRACT-scan.pdf",
        "02-VAT_CERTIFICATE-scan.pdf",
        "04-AML_DECLARATION-scan.pdf",  # 03 is the identity card: listed with its hash, never handed on
        "05-SHIPMENT_PRELIMINARY_INVOICE-scan.pdf",
        "06-PAYMENT_CONFIRMATION-scan.pdf",
        "07-TRANSPORT_CMR-scan.pdf",
        "08-TRANSPORT_CMR_DELIVERY-scan.pdf",
        "decision.json",
    ]


def test_an_identical_request_while_one_waits_makes_no_second_version(quick_deal):
    quick_deal.is_judged()

    is_regenerated(quick_deal)
    assert reasons() == [("VALID_EXPORT", "FIRST_VERDICT")]
    ExportFile.objects.update(status="GENERATING")
    is_regenerated(quick_deal)
    is_regenerated(quick_deal)
    assert reasons() == [("VALID_EXPORT", "FIRST_VERDICT"), ("VALID_EXPORT", "FORCED")]


def test_every_occasion_of_the_contract_makes_one_version(quick_deal):
    deal = quick_deal.is_judged()
    taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", FINAL), 201)
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE")
    changes_invoice(deal, marginScheme=True)
    changes_invoice(deal, marginScheme=False)
    changes_invoice(deal, amount=money(1))
    changes_invoice(deal, amount=money(1850000))

    assert reasons() == [
        ("VALID_EXPORT", "FIRST_VERDICT"),
        ("VALID_EXPORT", "FINAL_INVOICE"),
        ("VAT_APPLICABLE", "VERDICT_CHANGED"),
        ("VALID_EXPORT", "VERDICT_CHANGED"),
        ("VALID_EXPORT", "VERDICT_AGAIN"),
    ]
    superseded = export_of(deal)["supersededVersions"]
    assert [(row["version"], row["archivedReason"]) for row in superseded] == [
        (4, "The verdict was reached again"),
        (3, "The verdict changed"),
        (2, "The verdict changed"),
        (1, "The final invoice was added"),
    ]


def test_a_first_verdict_with_vat_has_its_file_too(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()

    assert reasons() == [("VAT_APPLICABLE", "FIRST_VERDICT")]
    assert export_of(quick_deal)["decision"] == "VAT_APPLICABLE"


def test_what_does_not_concern_the_verdict_makes_no_version(quick_deal):
    quick_deal.is_judged()

    quick_deal.uploads(f"{quick_deal.path}/transport/documents", "TRANSPORT_PICTURE_OF_TRANSPORT")
    quick_deal.uploads(f"{quick_deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    body = {"purchaseDate": "2026-04-17"}
    taken(quick_deal.partner.patch(quick_deal.path, body, version=quick_deal.now()["version"]), 200)
    assert len(reasons()) == 1


def test_an_altered_original_fails_the_version_and_a_new_one_can_be_asked_for(quick_deal):
    quick_deal.is_judged()
    cmr = Document.objects.get(type="TRANSPORT_CMR")
    with default_storage.open(cmr.storage_key) as file:
        original = file.read()
    with default_storage.open(cmr.storage_key, "wb") as file:
        file.write(original + b"%")

    exports.render_due()
    assert export_of(quick_deal)["status"] == "FAILED"
    assert quick_deal.rollup()["modules"]["exportFile"] == {"status": "FAILED", "downloadUrl": None}
    assert messages("export_file.generated") == []
    assert given_up(quick_deal) == ["EVIDENCE_ALTERED"]
    with default_storage.open(cmr.storage_key, "wb") as file:
        file.write(original)
    is_regenerated(quick_deal)
    assert (export_of(quick_deal)["status"], export_of(quick_deal)["version"]) == ("PENDING", 2)


def given_up(deal):
    """The reasons that were told; each event is of this order, and has nothing else in it."""
    told = messages("export_file.generation_failed")
    for event in told:
        assert event["partnerUuid"] == str(deal.partner.seller.uuid)
        assert event["data"] == {"orderUuid": deal.order["uuid"], "reason": ANY, "failedAt": ANY}
        assert event["data"]["failedAt"].endswith("Z")
    return [event["data"]["reason"] for event in told]


@pytest.mark.parametrize("step", ["store_blob", "originals", "build"])
def test_an_outage_is_told_when_the_tries_are_used_up_and_not_before(quick_deal, monkeypatch, step):
    def is_away(*_, **__):
        raise OSError("away")

    quick_deal.is_judged()
    monkeypatch.setattr(exports, step, is_away)

    exports.render_due()
    assert given_up(quick_deal) == []
    ExportFile.objects.update(tries=exports.MAX_TRIES - 1, due_at=timezone.now())
    exports.render_due()
    exports.render_due()

    assert export_of(quick_deal)["status"] == "FAILED"
    assert given_up(quick_deal) == ["SERVICE_UNAVAILABLE"]


def test_the_file_belongs_to_its_seller(quick_deal, plain_partner):
    quick_deal.is_judged()

    below = f"P/orders/{quick_deal.order['uuid']}/finalization"
    for path in ("export-file", "export-file/content", "export-file/content?version=1"):
        refused(plain_partner.get(f"{below}/{path}"), 404, "not-found")
    with nothing_moves():
        refused(plain_partner.post(f"{below}/regenerate-export"), 404, "not-found")


def test_a_version_that_has_ended_every_worker_is_given_up(deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    ExportFile.objects.update(tries=exports.MAX_TRIES)

    exports.render_due()

    export = deal.partner.get(f"{deal.path}/finalization/export-file").json()
    assert (export["status"], export["downloadUrl"]) == ("FAILED", None)
    assert given_up(deal) == ["RENDERING_FAILED"]
    assert deal.partner.post(f"{deal.path}/finalization/regenerate-export").status_code == 202
    exports.render_due()
    export = deal.partner.get(f"{deal.path}/finalization/export-file").json()
    assert (export["status"], export["version"]) == ("READY", 2)
