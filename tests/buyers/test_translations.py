"""The catalogues of the buyers' pages and mails: complete, certain, compiled as written, and in step with the code."""

import ast
import calendar
import gettext
import re
from datetime import date
from pathlib import Path

import pytest
from django.template import Engine
from django.template.base import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation
from django.utils.formats import date_format
from fontTools.ttLib import TTFont

from nt24.languages import CODES

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "buyers" / "locale"
TRANSLATED = [language for language in CODES if language != "en"]  # English is the source
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "gettext_noop"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
# A catalogue may write these anew: Django's own has them with a capital letter where the language wants a small one.
MONTHS_OF_DJANGO = calendar.month_name[1:]
Entry = dict[str, str]


def entries(language: str) -> list[Entry]:
    """Every entry of the written catalogue without its head, its comments under `#`."""
    found: list[Entry] = []
    for block in (FOLDER / language / "LC_MESSAGES" / "django.po").read_text("utf-8").split("\n\n")[1:]:
        entry, key = {"#": ""}, ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry["#"] += line
                continue
            name, _, quoted = line.partition('"')
            key = name.strip() or key
            entry[key] = entry.get(key, "") + ast.literal_eval(f'"{quoted}')
        found.append(entry)
    return found


def translations_in(entry: Entry) -> list[str]:
    return [text for key, text in entry.items() if key.startswith("msgstr")]


def compiled(language: str) -> gettext.GNUTranslations:
    with (FOLDER / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def asked_for_in_python() -> set[str]:
    """First arguments of the functions that translate."""
    return {
        str(node.args[0].value)
        for path in (ROOT / "buyers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and isinstance(node.args[0], ast.Constant)
    }


def asked_for_in_templates() -> set[str]:
    folders = (
        ROOT / "templates" / "buyers",
        ROOT / "templates" / "mail",
        ROOT / "templates" / "403_csrf.html",
    )
    files = [path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*"))]
    return {text for path in files if path.is_file() for text in asked_for_by(path)}


def asked_for_by(path: Path) -> set[str]:
    template = Template(path.read_text("utf-8"), engine=Engine.get_default())
    simple = [
        node for node in template.nodelist.get_nodes_by_type(TranslateNode) if isinstance(node, TranslateNode)
    ]
    blocks = [
        node
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode)
        if isinstance(node, BlockTranslateNode)
    ]
    return {node.filter_expression.var.literal for node in simple} | {
        node.render_token_list(node.singular)[0] for node in blocks
    }


def test_there_is_something_to_translate():
    assert len(asked_for_in_python()) > 80
    assert len(asked_for_in_templates()) > 80


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(language):
    written = {entry["msgid"] for entry in entries(language)} - set(MONTHS_OF_DJANGO)

    assert written == asked_for_in_python() | asked_for_in_templates()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_missing_or_uncertain(language):
    unsure = [
        entry["msgid"]
        for entry in entries(language)
        if "fuzzy" in entry["#"] or not all(translations_in(entry))
    ]

    assert unsure == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_names_what_its_text_names(language):
    different = [
        entry["msgid"]
        for entry in entries(language)
        for text in translations_in(entry)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(entry["msgid"]))
    ]

    assert different == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language):
    written = {entry["msgid"]: entry["msgstr"] for entry in entries(language) if "msgstr" in entry}
    plural = {
        (entry["msgid"], int(key[7])): text
        for entry in entries(language)
        for key, text in entry.items()
        if key.startswith("msgstr[")
    }

    catalogue = dict(compiled(language)._catalog)
    catalogue.pop("")
    assert catalogue == {**written, **plural}


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("pl", {1: "sekundę", 2: "sekundy", 5: "sekund", 22: "sekundy"}),
        ("ro", {1: "secundă", 2: "secunde", 20: "de secunde"}),
        ("fr", {1: "seconde", 2: "secondes"}),
        ("cs", {1: "sekundu", 2: "sekundy", 4: "sekundy", 5: "sekund", 22: "sekund"}),
        ("sk", {1: "sekundu", 3: "sekundy", 5: "sekúnd", 22: "sekúnd"}),
        ("lt", {1: "sekundę", 2: "sekundes", 10: "sekundžių", 11: "sekundžių", 21: "sekundę"}),
        ("hu", {1: "másodpercet", 5: "másodpercet"}),
        ("bg", {1: "секунда", 2: "секунди"}),
        ("el", {1: "δευτερόλεπτο", 2: "δευτερόλεπτα"}),
    ],
)
def test_seconds_are_counted_as_the_language_counts(language, forms):
    with translation.override(language):
        counted = {
            number: translation.ngettext(
                "Please wait %(seconds)s second.", "Please wait %(seconds)s seconds.", number
            ).removesuffix(".")
            for number in forms
        }

    assert {number: text.partition("%(seconds)s ")[2] for number, text in counted.items()} == forms


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "30 Nov 2026"),
        ("de", "30. November 2026"),
        ("fr", "30 novembre 2026"),
        ("nl", "30 november 2026"),
        ("it", "30 novembre 2026"),
        ("es", "30 de noviembre de 2026"),
        ("pl", "30 listopada 2026"),
        ("ro", "30 noiembrie 2026"),
        ("bg", "30 ноември 2026 г."),
        ("cs", "30. listopadu 2026"),
        ("el", "30 Νοεμβρίου 2026"),
        ("hu", "2026. november 30."),
        ("lt", "2026 m. lapkričio 30 d."),
        ("sk", "30. novembra 2026"),
    ],
)
def test_a_day_is_written_as_its_reader_writes_it(language, written):
    with translation.override(language):
        assert date_format(date(2026, 11, 30), "DATE_FORMAT") == written


@pytest.mark.parametrize("font", ["Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf"])
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_fonts_of_our_pdfs_have_every_letter(language, font):
    known = TTFont(ROOT / "static" / "fonts" / font).getBestCmap()
    used = {sign for entry in entries(language) for text in translations_in(entry) for sign in text}

    assert {sign for sign in used if ord(sign) not in known and sign.isprintable()} == set()
