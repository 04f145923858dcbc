"""A mail that does not leave: staff see why and have it tried again, and never what it says."""

import pytest

from nt24.audit.models import Entry
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import Content
from nt24.mail.tasks import send_due
from tests.servers.smtp import HOST, SmtpServer
from tests.staff.desk import Desk, member


def page_of(mail) -> str:
    return f"/admin/mail/mail/{mail.pk}/change/"


def move(mail) -> str:
    return f"/admin/mail/mail/{mail.pk}/do/try-again/"


@pytest.fixture
def mail(db):
    words = Content(
        language="en", subject="A private subject", text="Private words", html="<p>Private words</p>"
    )
    return queue_mail("test.letter", to="anna.private@bank.example", content=words)


@pytest.fixture
def given_up(mail, settings):
    """The mail server was away for two days."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, 1
    Mail.objects.update(tries=8)
    send_due()
    mail.refresh_from_db()
    assert mail.status == "FAILED"
    return mail


def test_a_mail_that_was_given_up_is_sent_once_the_server_is_back(desk, given_up, settings):
    assert "Given up" in desk.opens(page_of(given_up))
    with SmtpServer() as server:
        settings.EMAIL_PORT = server.port
        desk.presses(move(given_up))
        send_due()

    given_up.refresh_from_db()
    assert (given_up.status, given_up.tries, given_up.failure) == ("SENT", 1, "")
    entry = Entry.objects.get()
    assert (entry.action, entry.source, entry.changes) == (
        "mail.tried_again",
        "WEB_APP",
        {"status": ["FAILED", "QUEUED"]},
    )


def test_what_has_left_is_not_sent_twice(desk, mail):
    filled = desk.form(move(mail))
    send_due()

    assert move(mail) not in desk.opens(page_of(mail))
    assert desk.sends(move(mail), filled).status_code == 409
    assert Mail.objects.get().status == "SENT"
    assert Entry.objects.count() == 0


def test_the_page_shows_neither_address_nor_content(desk, mail):
    for url in (page_of(mail), move(mail), "/admin/mail/mail/"):
        text = desk.opens(url)
        assert [word for word in ("anna.private", "A private subject", "Private words") if word in text] == []


def test_who_only_reads_gets_no_button(mail):
    reader = Desk(member("rita", "mail.view_mail"))

    assert "/do/" not in reader.opens(page_of(mail))
    reader.opens(move(mail), 403)
