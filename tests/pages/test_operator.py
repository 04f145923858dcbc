"""Imprint, privacy notice, contact and security.txt: said by the settings, and found from every page and mail."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import checks
from django.core.checks import run_checks

from nt24.mail.rendering import render_mail
from nt24.pages.operator import operator
from tests.pages.markup import read

GIVEN = {
    "OPERATOR_NAME": "Novatrade <24> GmbH",
    "OPERATOR_ADDRESS": "Hafenstraße 7; 20457 Hamburg ;Germany;",
    "OPERATOR_REPRESENTATIVES": "Erika & Max Mustermann",
    "OPERATOR_REGISTER": "Amtsgericht Hamburg, HRB 4711",
    "OPERATOR_VAT_ID": "DE123456789",
    "OPERATOR_EMAIL": "office@portal.example",
    "OPERATOR_PHONE": "+49 40 123",
    "OPERATOR_PRIVACY_EMAIL": "privacy@portal.example",
    "OPERATOR_SECURITY_CONTACT": "security@portal.example",
}


@pytest.fixture
def named(settings):
    for name, value in GIVEN.items():
        setattr(settings, name, value)


def test_the_pages_say_who_runs_this(client, named):
    imprint, contact, privacy = (
        client.get(page).content.decode() for page in ("/imprint", "/contact", "/privacy")
    )

    for said in (
        "Novatrade &lt;24&gt; GmbH",
        "20457 Hamburg<br>",
        "Erika &amp; Max",
        "HRB 4711",
        "DE123456789",
        "+49 40",
    ):
        assert said in imprint, said
    assert "mailto:office@portal.example" in contact
    assert "security@portal.example" in contact
    assert "mailto:privacy@portal.example" in privacy
    assert "not set" not in imprint + contact + privacy


@pytest.mark.parametrize(
    "missing", ["OPERATOR_NAME", "OPERATOR_ADDRESS", "OPERATOR_REPRESENTATIVES", "OPERATOR_EMAIL"]
)
def test_what_is_not_set_is_named_on_the_page_and_by_the_check(client, named, settings, missing):
    setattr(settings, missing, "")

    assert f"not set: <code>{missing}</code>" in client.get("/imprint").content.decode()
    [warning] = operator_warnings()
    assert missing in warning.msg


def operator_warnings():
    found = run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    return [one for one in found if one.id == "nt24.W001"]


def test_the_check_is_content_when_all_is_said(named, settings):
    settings.OPERATOR_REGISTER = settings.OPERATOR_VAT_ID = settings.OPERATOR_PHONE = (
        ""  # not everybody has them
    )

    assert operator_warnings() == []
    assert operator().address_lines == ["Hafenstraße 7", "20457 Hamburg", "Germany"]


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("security@portal.example", "mailto:security@portal.example"),
        ("mailto:security@portal.example", "mailto:security@portal.example"),
        ("https://portal.example/report", "https://portal.example/report"),
        ("", "https://portal.example/contact"),
    ],
)
def test_security_txt_has_what_rfc_9116_asks_for(client, named, settings, contact, shown):
    settings.OPERATOR_SECURITY_CONTACT, settings.PUBLIC_URL = contact, "https://portal.example"

    answer = client.get("/.well-known/security.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.partition(": ") for line in answer.content.decode().splitlines()]
    said = {name: value for name, _, value in lines}
    assert len(said) == len(lines)
    assert said["Contact"] == shown
    assert said["Canonical"] == "https://portal.example/.well-known/security.txt"
    expires = datetime.fromisoformat(said["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


@pytest.mark.parametrize("page", ["/", "/docs", "/problems", "/verify", "/imprint", "/no/such/page"])
def test_every_page_leads_to_them(client, page):
    markup = read(client.get(page).content.decode())

    assert {"/imprint", "/privacy", "/contact"} <= set(markup.links)


def test_the_portal_and_its_door_lead_to_them(client, admin_user, settings):
    settings.ROOT_URLCONF = "nt24.urls"
    door = client.get("/admin/login/").content.decode()
    client.force_login(admin_user)

    for page in (
        door,
        client.get("/admin/").content.decode(),
        client.get("/admin/orders/order/").content.decode(),
    ):
        assert set(re.findall('href="(/imprint|/privacy|/contact)"', page)) == {
            "/imprint",
            "/privacy",
            "/contact",
        }


@pytest.mark.parametrize(
    ("language", "imprint"), [("en", "Imprint"), ("de", "Impressum"), ("pl", "Nota prawna")]
)
def test_mails_lead_to_them_in_their_language(settings, language, imprint):
    settings.PUBLIC_URL = "https://portal.example"
    told = {"organization": "Bank", "accepted_version": "2025-01", "version": "2026-01", "since": date(2026, 1, 1),
            "last_day": date(2026, 2, 1)}  # fmt: skip

    mail = render_mail("dpa_reminder", told, language=language)

    assert f">{imprint}</a>" in mail.html
    assert f"{imprint}: https://portal.example/imprint" in mail.text
    for page in ("/imprint", "/privacy", "/contact"):
        assert f'href="https://portal.example{page}"' in mail.html
