"""The whole hostile corpus at the doors: each file is refused or stored inert, and no door stays shut behind it."""

import io
import uuid
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from buyers import checks
from buyers.invitation_models import Draft
from buyers.links import token_of
from nt24.documents.display import display_response
from nt24.documents.models import Document
from nt24.documents.storage import UPLOADS, open_blob
from nt24.documents.text import text_of
from tests.buyers.links import invited
from tests.deal import Deal, taken
from tests.documents.corpus import (
    ACTIVE,
    BOMBS,
    BROKEN,
    ENCRYPTED,
    KEPT,
    LATE_PDFS,
    NAMES,
    OTHER_TYPES,
)
from tests.factories.documents import SMALL_PDF
from tests.ledger import fields_of, nothing_moves, refused

OTHER, UNFIT, LARGE = (
    (415, "unsupported-media-type"),
    (422, "validation-error"),
    (413, "payload-too-large"),
)
TOO_LARGE = {"21 MiB": b"%PDF-1.7\n" + bytes(21 * 1024 * 1024)}
REFUSED = {
    **{name: (file, *OTHER) for name, (file, _why) in OTHER_TYPES.items()},
    **{name: (file, *OTHER) for name, file in LATE_PDFS.items()},
    **{name: (file, *UNFIT) for name, (file, _why) in {**BROKEN, **ENCRYPTED, **ACTIVE}.items()},
    **{name: (build(), *UNFIT) for name, build in BOMBS.items()},
    **{name: (file, *LARGE) for name, file in TOO_LARGE.items()},
}


@pytest.fixture
def placed(april, partner):
    return Deal(partner, checks.ask_due).has_buyer().has_order()


def posted(deal, content, name="contract.pdf"):
    """The upload as a client of its own sends it: nothing cleans the file's name on the way."""
    partner, frame = deal.partner, uuid.uuid4().hex
    fields = {"type": "ORDER_PURCHASING_CONTRACT", "documentDate": "2026-04-18"}
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
    head = f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quote(name)}\r\n\r\n"
    body = "".join(f"--{frame}\r\n{part}\r\n" for part in parts).encode()
    body += f"--{frame}\r\n{head}".encode() + content + f"\r\n--{frame}--\r\n".encode()
    return partner.http.generic(
        "POST",
        partner.path(f"{deal.path}/documents"),
        body,
        content_type=f"multipart/form-data; boundary={frame}",
        headers=partner.headers({}),
    )


def blobs():
    return [
        name
        for year in folders(UPLOADS)
        for month in folders(f"{UPLOADS}/{year}")
        for name in default_storage.listdir(f"{UPLOADS}/{year}/{month}")[1]
    ]


def folders(path):
    return default_storage.listdir(path)[0] if default_storage.exists(path) else []


def content_at(deal, document):
    return deal.partner.get(f"{deal.path}/documents/{document['uuid']}/content")


def test_the_corpus_has_not_shrunk():
    assert len(REFUSED) + len(KEPT) + len(NAMES) >= 100


# --- The API -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "status", "slug"), REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_file_is_refused_and_leaves_nothing_behind(placed, file, status, slug):
    with nothing_moves():
        problem = refused(posted(placed, file), status, slug)

    assert blobs() == []
    if status == 422:
        assert fields_of(problem) == ["file"]
    assert posted(placed, SMALL_PDF).status_code == 201  # the next file finds the door open


@pytest.mark.parametrize(("build", "content_type"), KEPT.values(), ids=KEPT.keys())
def test_an_inert_file_is_kept_byte_for_byte_and_served_as_data(placed, build, content_type):
    file = build()

    document = taken(posted(placed, file, "paper.html"), 201)

    assert document["contentType"] == content_type
    answer = content_at(placed, document)
    assert answer.getvalue() == file
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (content_type, "nosniff")
    assert answer["Content-Disposition"].startswith('attachment; filename="paper.html.')
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(("build", "content_type"), KEPT.values(), ids=KEPT.keys())
def test_an_inert_file_is_shown_and_read_without_harm(placed, build, content_type):
    document = Document.objects.get(uuid=taken(posted(placed, build()), 201)["uuid"])

    shown = display_response(document)

    assert "sandbox" in shown["Content-Security-Policy"]
    if content_type == "application/pdf":
        assert shown["Content-Disposition"].startswith("attachment")
    else:
        assert Image.open(io.BytesIO(shown.content)).format == "JPEG"
    assert len(text_of(document)) <= 100_000


@pytest.mark.parametrize(("name", "label", "saved_as"), NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_becomes_a_harmless_label(placed, name, label, saved_as):
    document = taken(posted(placed, SMALL_PDF, name), 201)

    assert document["fileName"] == label
    assert content_at(placed, document)["Content-Disposition"] == f'attachment; filename="{saved_as}"'
    assert open_blob(Document.objects.get().storage_key).read() == SMALL_PDF


@pytest.mark.parametrize("name", ["", ".", "..", "a/", "\0"])
def test_a_file_without_a_name_is_no_file(placed, name):
    with nothing_moves():
        problem = refused(posted(placed, SMALL_PDF, name), 422, "validation-error")

    assert fields_of(problem) == ["file"]


# --- The buyer's page ----------------------------------------------------------------------------------------------

ON_THE_PAGE = [
    "one byte", "SVG with script", "ZIP bomb", "behind a ZIP archive", "cut in half", "2.5 billion pixels",
    "user password, revision 4", "script on opening", "embedded program", "nested Flate bomb", "21 MiB",
]  # fmt: skip


@pytest.fixture
def upload_path(placed):
    """Where the page of an invitation takes the register extract."""
    return f"/b/{token_of(invited(placed.partner, placed.buyer))}/papers/register/"


def sent_by_the_buyer(client, path, content):
    file = io.BytesIO(content)
    file.name = "extract.pdf"
    return client.post(path, {"document_on": "2026-04-18", "file": file})


@pytest.mark.parametrize("name", ON_THE_PAGE)
def test_the_buyers_page_refuses_the_same_files(upload_path, client, name):
    file, status, _slug = REFUSED[name]

    with nothing_moves():
        assert sent_by_the_buyer(client, upload_path, file).status_code == status

    assert blobs() == []


def test_the_buyers_page_keeps_an_inert_file(upload_path, client):
    build, content_type = KEPT["PNG with a script in its comment"]

    assert sent_by_the_buyer(client, upload_path, build()).status_code == 303
    assert Draft.objects.get().content_type == content_type
    assert len(blobs()) == 1


# --- Memory --------------------------------------------------------------------------------------------------------
MOST_BYTES = 200 * 1024 * 1024  # targets, U2


def status_of_process(field):
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def test_the_process_that_receives_them_stays_small(placed):
    files = [REFUSED[name][0] for name in ("ZIP bomb", "gzip bomb", "2.5 billion pixels",
             "one page 100,000 times", "too many objects", *BOMBS)]  # fmt: skip
    with open("/proc/self/clear_refs", "w", encoding="ascii") as forget:
        forget.write("5")  # the peak counts from here
    before = status_of_process("VmRSS")

    for file in files:
        assert posted(placed, file).status_code in (415, 422)

    assert status_of_process("VmHWM") - before < MOST_BYTES
