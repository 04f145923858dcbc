"""One case as a folder: it holds what the API shows and every byte of evidence, and what is missing is loud."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from compliance import case_folder
from compliance.case_folder import case_folder_response, write_case_folder
from compliance.models import ExportFile
from nt24.actors import Actor, ActorKind
from nt24.audit import checkpoints, extract
from nt24.audit.chain import seal_new
from nt24.audit.form import chain_after
from nt24.audit.models import Checkpoint, Entry
from nt24.documents.models import Document, ScanStatus
from nt24.documents.storage import StorageUnavailable
from nt24.errors import ValidationFailed
from orders.models import Order
from tests.deal import money, taken
from tests.documents.conftest import bucket, s3_url  # noqa: F401  fixtures
from tests.ledger import nothing_moves

AUDITOR = Actor(ActorKind.STAFF, "9", "a.ernst")
PURPOSE = "Audit of April"


def folder_of(order, **about):
    """Path below the folder → content, and what the writer says."""
    file = io.BytesIO()
    written = write_case_folder(order, file, by=AUDITOR, purpose=PURPOSE, **about)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        assert all(name.startswith(f"{written.name}/") for name in names)
        return {name.partition("/")[2]: archive.read(name) for name in names}, written


def only_order():
    return Order.objects.get()


def manifest(folder):
    return json.loads(folder["manifest.json"])


@pytest.fixture
def judged(deal):
    """Two Export Files, an archived paper, a second invoice, and a trail that is sealed and signed."""
    deal.is_judged()
    paper = deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    archive = {"status": "ARCHIVED", "reason": "Wrong file"}
    taken(
        deal.partner.patch(f"{deal.path}/documents/{paper['uuid']}", archive, version=paper["version"]), 200
    )
    final = {
        "invoiceDate": "2026-04-25", "invoiceNumber": "INV-2", "vatIncluded": False, "amount": money(1850000),
    }  # fmt: skip
    taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", final), 201)
    assert deal.partner.post(f"{deal.path}/finalization/regenerate-export").status_code == 202
    deal.run_workers()
    seal_new()
    return deal


# --- What is in it -------------------------------------------------------------------------------------------------


def test_every_byte_of_evidence_is_there_under_a_name_of_its_own(judged):
    folder, written = folder_of(only_order())

    assert written.is_complete
    assert written.name == "case-DEAL-2026-04-00451"
    assert [name for name in folder if not name.startswith("originals/")] == [
        "export-files/export-file-v1.pdf",
        "export-files/export-file-v2.pdf",
        "order.json",
        "audit.jsonl",
        "audit-links.jsonl",
        "audit-checkpoints.json",
        "README.txt",
        "manifest.json",
    ]
    originals = {name: content for name, content in folder.items() if name.startswith("originals/")}
    stored = Document.objects.order_by("pk").values_list("sha256", flat=True)
    assert [hashlib.sha256(content).hexdigest() for content in originals.values()] == list(stored)
    assert list(originals)[0] == "originals/001-COC_EXTRACT-scan.pdf"
    assert list(originals)[-1] == "originals/009-ORDER_PURCHASING_CONTRACT-archived-scan.pdf"
    for version in ExportFile.objects.all():
        content = folder[f"export-files/export-file-v{version.number}.pdf"]
        assert hashlib.sha256(content).hexdigest() == version.sha256


def test_the_record_equals_the_api_field_by_field(judged):
    folder, _written = folder_of(only_order())

    record, get = json.loads(folder["order.json"]), judged.partner.get
    assert {
        name: record[name] for name in ("order", "buyer", "kyc", "payment", "transport", "compliance")
    } == {
        "order": get(judged.path).json(),
        "buyer": get(judged.buyer_path).json(),
        "kyc": get(f"{judged.buyer_path}/kyc").json(),
        "payment": get(f"{judged.path}/payment").json(),
        "transport": get(f"{judged.path}/transport").json(),
        "compliance": get(f"{judged.path}/compliance").json(),
    }
    types = ("PRELIMINARY", "FINAL")
    assert record["invoices"] == [get(f"{judged.path}/invoice?type={type}").json() for type in types]
    assert record["exportFile"] == get(f"{judged.path}/finalization/export-file").json()
    assert record["viesChecks"] == get(f"{judged.buyer_path}/kyc/vies-checks").json()["data"]
    assert record["documents"] == {
        "order": get(f"{judged.path}/documents").json()["data"],
        "kyc": get(f"{judged.buyer_path}/kyc/documents").json()["data"],
        **{
            module: get(f"{judged.path}/{module}/documents").json()["data"]
            for module in ("invoice", "payment", "transport")
        },
    }
    assert record["seller"]["uuid"] == str(judged.partner.seller.uuid)


def test_an_order_that_has_only_begun_can_be_exported(april, deal):
    deal.has_buyer().has_order()

    folder, written = folder_of(only_order())

    record = json.loads(folder["order.json"])
    assert (record["payment"], record["invoices"], record["exportFile"]["status"]) == (
        None,
        [],
        "NOT_ELIGIBLE",
    )
    assert written.is_complete
    assert json.loads(folder["audit-checkpoints.json"]) == []
    assert folder["audit-links.jsonl"] == b""


def test_papers_archived_before_the_order_belong_to_other_cases(deal):
    deal.has_buyer()
    old = deal.uploads(f"{deal.buyer_path}/kyc/documents", "VAT_CERTIFICATE")
    taken(
        deal.partner.patch(
            f"{deal.buyer_path}/kyc/documents/{old['uuid']}", {"status": "ARCHIVED"}, version=0
        ),
        200,
    )
    new = deal.uploads(f"{deal.buyer_path}/kyc/documents", "VAT_CERTIFICATE", content=None)
    deal.has_order()

    folder, _written = folder_of(only_order())

    uuids = [one["uuid"] for one in manifest(folder)["files"] if "uuid" in one]
    assert uuids == [new["uuid"]]


@pytest.mark.parametrize(
    ("external_id", "name"),
    [
        ("../../etc/passwd", "case-etc-passwd"),
        ("A/B\\C:D", "case-A-B-C-D"),
        ("Überführung 7.2", "case-Uberfuhrung-7.2"),
        ("2026.04", "case-2026.04"),
        ("…", "case-document"),
        ("x" * 100, "case-" + "x" * 80),
    ],
)
def test_the_folder_has_a_safe_name(deal, external_id, name):
    deal.has_buyer().has_order(externalOrderId=external_id)

    assert folder_of(only_order())[1].name == name


# --- It can be verified --------------------------------------------------------------------------------------------


def unpacked(order, folder):
    with zipfile.ZipFile(zipped(order)) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def zipped(order):
    file = io.BytesIO()
    write_case_folder(order, file, by=AUDITOR, purpose=PURPOSE)
    return file


def sh(script, folder):
    return subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True).stdout


def commands_of_the_readme(folder):
    lines = (folder / "README.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("     ") and "|" in line]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_commands_of_the_readme_verify_it(judged, tmp_path):
    folder = unpacked(only_order(), tmp_path)
    check, digest, chain, key, signature, verify = commands_of_the_readme(folder)

    first = json.loads((folder / "audit.jsonl").read_text("utf-8").splitlines()[0])
    assert {line.rpartition(": ")[2] for line in sh(check, folder).splitlines()} == {"OK"}
    assert len(sh(check, folder).splitlines()) == len(manifest_files(folder))
    assert sh(digest, folder).split()[0] == first["digest"]
    assert sh(chain, folder).split()[0] == first["chain"]
    sh(key, folder), sh(signature, folder)
    assert sh(verify, folder) == "Verified OK\n"


@pytest.fixture
def just_judged(deal):
    """As `judged`, but the trail has neither been sealed nor signed since."""
    return deal.is_judged()


def seal_unsigned(monkeypatch):
    monkeypatch.setattr(checkpoints, "sign_if_due", lambda now: None)
    seal_new()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize(
    ("happens", "commands", "says"),
    [
        (lambda patch: None, 1, "None of the"),
        (seal_unsigned, 3, "NT24 has not signed the chain up to these entries yet"),
        (lambda patch: seal_new(), 6, "The chain is the one that NT24 has signed."),
    ],
)
def test_every_command_of_the_readme_runs_whatever_is_sealed_yet(
    just_judged, tmp_path, monkeypatch, capsys, happens, commands, says
):
    happens(monkeypatch)
    folder = unpacked(only_order(), tmp_path)

    shown = commands_of_the_readme(folder)

    assert len(shown) == commands
    assert says in (folder / "README.txt").read_text("utf-8")
    for command in shown:
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr.strip()) == (0, ""), command
        assert "null" not in result.stdout
    call_command("verify_audit", "--file", str(folder / "audit.jsonl"))
    assert capsys.readouterr().out.startswith("INTACT")


def manifest_files(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))["files"]


def test_the_trail_passes_our_own_check(judged, tmp_path, capsys):
    folder = unpacked(only_order(), tmp_path)

    call_command("verify_audit", "--file", str(folder / "audit.jsonl"))

    assert capsys.readouterr().out.startswith("INTACT")
    actions = [json.loads(line)["entry"]["action"] for line in (folder / "audit.jsonl").open()]
    assert {"order.placed", "buyer.registered", "document.filed", "rollup.decided"} <= set(actions)
    assert "vies_check.completed" in actions


def test_the_links_lead_from_each_entry_to_a_signature(judged, monkeypatch):
    monkeypatch.setattr(extract, "BATCH", 3)
    folder, _written = folder_of(only_order())

    links = [json.loads(line) for line in folder["audit-links.jsonl"].splitlines()]
    for link in links:
        after = chain_after(link["previous"], link["position"], link["digest"], link["sealed_at"])
        assert after == link["chain"]
    assert [one["previous"] for one in links[1:]] == [one["chain"] for one in links[:-1]]
    (checkpoint,) = json.loads(folder["audit-checkpoints.json"])
    assert (checkpoint["position"], checkpoint["chain"]) == (links[-1]["position"], links[-1]["chain"])
    assert checkpoint["chain"] == Checkpoint.objects.get().chain
    entries = [json.loads(line) for line in folder["audit.jsonl"].splitlines()]
    digests = {one["position"]: one["digest"] for one in links}
    assert all(digests[one["position"]] == one["digest"] for one in entries if one["position"])


# --- What is missing is loud ---------------------------------------------------------------------------------------


def said_missing(folder):
    return {one["path"]: one["reason"] for one in manifest(folder)["leftOut"]}


@pytest.mark.parametrize("status", [ScanStatus.INFECTED, ScanStatus.PENDING])
def test_a_file_that_is_held_back_is_named_and_not_included(judged, status):
    document = Document.objects.get(type="TRANSPORT_CMR")
    Document.objects.filter(pk=document.pk).update(scan_status=status)

    folder, written = folder_of(only_order())

    (path,) = said_missing(folder)
    assert "TRANSPORT_CMR-" in path
    assert path not in folder
    assert said_missing(folder)[path] == case_folder.HELD_BACK[status]
    assert not written.is_complete
    assert folder["README.txt"].startswith(b"INCOMPLETE: 1 of the files of this case is not in this folder.")
    assert document.sha256.encode() in folder["README.txt"]


def lose(document):
    default_storage.delete(document.storage_key)
    return case_folder.MISSING


def alter(document):
    default_storage.delete(document.storage_key)
    default_storage.save(document.storage_key, io.BytesIO(b"%PDF-1.7 something else"))
    return case_folder.ALTERED


@pytest.mark.parametrize("harm", [lose, alter])
@pytest.mark.parametrize("where", ["file://", "s3://"])
def test_lost_evidence_is_loud_and_the_rest_is_there(request, harm, where, april):
    if where == "s3://":
        request.getfixturevalue("bucket")
    judged = request.getfixturevalue("judged")
    document = Document.objects.get(type="TRANSPORT_CMR")
    reason = harm(document)

    folder, written = folder_of(only_order())

    assert list(said_missing(folder).values()) == [reason]
    assert [one.uuid for one in written.left_out] == [document.uuid]
    assert manifest(folder)["isComplete"] is False
    assert reason.encode() in folder["README.txt"]
    assert len([name for name in folder if name.startswith("originals/")]) == 8
    entry = Entry.objects.get(action="case.exported")
    assert entry.changes["left_out"] == [None, [str(document.uuid)]]
    assert judged.rollup()["complianceStatus"] == "VALID"


def test_a_storage_without_anything_is_an_outage(judged, settings, tmp_path):
    elsewhere = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path / "not-mounted")}}
    settings.STORAGES = {**settings.STORAGES, "default": elsewhere}

    with nothing_moves(), pytest.raises(StorageUnavailable):
        case_folder_response(only_order(), by=AUDITOR, purpose=PURPOSE)


def test_a_storage_that_does_not_answer_is_an_outage_and_leaves_no_file(judged, settings, tmp_path):
    away = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "evidence", "endpoint_url": "http://127.0.0.1:9", "access_key": "a", "secret_key": "b",
            "region_name": "eu-central-1",
        },
    }  # fmt: skip
    settings.STORAGES = {**settings.STORAGES, "default": away}
    path = tmp_path / "case.zip"

    with nothing_moves(), pytest.raises(CommandError, match="storage is not available"):
        call_command("export_case", str(only_order().uuid), "--to", str(path), "--purpose", PURPOSE)

    assert not path.exists()


# --- Who, and the ways out -----------------------------------------------------------------------------------------


def test_the_access_log_says_who_why_and_what(judged):
    _folder, written = folder_of(only_order())

    entry = Entry.objects.get(action="case.exported")
    assert (entry.subject_uuid, entry.actor_label, entry.purpose) == (only_order().uuid, "a.ernst", PURPOSE)
    assert entry.retention == Entry.Retention.PII_ACCESS
    assert entry.changes == {
        "manifest": [None, written.sha256], "files": [None, written.files], "left_out": [None, []],
    }  # fmt: skip


@pytest.mark.parametrize("purpose", ["", "  ", "x" * 1001])
def test_without_a_purpose_nothing_is_read(judged, purpose):
    with nothing_moves(), pytest.raises(ValidationFailed, match="purpose"):
        write_case_folder(only_order(), io.BytesIO(), by=AUDITOR, purpose=purpose)


def test_the_answer_is_a_download_that_nobody_stores(judged):
    answer = case_folder_response(only_order(), by=AUDITOR, purpose=PURPOSE)

    assert zipfile.ZipFile(io.BytesIO(answer.getvalue())).testzip() is None
    assert answer["Content-Disposition"] == 'attachment; filename="case-DEAL-2026-04-00451.zip"'
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")


def test_the_command_writes_a_new_file_and_never_over_one(judged, tmp_path, capsys):
    path, order = tmp_path / "case.zip", str(only_order().uuid)

    call_command("export_case", order, "--to", str(path), "--purpose", PURPOSE)

    assert zipfile.is_zipfile(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out.startswith(f"17 files in {path}, SHA-256 of the manifest ")
    with nothing_moves(), pytest.raises(CommandError, match="File exists"):
        call_command("export_case", order, "--to", str(path), "--purpose", PURPOSE)


def test_the_command_ends_with_an_error_when_something_is_missing(judged, tmp_path, capsys):
    lose(Document.objects.get(type="TRANSPORT_CMR"))

    with pytest.raises(SystemExit) as ended:
        call_command(
            "export_case", str(only_order().uuid), "--to", str(tmp_path / "c.zip"), "--purpose", PURPOSE
        )

    assert ended.value.code == 1
    assert "TRANSPORT_CMR-scan.pdf: The storage does not have it any more." in capsys.readouterr().err
