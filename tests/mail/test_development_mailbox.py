"""`/dev/mail`: there in development, nowhere else."""

import pytest

from nt24.mail.models import Mail
from nt24.vault import encrypt

LINK = "http://testserver/b/some-token/"


@pytest.fixture
def mail(db):
    return Mail.objects.create(
        kind="test",
        to="anna@example.com",
        subject="Your documents <b>",
        text=encrypt(f"Open the page:\n{LINK}"),
        html=encrypt(f'<p style="color: red">Open <a href="{LINK}">the page</a></p>'),
        language="en",
    )


def paths(mail):
    return ["/dev/mail", f"/dev/mail/{mail.uuid}", f"/dev/mail/{mail.uuid}/html"]


def test_outside_of_development_there_is_no_mailbox(client, mail, settings):
    settings.DEBUG = False

    assert [client.get(path).status_code for path in paths(mail)] == [404, 404, 404]


def test_in_development_mail_is_read_with_its_links(client, mail, settings):
    settings.DEBUG = True

    listed, read, html = (client.get(path) for path in paths(mail))

    assert "Your documents &lt;b&gt;" in listed.content.decode()
    assert f'<a href="{LINK}"' in read.content.decode()
    assert html.content.decode() == f'<p style="color: red">Open <a href="{LINK}">the page</a></p>'
    assert "sandbox allow-popups" in html["Content-Security-Policy"]
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert all("no-store" in answer["Cache-Control"] for answer in (listed, read, html))


def test_an_empty_mailbox_says_how_to_get_mail(client, db, settings):
    settings.DEBUG = True

    assert "No mail yet" in client.get("/dev/mail").content.decode()
