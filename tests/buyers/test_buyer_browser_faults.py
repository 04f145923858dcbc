"""The papers page in a real browser when an answer is late, foreign or cut off: it says so and keeps the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from buyers.invitation_models import Draft
from buyers.pages import views
from nt24.pages.throttle import Allowance
from tests.buyers.browser import file, findings, link_to
from tests.buyers.links import invited
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf
from tests.servers.scripted import Script, ScriptedServer, resets, sends, stays_silent

pytestmark = pytest.mark.django_db(transaction=True)

LOST = "The connection was lost."
SILENT = "The server is not answering."
UNAVAILABLE = "The server is not available at the moment."
FOREIGN = "The answer did not come from NT24."
KEPT = "Still chosen: vat.pdf"


def answer(status: str, type: str, body: bytes, *, length: int | None = None) -> Script:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    return sends(head.encode() + body)


PART_OF_THE_PAGE = b'<div data-papers><li data-swap="vat"><h2>x</h2></li><section data-swap="progress">'
FAULTS = [
    ("502", answer("502 Bad Gateway", "text/html", b"<h1>502 Bad Gateway</h1>"), UNAVAILABLE),
    ("503", answer("503 Service Unavailable", "text/plain", b""), UNAVAILABLE),
    ("504", answer("504 Gateway Time-out", "text/html", b"<html><body>nginx</body></html>"), UNAVAILABLE),
    ("JSON", answer("200 OK", "application/json", b'{"status": "stored"}'), FOREIGN),
    ("JSON list", answer("422 Unprocessable Content", "application/json", b"[]"), FOREIGN),
    ("a hotspot", answer("200 OK", "text/html", b"<title>Free WiFi</title><h1>Sign in</h1>"), FOREIGN),
    ("nothing", answer("204 No Content", "text/html", b""), FOREIGN),
    ("a part of the page", answer("200 OK", "text/html", PART_OF_THE_PAGE), FOREIGN),
    ("cut off", answer("200 OK", "text/html", PART_OF_THE_PAGE, length=9000), LOST),
    ("cut chunks", sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<div>"), LOST),
    ("no HTTP", sends(b"\x15\x03\x01\x00\x02\x02\x46"), LOST),
    ("a reset", resets, LOST),
]


@pytest.fixture
def invitation(partner):
    return invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")


@contextmanager
def answering(tab: Any, script: Script, path: str = "**/papers/vat/") -> Iterator[ScriptedServer]:
    """Uploads reach this server instead of ours."""
    with ScriptedServer(script) as server:
        tab.route(path, lambda route: route.continue_(url=server.url))
        yield server
        tab.unroute(path)


def choose(tab: Any) -> None:
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))


def try_again(tab: Any) -> None:
    tab.locator("#vat").get_by_role("button", name="Try again").click()
    tab.locator("#vat.is-done").wait_for()


@pytest.mark.parametrize(("script", "sentence"), [pytest.param(*fault, id=name) for name, *fault in FAULTS])
def test_a_wrong_answer_is_said_and_the_same_file_is_sent_again(open_tab, invitation, script, sentence):
    tab = open_tab()
    tab.goto(link_to(invitation))
    with answering(tab, script):
        choose(tab)
        tab.locator("#vat .alert").get_by_text(sentence).wait_for()

    assert KEPT in tab.locator("#vat .again-line").inner_text()
    try_again(tab)

    assert Draft.objects.get().file_name == "vat.pdf"
    assert tab.locator("#vat .alert, #vat .again-line").count() == 0
    assert len([request for request in tab.requests if request.is_navigation_request()]) == 1


@pytest.mark.parametrize(
    "script",
    [stays_silent, lambda *known: sends_then_waits(b"HTTP/1.1 200 OK\r\n", *known),
     lambda *known: sends_then_waits(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<div>", *known)],
    ids=["no answer", "half a head", "half a body"],
)  # fmt: skip
def test_silence_ends(open_tab, invitation, monkeypatch, script):
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 1)
    tab = open_tab()
    tab.goto(link_to(invitation))
    with answering(tab, script):
        choose(tab)
        tab.locator("#vat .alert").get_by_text(SILENT).wait_for()

    assert tab.locator("#vat").get_attribute("aria-busy") is None
    try_again(tab)


def sends_then_waits(part: bytes, connection: Any, closing: Any) -> None:
    connection.sendall(part)
    stays_silent(connection, closing)


def test_a_server_that_fails_twice_is_tried_a_third_time(open_tab, invitation):
    tab = open_tab()
    tab.goto(link_to(invitation))
    with answering(tab, resets) as server:
        choose(tab)
        tab.locator("#vat .alert").wait_for()
        tab.locator("#vat").get_by_role("button", name="Try again").click()
        tab.wait_for_function("() => !document.querySelector('#vat[aria-busy]')")
        assert tab.locator("#vat .again-line").count() == 1
        assert server.connections >= 2

    try_again(tab)


def test_what_was_typed_beside_the_file_stays(open_tab, invitation):
    tab = open_tab()
    tab.goto(link_to(invitation))
    tab.fill("#identity-expires_on", "2035-01-31")
    with answering(tab, resets, "**/papers/identity/"):
        tab.set_input_files("#identity-file", file("id.pdf", pdf("identity")))
        tab.locator("#identity .alert").get_by_text(LOST).wait_for()

    tab.locator("#identity").get_by_role("button", name="Try again").click()
    tab.locator("#identity.is-done").wait_for()
    assert Draft.objects.get().expires_on.isoformat() == "2035-01-31"


def test_removing_a_paper_is_tried_again_too(open_tab, invitation):
    tab = open_tab()
    tab.goto(link_to(invitation))
    choose(tab)
    tab.locator("#vat.is-done").wait_for()
    with answering(tab, resets, "**/papers/vat/remove/"):
        tab.get_by_role("button", name="Remove").click()
        tab.locator("#vat .alert").get_by_text(LOST).wait_for()

    tab.locator("#vat").get_by_role("button", name="Try again").click()
    tab.locator("#vat:not(.is-done)").wait_for()
    assert not Draft.objects.exists()


def test_too_many_files_keep_the_last_one(open_tab, invitation, monkeypatch):
    monkeypatch.setattr(views, "FILES", Allowance("link-files", calls=0, seconds=60))
    tab = open_tab()
    tab.goto(link_to(invitation))
    choose(tab)
    tab.locator("#vat .alert").get_by_text("Too many files in a short time.").wait_for()
    monkeypatch.setattr(views, "FILES", Allowance("link-files", calls=9, seconds=60))

    try_again(tab)


@pytest.mark.parametrize(
    ("language", "sentence", "again"),
    [
        ("de", "Die Verbindung ist abgebrochen.", "Noch einmal versuchen"),
        ("pl", "Połączenie zostało przerwane.", "Spróbuj ponownie"),
        ("fr", "La connexion a été interrompue.", "Réessayer"),
    ],
)
def test_it_is_said_in_the_language_of_the_page(open_tab, partner, language, sentence, again):
    buyer = taken(partner.post("P/buyers", KOWALSKI), 201)
    tab = open_tab()
    tab.goto(link_to(invited(partner, buyer, language=language)))
    with answering(tab, resets):
        choose(tab)
        tab.locator("#vat .alert").get_by_text(sentence).wait_for()

    assert tab.locator("#vat").get_by_role("button", name=again).is_visible()
    assert findings(tab) == []
