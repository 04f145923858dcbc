"""`/verify`: genuine, altered, not ours, as a visitor sees it; and what the page refuses to do."""

import hashlib
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from compliance import verification, views
from compliance.verification import Answer, Known, Outcome, checks_of_seal, outcome_of
from nt24.documents.confinement import Busy, checking
from nt24.documents.models import SealedFile
from nt24.documents.register import enter_sealed
from nt24.documents.verification import Attachment, Verification
from tests.documents import field, hostile
from tests.pages.sealed import sealed_export_file

NOWHERE = "redis://127.0.0.1:1/0"  # a port nothing listens on


@pytest.fixture(scope="module")
def export_file():
    return sealed_export_file()


@pytest.fixture(autouse=True)
def public_pages_only(settings):
    settings.ROOT_URLCONF = "tests.pages.urls"


@pytest.fixture
def register(monkeypatch):
    """The register of issued files as a dict; the real one belongs to `compliance`."""
    issued: dict[str, Known] = {}
    monkeypatch.setattr(verification, "known_file", issued.get)
    return issued


def a_current_file(**changes: Any) -> Known:
    return Known(**{"version": 2, "stated": "VALID_EXPORT", "present": "VALID_EXPORT", **changes})


def check(client: Client, content: bytes, **extra: Any) -> Any:
    return client.post("/verify", {"file": SimpleUploadedFile("x.pdf", content, "application/pdf")}, **extra)


def text(response: HttpResponse) -> str:
    """The page as a reader sees it: no tags, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def answers(response: HttpResponse) -> dict[str, str]:
    """Statement of each check → its answer."""
    rows = re.findall(r'<span class="badge [\w-]*">([^<]+)</span>\s*<div>([^<]+)', response.content.decode())
    return {statement.strip(): answer for answer, statement in rows}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- What it says ---


def test_a_current_export_file_is_genuine(client, register, export_file):
    register[sha256(export_file)] = a_current_file()

    response = check(client, export_file)

    page = text(response)
    assert response.status_code == 200
    assert "<h1>Genuine</h1>" in response.content.decode()
    assert answers(response) == {
        "The file carries a seal": "Yes",
        "The sealed content is unchanged": "Yes",
        "The seal covers the whole file": "Yes",
        "The seal is one of NT24": "Yes",
        "The documents inside are those of the sealed list": "Yes",
        "It is in the register of sealed files": "Yes",
        "It is the current version": "Yes",
        "Its verdict is the present one": "Yes",
        "It includes all facts recorded so far": "Yes",
    }
    assert (
        "File Export File Order ORD-2026-0042 Verdict VAT-free: conditions met VALID_EXPORT Version 2 Current"
        " Facts as of 26 Apr 2026, 10:30:12 CEST. Later ones are not included. Sealed by NT24 development seal"
        in page
    )
    assert f"SHA-256 {sha256(export_file)}" in page
    assert f"01-cmr.pdf {sha256(b'the signed CMR')}" in page


def test_a_superseded_export_file_names_the_newest_version(client, register, export_file):
    register[sha256(export_file)] = a_current_file(superseded_by=5)

    response = check(client, export_file)

    assert "<h1>Genuine, but superseded</h1>" in response.content.decode()
    assert "Version 2 Superseded by version 5" in text(response)
    assert answers(response)["It is the current version"] == "Note"


def test_a_sealed_file_that_was_never_issued_is_not_called_genuine(client, register, export_file):
    response = check(client, export_file)

    assert "<h1>Sealed by NT24, but not in the register</h1>" in response.content.decode()
    assert answers(response)["It is in the register of sealed files"] == "Note"
    assert answers(response)["It is the current version"] == "Not checked"


def test_a_flipped_byte_is_altered_and_shows_no_facts(client, register, export_file):
    altered = bytearray(export_file)
    altered[altered.index(b"/MediaBox") + 1] ^= 1
    register[sha256(export_file)] = a_current_file()

    response = check(client, bytes(altered))

    page = text(response)
    assert "<h1>Altered</h1>" in response.content.decode()
    assert answers(response)["The sealed content is unchanged"] == "No"
    assert answers(response)["It is in the register of sealed files"] == "Not checked"
    assert "ORD-2026-0042" not in page
    assert "Sealed by NT24" not in page


def test_an_appended_change_is_altered(client, register, export_file):
    response = check(client, export_file + b"\n% something more\n")

    assert "<h1>Altered</h1>" in response.content.decode()
    assert answers(response)["The seal covers the whole file"] == "No"
    assert "ORD-2026-0042" not in text(response)


def test_a_file_whose_list_is_untrue_is_altered(client, register):
    response = check(client, sealed_export_file(listed=b"another CMR"))

    assert "<h1>Altered</h1>" in response.content.decode()
    assert "01-cmr.pdf: altered" in text(response)


@pytest.mark.parametrize(
    "content", [b"x", b"%PDF-1.7\n%%EOF", b"\x00" * 5000, b"PK\x03\x04zip", "ß€".encode() * 50]
)
def test_anything_else_is_not_ours(client, register, content):
    response = check(client, content)

    assert response.status_code == 200
    is_a_pdf = content.startswith(b"%PDF")
    headline = "No NT24 seal found" if is_a_pdf else "Not a PDF"
    assert f"<h1>{headline}</h1>" in response.content.decode()
    assert answers(response)["The file carries a seal"] == "No"
    assert set(list(answers(response).values())[1:]) == {"Not checked"}
    assert sha256(content) in text(response)


BY_STAFF = "Its verdict was decided by two members of staff in place of the rules."


@pytest.mark.parametrize(
    ("decision", "override", "rules_alone", "verdict", "said"),
    [
        ("VALID_EXPORT", "VALID_EXPORT", "INCOMPLETE", "VAT-free: by decision of two members of staff",
         f"{BY_STAFF} By the rules alone, there is no verdict yet."),
        ("VALID_EXPORT", "VALID_EXPORT", "VAT_APPLICABLE", "VAT-free: by decision of two members of staff",
         f"{BY_STAFF} By the rules alone, VAT must be charged on the supply."),
        ("VAT_APPLICABLE", "VAT_APPLICABLE", "VALID_EXPORT", "VAT must be charged: by decision of two members of staff",
         f"{BY_STAFF} By the rules alone, the supply is VAT-free."),
        ("VALID_EXPORT", "VALID_EXPORT", None, "VAT-free: by decision of two members of staff", BY_STAFF),
        ("VALID_EXPORT", "VALID_EXPORT", "VALID_EXPORT", "VAT-free: conditions met", ""),
        ("VAT_APPLICABLE", "VALID_EXPORT", "VAT_APPLICABLE", "VAT must be charged on this supply", ""),
        ("VALID_EXPORT", None, None, "VAT-free: conditions met", ""),
    ],
    ids=["open", "taxed", "to VAT", "before it was kept", "mended", "fallen", "none"],
)  # fmt: skip
def test_who_decided_the_verdict_is_said(client, register, decision, override, rules_alone, verdict, said):
    about = {"decision": override, "decidedAt": "2026-04-26T08:00:00Z", "reason": "Seen on paper"}
    told = {"rulesAlone": rules_alone} if rules_alone else {}
    sealed = sealed_export_file(decision=decision, override={**about, **told} if override else None)
    register[sha256(sealed)] = a_current_file(stated=decision, present=decision)

    page = text(check(client, sealed))

    assert f"Verdict {verdict} {decision}" in page
    assert (BY_STAFF in page) is bool(said)
    assert said in page


def test_markup_in_a_file_is_shown_as_text(client, register):
    content = sealed_export_file(order_reference="<script>alert(1)</script>")

    page = check(client, content).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def found(**changes: object) -> Verification:
    """A genuine seal with some facts changed."""
    genuine = {"is_signed": True, "is_intact": True, "is_trusted": True, "covers_whole_file": True}
    return Verification(sha256="0" * 64, size=1, **{**genuine, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "outcome", "given"),
    [
        ({}, Outcome.GENUINE, ["Yes", "Yes", "Yes", "Yes", "Yes"]),
        ({"is_signed": False, "is_intact": False}, Outcome.NOT_OURS, ["No", *["Not checked"] * 4]),
        ({"is_intact": False, "is_trusted": False}, Outcome.ALTERED, ["Yes", "No", *["Not checked"] * 3]),
        ({"is_trusted": False}, Outcome.NOT_OURS, ["Yes", "Yes", "Yes", "No", "Not checked"]),
        (
            {"is_trusted": False, "modified_after": True},
            Outcome.NOT_OURS,
            ["Yes", "Yes", "No", "No", "Not checked"],
        ),
        ({"modified_after": True}, Outcome.ALTERED, ["Yes", "Yes", "No", "Yes", "Yes"]),
        ({"covers_whole_file": False}, Outcome.ALTERED, ["Yes", "Yes", "No", "Yes", "Yes"]),
        (
            {"attachments": (Attachment("a.pdf", 1, "0" * 64, "UNLISTED"),)},
            Outcome.ALTERED,
            ["Yes", "Yes", "Yes", "Yes", "No"],
        ),
    ],
)
def test_each_thing_found_has_its_answer(changes, outcome, given):
    seal = found(**changes)

    assert outcome_of(seal) is outcome
    assert [check.answer for check in checks_of_seal(seal)] == [Answer(word) for word in given]


# --- What it refuses ---


def test_the_form_works_without_a_script(client):
    page = client.get("/verify").content.decode()

    assert re.search(r'<form[^>]+method="post" action="/verify" enctype="multipart/form-data"', page)
    assert re.search(r'<input id="file" name="file" type="file"[^>]* required', page)
    assert '<label for="file">' in page
    assert "csrfmiddlewaretoken" not in page


def test_a_check_needs_no_token_and_sets_no_cookie(register):
    response = check(Client(enforce_csrf_checks=True), b"x")

    assert response.status_code == 200
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "body", [{}, {"file": "text, no file"}, {"other": SimpleUploadedFile("a.pdf", b"x")}]
)
def test_a_form_without_a_file_is_asked_for_one(client, body):
    response = client.post("/verify", body)

    assert response.status_code == 422
    assert "Choose the PDF that is to be checked." in text(response)


def test_an_empty_file_is_asked_for_again(client):
    response = check(client, b"")

    assert response.status_code == 422
    assert "This file is empty." in text(response)


def test_a_body_that_is_no_form_is_refused(client):
    response = client.post("/verify", b"x" * 10, content_type="multipart/form-data; boundary=")

    assert response.status_code == 400
    assert "cannot be read" in text(response)


def test_a_file_over_the_limit_is_refused_before_it_is_read(client, settings, monkeypatch):
    settings.EXPORT_FILE_MAX_BYTES = 1000
    monkeypatch.setattr(views, "examine", lambda *_, **__: pytest.fail("was read"))

    for size in (1001, 70_000):
        response = check(client, b"%PDF-1.7" + b"x" * size)

        assert response.status_code == 413
        assert "larger than any file that NT24 seals" in text(response)


def test_a_file_of_the_largest_size_is_read(client, settings, register, export_file):
    settings.EXPORT_FILE_MAX_BYTES = len(export_file)
    register[sha256(export_file)] = a_current_file()

    assert "<h1>Genuine</h1>" in check(client, export_file).content.decode()


@pytest.mark.parametrize(
    "content", [b"x", b"hello, world\n" * 9, hostile.picture(), hostile.picture("PNG"), hostile.zip_archive()]
)
def test_what_is_no_pdf_is_said_to_be_none(client, register, content):
    assert "<h1>Not a PDF</h1>" in check(client, content).content.decode()


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_pdf_under_a_password_is_said_to_be_so(client, register, revision):
    page = text(check(client, field.protected(revision, "secret")))

    assert "This PDF opens only with a password." in page
    assert "opens only with a password" not in text(check(client, field.protected(revision)))


def test_a_busy_portal_says_so(client, monkeypatch):
    def is_busy(*_, **__):
        raise Busy

    monkeypatch.setattr(checking, "run", is_busy)

    response = check(client, b"%PDF-1.7 x")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Many files are being checked at the moment." in text(response)


# --- The brake ---


@time_machine.travel("2026-03-14 09:09:20", tick=False)
def test_the_thirty_first_check_within_ten_minutes_has_to_wait(client, register):
    for _ in range(30):
        assert check(client, b"x", REMOTE_ADDR="192.0.2.1").status_code == 200

    refused = check(client, b"x", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert "Try again in 40 seconds" in text(refused)
    assert check(client, b"x", REMOTE_ADDR="192.0.2.2").status_code == 200


def test_a_file_whose_verdict_no_longer_stands_is_said_to_be_so(client, register, export_file):
    register[sha256(export_file)] = a_current_file(present="")

    page = text(check(client, export_file))
    assert "Genuine, but its verdict no longer applies" in page
    assert "The order has no verdict at present." in page


@pytest.mark.parametrize(
    ("changes", "headline", "sentence", "noted"),
    [
        (
            {"superseded_by": 5},
            "Genuine, but superseded",
            "version 5 has replaced it. The verdict of the order is still the same.",
            {"It is the current version", "It includes all facts recorded so far"},
        ),
        (
            {"superseded_by": 3, "present": "VAT_APPLICABLE"},
            "Genuine, but superseded",
            "The verdict of the order is now VAT_APPLICABLE (VAT must be charged on this supply).",
            {
                "It is the current version",
                "Its verdict is the present one",
                "It includes all facts recorded so far",
            },
        ),
        (
            {"superseded_by": 3, "present": ""},
            "Genuine, but superseded",
            "The order has no verdict at present.",
            {
                "It is the current version",
                "Its verdict is the present one",
                "It includes all facts recorded so far",
            },
        ),
        (
            {"has_later_facts": True},
            "Genuine, but later facts are not included",
            "its verdict still applies. Facts that were recorded after the time it states are not in it.",
            {"It includes all facts recorded so far"},
        ),
    ],
)
def test_what_has_become_of_a_genuine_file_is_said(
    client, register, export_file, changes, headline, sentence, noted
):
    register[sha256(export_file)] = a_current_file(**changes)

    response = check(client, export_file)

    assert f"<h1>{headline}</h1>" in response.content.decode()
    assert sentence in text(response)
    assert {statement for statement, answer in answers(response).items() if answer == "Note"} == noted


@pytest.mark.parametrize("kind", ["KYC_PROFILE", "AML_DECLARATION"])
def test_whatever_nt24_seals_is_in_its_register(client, db, kind):
    sealed = sealed_export_file(order_reference=f"other {kind}")
    title = enter_sealed(SealedFile.Kind(kind), sealed, subject_uuid=uuid4()) and SealedFile.Kind(kind).label

    response = check(client, sealed)

    assert "<h1>Genuine</h1>" in response.content.decode()
    assert f"NT24 sealed this {title}, and nothing was changed since." in text(response)
    assert answers(response)["It is in the register of sealed files"] == "Yes"
    assert "It is the current version" not in answers(response)
