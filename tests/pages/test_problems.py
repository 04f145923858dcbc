"""The pages behind the `type` of a problem: one for every kind, true to the table, harmless."""

import json
import re

import pytest

from nt24.errors import KINDS
from nt24.pages.problems import FOLDER, html_without_heading

MEMBERS = ["type", "title", "status", "detail", "instance", "traceId"]
SECTIONS = ["What it means", "Why it happens", "What to do", "Example"]


def test_every_slug_has_a_page_and_every_page_a_slug():
    assert {path.stem for path in FOLDER.iterdir()} == {kind.slug for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_a_page_says_what_why_and_what_to_do(kind):
    text = (FOLDER / f"{kind.slug}.md").read_text()

    assert text.startswith(f"# {kind.title}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert f"An answer with status {kind.status} and type `application/problem+json` (RFC 9457, which" in text
    assert "RFC 7807" in text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_the_example_is_a_problem_of_its_kind(kind):
    text = (FOLDER / f"{kind.slug}.md").read_text()

    example = json.loads(text.split("```json\n")[1].split("```")[0])

    extra = (
        {"errors"}
        if kind.slug == "validation-error"
        else {"currentResource"}
        if kind.status == 409
        else set()
    )
    assert list(example)[:6] == MEMBERS
    assert set(example) - set(MEMBERS) <= extra
    assert example["type"] == f"https://api.novatrade24.com/problems/{kind.slug}"
    assert (example["title"], example["status"]) == (kind.title, kind.status)
    assert example["instance"].startswith("/v1/")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_the_page_of_a_kind_is_served(client, settings, kind):
    response = client.get(f"/problems/{kind.slug}")

    page = response.content.decode()
    assert response.status_code == 200
    assert f'<h1 class="prose">{kind.title}</h1>' in page
    assert f"{settings.PROBLEM_BASE_URL}{kind.slug}" in page
    assert page.count("<h2>") == len(SECTIONS)


def test_the_list_names_every_kind_once_by_status(client):
    page = client.get("/problems").content.decode()

    slugs = re.findall(r'<a href="/problems/([\w-]+)"><code>', page)
    assert slugs == [kind.slug for kind in sorted(KINDS, key=lambda kind: (kind.status, kind.slug))]
    assert "RFC 9457" in page
    assert "RFC 7807" in page


@pytest.mark.parametrize("path", ["/problems/no-such-problem", "/problems/..%2f..%2fREADME", "/problems//"])
def test_an_unknown_slug_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_html_in_a_page_is_shown_and_not_run():
    assert html_without_heading("# Title\n\n<script>alert(1)</script>") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
    )
