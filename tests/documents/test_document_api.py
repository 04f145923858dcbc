"""Documents over HTTP, under all five parents: upload, list, read, download, archive (contract 11, 16.12)."""

import hashlib
from unittest.mock import ANY

import pytest

from buyers import checks
from nt24.audit.models import Entry
from nt24.documents.models import Document
from tests.deal import Deal, taken
from tests.documents import hostile
from tests.ledger import fields_of, nothing_moves, refused
from tests.papers import pdf, photo

PARENTS = {
    "order": ("{order}/documents", "ORDER_PURCHASING_CONTRACT"),
    "invoice": ("{order}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE"),
    "payment": ("{order}/payment/documents", "PAYMENT_CONFIRMATION"),
    "transport": ("{order}/transport/documents", "TRANSPORT_CMR"),
    "kyc": ("{buyer}/kyc/documents", "COC_EXTRACT"),
}
MIB = 1024 * 1024
ARCHIVE = {"status": "ARCHIVED", "reason": "Wrong file"}


@pytest.fixture
def placed(april, partner):
    """A new order; papers may come in any order."""
    return Deal(partner, checks.ask_due).has_buyer().has_order()


def folder(deal, parent):
    """The documents' path of a parent, and a type that belongs there."""
    template, type = PARENTS[parent]
    return template.format(order=deal.path, buyer=deal.buyer_path), type


@pytest.fixture(params=PARENTS)
def at_parent(request, placed):
    return folder(placed, request.param)


@pytest.fixture
def papers(placed):
    """The documents' path of the order itself."""
    return folder(placed, "order")[0]


def test_a_document_is_filed_listed_read_downloaded_and_archived(placed, at_parent):
    path, type = at_parent
    partner, content = placed.partner, pdf("the paper")

    response = partner.upload(path, type, content, name="Vertrag 1.pdf", signedWet="false")
    filed = taken(response, 201)
    assert filed == {
        "uuid": ANY,
        "type": type,
        "status": "ACTIVE",
        "documentDate": "2026-04-18",
        "fileName": "Vertrag 1.pdf",
        "contentType": "application/pdf",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "signedWet": False,
        "scanStatus": "SKIPPED",
        "source": "API",
        "version": 0,
        "createdAt": ANY,
    }
    one = f"{path}/{filed['uuid']}"
    assert (response["Location"], response["ETag"]) == (partner.path(one), '"0"')
    assert taken(partner.get(path), 200)["data"] == [filed]
    assert taken(partner.get(one), 200) == filed
    assert partner.get(one, If_None_Match='"0"').status_code == 304

    download = partner.get(f"{one}/content")
    assert download.getvalue() == content
    assert {name: download[name] for name in ("Content-Type", "Content-Length", "Content-Disposition")} == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(content)),
        "Content-Disposition": 'attachment; filename="Vertrag 1.pdf"',
    }
    assert download["X-Content-Type-Options"] == "nosniff"
    assert download["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert download["Cache-Control"] == "private, no-cache"
    assert download["ETag"] == '"0"'
    again = partner.get(f"{one}/content", If_None_Match='"0"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", '"0"')

    archived = taken(partner.patch(one, ARCHIVE, version=0), 200)
    assert archived == {**filed, "status": "ARCHIVED", "version": 1}
    assert partner.get(f"{one}/content").getvalue() == content  # kept, though it no longer counts
    entry = Entry.objects.get(action="document.archived")
    assert (entry.purpose, entry.changes) == ("Wrong file", {"status": ["ACTIVE", "ARCHIVED"]})


def test_a_type_of_another_module_is_refused(placed, at_parent):
    path, own = at_parent

    with nothing_moves():
        for type in [type for _, type in PARENTS.values() if type != own]:
            problem = refused(placed.partner.upload(path, type, pdf()), 422, "validation-error")
            assert fields_of(problem) == ["type"]
            assert problem["errors"][0]["rejectedValue"] == type


def test_a_document_is_not_found_under_another_parent(placed):
    path, type = folder(placed, "transport")
    document = placed.uploads(path, type)
    other = Deal(placed.partner, checks.ask_due)
    other.buyer = placed.buyer
    other.has_order(externalOrderId="SECOND")
    wrong_places = [folder(placed, name)[0] for name in ("order", "invoice", "payment", "kyc")]

    with nothing_moves():
        for place in (*wrong_places, folder(other, "transport")[0]):
            one = f"{place}/{document['uuid']}"
            refused(placed.partner.get(one), 404, "not-found")
            refused(placed.partner.get(f"{one}/content"), 404, "not-found")
            refused(placed.partner.patch(one, ARCHIVE, version=0), 404, "not-found")
            assert taken(placed.partner.get(place), 200)["data"] == []


def test_a_document_of_another_organization_is_not_found(placed, plain_partner, papers):
    document = placed.uploads(papers, "ORDER_PURCHASING_CONTRACT")

    with nothing_moves():
        refused(plain_partner.get(papers), 404, "not-found")
        refused(plain_partner.get(f"{papers}/{document['uuid']}/content"), 404, "not-found")
        refused(plain_partner.upload(papers, "ORDER_PURCHASING_CONTRACT", pdf()), 404, "not-found")


def test_a_photo_is_accepted_by_its_content_and_not_by_its_name(placed, papers):
    document = placed.uploads(papers, "ORDER_PURCHASING_CONTRACT", photo(), name="contract.pdf")

    assert (document["contentType"], document["fileName"]) == ("image/jpeg", "contract.pdf")
    download = placed.partner.get(f"{papers}/{document['uuid']}/content")
    assert download["Content-Disposition"] == 'attachment; filename="contract.pdf.jpg"'


@pytest.mark.parametrize(
    ("content", "status", "slug"),
    [
        (b"MZ\x90\x00 this program cannot be run", 415, "unsupported-media-type"),
        (b"<html><script>alert(1)</script></html>", 415, "unsupported-media-type"),
        (b"plain text", 415, "unsupported-media-type"),
        (b"", 415, "unsupported-media-type"),
        (pdf("cut")[:300], 422, "validation-error"),
        (
            hostile.written_pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
            422,
            "validation-error",
        ),
        (b"%PDF-1.7\n" + b"x" * (21 * MIB), 413, "payload-too-large"),
    ],
    ids=["program", "page", "text", "empty", "truncated", "script", "21 MiB"],
)
def test_a_file_that_cannot_be_evidence_is_refused_and_nothing_is_stored(
    placed, papers, content, status, slug
):
    with nothing_moves():
        response = placed.partner.upload(papers, "ORDER_PURCHASING_CONTRACT", content)
        problem = refused(response, status, slug)
    if status == 422:
        assert fields_of(problem) == ["file"]
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "PASSPORT"}, "type"),
        ({"dated": "2026-04-27"}, "documentDate"),
        ({"dated": "18.04.2026"}, "documentDate"),
        ({"dated": ""}, "documentDate"),
        ({"signedWet": "maybe"}, "signedWet"),
        ({"expiresAt": "2027-01-01"}, "expiresAt"),
        ({"scanStatus": "CLEAN"}, "scanStatus"),
    ],
)
def test_a_form_with_a_wrong_field_is_refused(placed, papers, change, field):
    with nothing_moves():
        sent = {"type": "ORDER_PURCHASING_CONTRACT", "dated": "2026-04-18", **change}
        response = placed.partner.upload(papers, sent.pop("type"), pdf(), **sent)
        assert fields_of(refused(response, 422, "validation-error")) == [field]


def test_an_upload_needs_its_file_and_its_form(placed, papers):
    partner = placed.partner
    form = {"type": "ORDER_PURCHASING_CONTRACT", "documentDate": "2026-04-18"}

    with nothing_moves():
        without = partner.http.post(partner.path(papers), form, headers=partner.headers({}))
        assert fields_of(refused(without, 422, "validation-error")) == ["file"]
        as_text = partner.http.post(partner.path(papers), {**form, "file": "x"}, headers=partner.headers({}))
        assert fields_of(refused(as_text, 422, "validation-error")) == ["file"]
        as_json = partner.post(papers, {**form, "file": "JVBERi0="})
        refused(as_json, 415, "unsupported-media-type")
        no_key = partner.upload(papers, "ORDER_PURCHASING_CONTRACT", pdf(), key="")
        refused(no_key, 400, "malformed-request")


def test_the_same_key_replays_only_the_same_file(placed, papers):
    partner, type = placed.partner, "ORDER_PURCHASING_CONTRACT"
    first = taken(partner.upload(papers, type, pdf("one"), key="k"), 201)

    again = partner.upload(papers, type, pdf("one"), key="k")
    assert (taken(again, 200), again["Idempotency-Replayed"]) == (first, "true")
    refused(partner.upload(papers, type, pdf("two"), key="k"), 422, "idempotency-key-reused")
    assert taken(partner.upload(papers, type, pdf("one")), 201)["uuid"] != first["uuid"]
    assert Document.objects.count() == 2


def test_documents_are_listed_by_type_status_date_and_page(placed):
    path, _ = folder(placed, "transport")
    partner = placed.partner
    for type, dated in (
        ("TRANSPORT_CMR", "2026-04-20"),
        ("TRANSPORT_CMR", "2026-04-22"),
        ("TRANSPORT_PICTURE_OF_TRANSPORT", "2026-04-21"),
    ):
        last = taken(partner.upload(path, type, pdf(type), dated=dated), 201)
    taken(partner.patch(f"{path}/{last['uuid']}", ARCHIVE, version=0), 200)

    def dates(query):
        return [row["documentDate"] for row in taken(partner.get(f"{path}?{query}"), 200)["data"]]

    assert dates("") == ["2026-04-21", "2026-04-22", "2026-04-20"]  # newest first
    assert dates("type=TRANSPORT_CMR") == ["2026-04-22", "2026-04-20"]
    assert dates("status=ARCHIVED") == ["2026-04-21"]
    assert dates("status=ACTIVE&type=TRANSPORT_PICTURE_OF_TRANSPORT") == []
    assert dates("sort=documentDate,asc") == ["2026-04-20", "2026-04-21", "2026-04-22"]
    assert dates("size=1&page=1") == ["2026-04-22"]
    for query in ("type=OTHER", "status=GONE", "sort=size,asc", "q=x"):
        refused(partner.get(f"{path}?{query}"), 422, "validation-error")


def test_archiving_needs_the_version_and_happens_once(placed, papers):
    partner = placed.partner
    one = f"{papers}/{placed.uploads(papers, 'ORDER_PURCHASING_CONTRACT')['uuid']}"

    with nothing_moves():
        refused(partner.patch(one, ARCHIVE), 400, "malformed-request")
        assert taken(partner.patch(one, {"status": "ACTIVE"}, version=0), 200)["version"] == 0
        refused(partner.patch(one, {}, version=0), 422, "validation-error")
        refused(partner.patch(one, {**ARCHIVE, "type": "X"}, version=0), 422, "validation-error")
        stale = refused(partner.patch(one, ARCHIVE, version=1), 409, "version-mismatch")
        assert stale["currentResource"] == partner.get(one).json()
    archived = taken(partner.patch(one, ARCHIVE, version=0), 200)
    with nothing_moves():
        assert taken(partner.patch(one, ARCHIVE, version=1), 200) == archived  # contract 17.24
        refused(partner.delete(one), 405, "method-not-allowed")


def test_a_cancelled_order_takes_no_document_and_gives_none_up(placed):
    order_parents = [folder(placed, name) for name in ("order", "invoice", "payment", "transport")]
    one = f"{order_parents[0][0]}/{placed.uploads(*order_parents[0])['uuid']}"
    taken(placed.partner.post(f"{placed.path}/cancel", {"reason": "x"}), 200)

    with nothing_moves():
        for path, type in order_parents:
            refused(placed.partner.upload(path, type, pdf()), 409, "state-conflict")
        refused(placed.partner.patch(one, ARCHIVE, version=0), 409, "state-conflict")
    assert placed.partner.get(f"{one}/content").status_code == 200


# --- KYC ----------------------------------------------------------------------------------------------------


def test_a_download_of_a_kyc_document_is_in_the_access_log_with_its_purpose(placed):
    path, type = folder(placed, "kyc")
    document = placed.uploads(path, type)
    content = f"{path}/{document['uuid']}/content"

    placed.partner.get(content, X_Purpose="Audit of May").getvalue()
    placed.partner.get(content).getvalue()
    log = Entry.objects.filter(retention=Entry.Retention.PII_ACCESS).order_by("pk")
    assert [(row.action, row.purpose, str(row.subject_uuid), row.changes) for row in log] == [
        ("kyc_document.read", "Audit of May", document["uuid"], {"type": type}),
        ("kyc_document.read", "", document["uuid"], {"type": type}),
    ]


def test_kyc_content_needs_the_capability_and_a_short_purpose(placed):
    path, type = folder(placed, "kyc")
    content = f"{path}/{placed.uploads(path, type)['uuid']}/content"
    organization = placed.partner.client.organization

    with nothing_moves():
        problem = refused(placed.partner.get(content, X_Purpose="x" * 101), 422, "validation-error")
        assert fields_of(problem) == ["X-Purpose"]
    organization.allow_kyc_document_download = False
    organization.save()
    with nothing_moves():
        refused(placed.partner.get(content), 403, "capability-required")
        assert placed.partner.get(content.removesuffix("/content")).status_code == 200


def test_content_of_an_order_needs_no_capability_and_no_log(placed, papers):
    document = placed.uploads(papers, "ORDER_PURCHASING_CONTRACT")

    with nothing_moves():
        assert placed.partner.get(f"{papers}/{document['uuid']}/content").getvalue()


@pytest.mark.parametrize(("status", "why"), [("PENDING", "not yet scanned"), ("INFECTED", "quarantined")])
def test_a_file_that_is_not_released_is_not_handed_out(placed, papers, status, why):
    document = placed.uploads(papers, "ORDER_PURCHASING_CONTRACT")
    Document.objects.update(scan_status=status)
    one = f"{papers}/{document['uuid']}"

    with nothing_moves():
        problem = refused(placed.partner.get(f"{one}/content"), 409, "state-conflict")
    assert why in problem["detail"]
    assert taken(placed.partner.get(one), 200)["scanStatus"] == status
