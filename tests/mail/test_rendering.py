"""The written mails: exact words, nothing remote, and values that stay values."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist

from nt24.mail.rendering import render_mail

PAUSED = {
    "organization": "Müller & Söhne Bank",
    "endpoint_id": "wh_0f3f5f1c2d11",
    "host": "hooks.bank.example",
    "reason": "CONSECUTIVE_FAILURES",
    "failures": 20,
    "failing_since": datetime(2026, 4, 25, 10, 0, tzinfo=UTC),
    "paused_at": datetime(2026, 4, 25, 11, 30, tzinfo=UTC),
    "waiting": 23,
    "kept_days": 30,
}
REMINDER = {
    "organization": "Müller & Söhne Bank",
    "accepted_version": "2026-01",
    "version": "2026-06",
    "since": date(2026, 6, 1),
    "last_day": date(2026, 7, 1),
}
INVITATION = {
    "seller": "Müller & Söhne Bank",
    "accent": "#1a4789",
    "buyer": "Kowalski Sp. z o.o.",
    "link": "http://testserver/b/token/",
    "expires_at": datetime(2026, 5, 9, 10, 0, tzinfo=UTC),
    "zone": "Europe/Berlin",
    "contact": "Müller & Söhne Bank, office@bank.example",
    "papers": [
        {"title": "Identity document", "local_name": "", "is_filled_in": False},
        {"title": "Company register extract", "local_name": "visura camerale", "is_filled_in": False},
        {"title": "Declaration", "local_name": "", "is_filled_in": True},
    ],
    "is_reminder": False,
}
EXPIRING = {
    "seller": "Müller & Söhne Bank",
    "accent": "#1a4789",
    "buyer": "Kowalski Sp. z o.o.",
    "papers": [{"title": "Passport", "last_day": date(2026, 5, 20), "has_ended": False}],
    "link": "http://testserver/b/token/",
    "stop_link": "http://testserver/b/token/stop/",
    "contact": "Müller & Söhne Bank, office@bank.example",
}
PROSPECT = {
    "seller": "Müller & Söhne Bank",
    "accent": "#1a4789",
    "link": "http://testserver/i/token/",
    "expires_at": datetime(2026, 5, 9, 10, 0, tzinfo=UTC),
    "zone": "Europe/Berlin",
    "contact": "Müller & Söhne Bank, office@bank.example",
}
RECEIPT = {
    "seller": "Müller & Söhne Bank",
    "accent": "#1a4789",
    "papers": [{"title": "Passport", "file_name": "passport.pdf", "size": 52_000}],
    "reference": "0b3b8c9e-0000-4000-8000-000000000001",
    "received_at": datetime(2026, 4, 25, 10, 0, tzinfo=UTC),
    "zone": "Europe/Berlin",
    "contact": "Müller & Söhne Bank, office@bank.example",
}
PROSPECT_RECEIPT = {**RECEIPT, "vat_number": "PL5260001246"}
ARRIVAL = {"buyer": "Kowalski Sp. z o.o."}
REFUSED = {"seller": "Müller & Söhne Bank", "vat_number": "DE811193231"}
MAILS = {
    "endpoint_paused": PAUSED,
    "dpa_reminder": REMINDER,
    "invitation": INVITATION,
    "prospect_link": PROSPECT,
    "requester_refused": REFUSED,
    "expiry_reminder": EXPIRING,
    "receipt": RECEIPT,
    "prospect_receipt": PROSPECT_RECEIPT,
    "arrival": ARRIVAL,
}
# What makes a reader load something, by attribute.
LOADING = {"src", "srcset", "background", "poster", "data", "action", "xlink:href"}


class Markup(HTMLParser):
    """Every element of a page with its attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_mail_is_rendered_here():
    folder = Path(settings.BASE_DIR) / "templates" / "mail"
    parts = {"layout", "seller", "pages", "staff"}

    assert {path.name.partition(".")[0] for path in folder.iterdir()} - parts == set(MAILS)


def test_the_text_of_a_paused_endpoint_says_what_why_and_what_to_do():
    content = render_mail("endpoint_paused", PAUSED, language="en")

    assert content.subject == "Webhook endpoint wh_0f3f5f1c2d11 is paused"
    assert (
        content.text
        == """\
A webhook endpoint of Müller & Söhne Bank is paused

NT24 has stopped sending events to it, because 20 deliveries in a row have failed.

Endpoint:           wh_0f3f5f1c2d11
Host:               hooks.bank.example
Failing since:      25 April 2026, 10:00 UTC
Paused at:          25 April 2026, 11:30 UTC
Deliveries waiting: 23

What to do

1. Repair the receiver. It has to answer with a status of 2xx within 10 seconds.
   GET /v1/webhooks/wh_0f3f5f1c2d11/deliveries shows what it has answered.
2. Resume the endpoint: PATCH /v1/webhooks/wh_0f3f5f1c2d11 with {"status": "ACTIVE"}.
   What waits is then sent. Events are kept for 30 days.

The reference: http://testserver/docs

--\x20
NT24, evidence for car sales across EU borders
http://testserver
Imprint: http://testserver/imprint
Privacy notice: http://testserver/privacy

You get this mail as the administrator of Müller & Söhne Bank.
"""
    )


def test_an_endpoint_that_fails_too_long_is_paused_for_that_reason():
    content = render_mail("endpoint_paused", {**PAUSED, "reason": "FAILING_TOO_LONG"}, language="en")

    sentence = "because no delivery has succeeded since 25 April 2026, 10:00 UTC."
    assert sentence in content.text
    assert sentence in content.html


def test_the_reminder_says_until_when_the_old_version_is_enough():
    content = render_mail("dpa_reminder", REMINDER, language="en")

    assert content.subject == "Please accept version 2026-06 of the data processing agreement by 1 July 2026"
    assert "Müller & Söhne Bank has accepted version 2026-01." in content.text
    assert "It is enough until 1 July 2026." in content.text
    assert "http://testserver/problems/dpa-not-accepted" in content.text


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_loads_nothing_and_leads_only_to_us(name):
    html = render_mail(name, MAILS[name], language="en").html

    elements = Markup(html).elements
    assert {tag for tag, _ in elements} & {
        "img",
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
    } == set()
    assert [found for _, attributes in elements for found in LOADING & set(attributes)] == []
    assert "url(" not in html
    assert "@import" not in html
    links = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert len(links) >= 2
    assert all(link.startswith("http://testserver") for link in links)


def who_it_is_from(name: str) -> str:
    """The member that names the organization, the seller or, where a mail goes to the seller, the buyer."""
    return next(member for member in ("organization", "seller", "buyer") if member in MAILS[name])


@pytest.mark.parametrize("name", MAILS)
def test_text_and_html_say_the_same(name):
    content = render_mail(name, MAILS[name], language="en")

    words = Markup(content.html).text
    numbers = [str(value) for value in MAILS[name].values() if type(value) is int]
    for value in [MAILS[name][who_it_is_from(name)], *numbers]:
        assert value in content.text
        assert value in words


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_600_pixels_wide_and_has_dark_colours(name):
    html = render_mail(name, MAILS[name], language="en").html

    assert "max-width: 600px" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


@pytest.mark.parametrize("name", MAILS)
def test_markup_in_a_value_stays_text(name):
    hostile = "<img src=//evil.example> & Sons"

    content = render_mail(name, {**MAILS[name], who_it_is_from(name): hostile}, language="en")

    assert "<img" not in content.html
    assert "&lt;img src=//evil.example&gt; &amp; Sons" in content.html
    assert hostile in content.text


def test_a_line_end_in_a_value_does_not_break_the_subject():
    hostile = "wh_1\r\nBcc: eve@evil.example"

    content = render_mail("endpoint_paused", {**PAUSED, "endpoint_id": hostile}, language="en")

    assert content.subject == "Webhook endpoint wh_1 Bcc: eve@evil.example is paused"


def test_a_mail_is_rendered_in_its_language():
    content = render_mail("dpa_reminder", REMINDER, language="de")

    assert content.language == "de"
    assert '<html lang="de">' in content.html
    assert "by 1 Juli 2026" in content.subject


def test_a_mail_without_a_template_is_not_sent_empty():
    with pytest.raises(TemplateDoesNotExist):
        render_mail("nothing", {}, language="en")
