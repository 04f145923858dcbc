"""`/verify` speaks English and German: by the browser or by the switch, in every word, and without a cookie."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from compliance import verification
from compliance.verification import Known
from compliance.wording import OVERRIDDEN, RULES_ALONE, VERDICTS
from nt24.documents.models import SealedFile
from tests.buyers.test_translations import FUNCTIONS, asked_for_by
from tests.documents import hostile
from tests.pages.sealed import sealed_export_file

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "compliance" / "locale" / "de" / "LC_MESSAGES" / "django.mo"
TEMPLATES = [
    *(ROOT / "templates" / "compliance" / "pages").glob("*.html"),
    ROOT / "templates" / "pages" / "base.html",
]
SOURCES = [ROOT / "compliance" / "verification.py", ROOT / "compliance" / "views.py"]
# Words that are not written where they are translated.
FROM_ELSEWHERE = {
    *VERDICTS.values(),
    *OVERRIDDEN.values(),
    *RULES_ALONE.values(),
    *(str(label) for label in SealedFile.Kind.labels),
    "altered",
    "unlisted",
    "missing",
    "Many files are being checked at the moment. Please try again in a moment.",
}


@pytest.fixture(scope="module")
def export_file():
    return sealed_export_file()


@pytest.fixture(autouse=True)
def _public_pages_only(settings):
    settings.ROOT_URLCONF = "tests.pages.urls"


@pytest.fixture
def known(monkeypatch):
    """What the register answers for every file."""

    def answer(**facts):
        known = Known(**{"version": 2, "stated": "VALID_EXPORT", "present": "VALID_EXPORT", **facts})
        monkeypatch.setattr(verification, "known_file", lambda _sha256: known)

    return answer


def checked(client, content, address="/verify", **more):
    file = SimpleUploadedFile("x.pdf", content, "application/pdf")
    return client.post(address, {"file": file}, **more).content.decode()


def heading(page):
    return re.search(r"<h1>([^<]+)</h1>", page)[1]


def asked_for():
    calls = (
        node.args[0]
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    )
    in_python = {argument.value for argument in calls if isinstance(argument, ast.Constant)}
    return in_python | {text for path in TEMPLATES for text in asked_for_by(path)} | FROM_ELSEWHERE


def test_the_german_catalogue_has_every_text_and_no_other():
    with CATALOGUE.open("rb") as file:
        german = dict(gettext.GNUTranslations(file)._catalog)
    german.pop("")

    assert set(german) == asked_for()
    assert all(german.values())


def test_what_is_compiled_is_what_is_written():
    written = CATALOGUE.with_suffix(".po").read_text("utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', written, flags=re.MULTILINE)
    with CATALOGUE.open("rb") as file:
        german = dict(gettext.GNUTranslations(file)._catalog)
    german.pop("")

    assert {ast.literal_eval(f'"{one}"'): ast.literal_eval(f'"{other}"') for one, other in pairs} == german


@pytest.mark.parametrize(
    ("asked", "address", "spoken", "title"),
    [
        ("de", "/verify", "de", "Export File prüfen"),
        ("de-AT,de;q=0.9,en;q=0.5", "/verify", "de", "Export File prüfen"),
        ("en-GB", "/verify", "en", "Verify an Export File"),
        ("fi,sv;q=0.8", "/verify", "en", "Verify an Export File"),
        ("pl", "/verify", "en", "Verify an Export File"),
        ("en", "/verify?language=de", "de", "Export File prüfen"),
        ("de", "/verify?language=en", "en", "Verify an Export File"),
        ("de", "/verify?language=../x", "de", "Export File prüfen"),
    ],
)
def test_the_page_speaks_what_the_address_or_the_browser_asks_for(client, asked, address, spoken, title):
    response = client.get(address, headers={"Accept-Language": asked})

    page = response.content.decode()
    assert heading(page) == title
    assert f'<html lang="{spoken}">' in page
    assert response["Content-Language"] == spoken
    assert "Accept-Language" in response["Vary"]
    assert not response.cookies


def test_the_switch_offers_each_language_under_its_own_name(client):
    page = client.get("/verify?language=de").content.decode()

    links = re.findall(r'href="(/verify\?language=\w+)" hreflang="\w+" lang="\w+"([^>]*)>(\w+)<', page)
    assert links == [
        ("/verify?language=en", "", "English"),
        ("/verify?language=de", ' aria-current="true"', "Deutsch"),
    ]
    assert 'action="/verify?language=de"' in page


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({}, "Echt"),
        ({"superseded_by": 3}, "Echt, aber ersetzt"),
        ({"present": "VAT_APPLICABLE"}, "Echt, aber das Ergebnis gilt nicht mehr"),
        ({"has_later_facts": True}, "Echt, aber spätere Tatsachen sind nicht enthalten"),
        ({"kind": "KYC_PROFILE"}, "Echt"),
    ],
)
def test_a_result_is_german_in_every_word(client, known, export_file, facts, title):
    known(**facts)

    german = checked(client, export_file, "/verify?language=de")
    english = checked(client, export_file, "/verify?language=en")

    assert heading(german) == title
    words = set(re.findall(r">\s*([A-Z][a-z]+ [a-z]+[^<]{3,})<", english))
    assert len(words) > 12
    assert {word for word in words if word in german} == set()


@pytest.mark.parametrize(
    ("content", "title"),
    [(b"no pdf at all", "Keine PDF-Datei"), (hostile.honest_pdf(), "Kein Siegel von NT24 gefunden")],
)
def test_a_refusal_is_german_too(client, content, title):
    assert heading(checked(client, content, headers={"Accept-Language": "de"})) == title


def test_outside_of_the_page_the_words_stay_english(client):
    client.get("/verify?language=de")

    assert translation.get_language() == "en"
    assert heading(client.get("/docs", headers={"Accept-Language": "de"}).content.decode()) != ""
