"""What arrives at the reader: both parts, names and subjects of any script, and no header that was smuggled in."""

import email
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest


@pytest.fixture
def arrives(smtp, queue, send):
    """`arrives(**changes)`: queue one mail, send it, and give what the server has taken."""

    def take(**changes):
        queue(**changes)
        send()
        [taken] = smtp.taken
        return taken

    return take


def readable(header):
    """What a reader shows: encoded words decoded and put together (RFC 2047)."""
    return str(make_header(decode_header(header))).strip()


def test_a_mail_has_both_parts_and_says_from_whom_it_is(arrives):
    taken = arrives(
        from_name="AutoHandel Mustermann GmbH", reply_to="sales@mustermann.example", text="Words & more\n"
    )

    message = taken.message
    assert message["From"] == "AutoHandel Mustermann GmbH <no-reply@nt24.example>"
    assert (message["To"], message["Reply-To"]) == ("anna@bank.example", "sales@mustermann.example")
    assert (message["Subject"], message["Auto-Submitted"]) == ("Good day", "auto-generated")
    assert message.get_content_type() == "multipart/alternative"
    assert (taken.part("plain"), taken.part("html")) == ("Words & more\r\n", "<p>Some words.</p>")
    assert (taken.sender, taken.recipients) == ("no-reply@nt24.example", ["anna@bank.example"])


def test_a_mail_without_a_name_and_an_address_for_answers_is_from_nt24(arrives):
    message = arrives().message

    assert (message["From"], message["Reply-To"]) == ("NT24 <no-reply@nt24.example>", None)


@pytest.mark.parametrize(
    "name",
    [
        "Autohaus Müller, Söhne & Co. KG",
        'Müller "Premium" <Cars>',
        "Автосалон Волга",
        "株式会社自動車",
        "Ä" * 200,
        "a@b.example",
    ],
)
def test_names_and_subjects_of_any_script_arrive_readable(arrives, name):
    taken = arrives(from_name=name, subject=f"Mail of {name}", text=f"{name}\n", html=f"<p>{name}</p>")

    headers = email.message_from_bytes(taken.raw)
    written, address = parseaddr(headers["From"])
    assert (readable(written), address) == (name, "no-reply@nt24.example")
    assert readable(headers["Subject"]) == f"Mail of {name}"
    assert taken.part("plain") == f"{name}\r\n"
    assert taken.part("html") == f"<p>{name}</p>"
    taken.raw.partition(b"\r\n\r\n")[0].decode("ascii")


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\r\n ", "\v", "\x85", "\u2028", "\x00"])
def test_a_line_end_in_a_name_begins_no_header(arrives, line_end):
    message = arrives(from_name=f"Bank{line_end}Bcc: eve@evil.example").message

    assert message["From"].addresses[0].display_name == "Bank Bcc: eve@evil.example"
    assert message["Bcc"] is None


@pytest.mark.parametrize("field", ["subject", "reply_to"])
def test_a_line_end_in_another_header_stops_the_mail(smtp, queue, send, facts, field):
    mail = queue(**{field: "a@b.example\r\nBcc: eve@evil.example"})

    send()

    assert (facts(mail), smtp.taken) == (("FAILED", 1, "BadHeaderError"), [])


def test_an_encoded_line_end_in_a_name_begins_no_header(smtp, queue, send, facts):
    mail = queue(from_name="=?utf-8?q?Bank=0D=0ABcc:_eve@evil.example?=")

    send()

    assert (facts(mail), smtp.taken) == (("FAILED", 1, "ValueError"), [])
