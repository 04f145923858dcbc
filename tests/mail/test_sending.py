"""What becomes of a queued mail: taken, refused for now, refused for good, or left by a worker that died."""

import logging
import socket

import pytest
from django.db import connection, transaction
from django.utils import timezone

from nt24.claims import claim_due, is_free
from nt24.mail import sending
from nt24.mail.models import Mail
from nt24.mail.tasks import send_due
from nt24.tracing import begin_trace
from tests.servers.smtp import HANG_UP

QUEUED, SENT, FAILED = "QUEUED", "SENT", "FAILED"


@pytest.fixture
def worker(monkeypatch):
    """A nudge is followed at once."""
    monkeypatch.setattr(send_due, "apply_async", lambda *_: send_due.apply())


def test_a_mail_leaves_after_the_commit_and_not_before(
    smtp, worker, queue, facts, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        mail = queue("anna@bank.example")
        assert (smtp.connections, facts(mail)) == (0, (QUEUED, 0, ""))

    assert facts(mail) == (SENT, 1, "")
    assert smtp.recipients == ["anna@bank.example"]
    assert (mail.due_at, mail.leased_until, mail.sent_at is not None) == (None, None, True)


def test_a_mail_of_an_action_that_fails_is_never_sent(
    smtp, worker, queue, send, django_capture_on_commit_callbacks
):
    def queue_and_fail():
        with transaction.atomic():
            queue()
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        pytest.raises(ZeroDivisionError, queue_and_fail)
    send()

    assert (callbacks, smtp.taken, Mail.objects.count()) == ([], [], 0)


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_queued_when_the_broker_is_away(smtp, queue, send, facts, monkeypatch):
    def refuse(*_):
        raise ConnectionError("no broker")

    monkeypatch.setattr(send_due, "apply_async", refuse)
    with transaction.atomic():
        mail = queue()
    assert facts(mail) == (QUEUED, 0, "")

    send()

    assert facts(mail) == (SENT, 1, "")


def test_forty_mails_share_two_connections(smtp, queue, send):
    for number in range(40):
        queue(f"person-{number}@bank.example")

    send()

    assert smtp.recipients == [f"person-{number}@bank.example" for number in range(40)]
    assert smtp.connections == 2


# --- Refused for now -----------------------------------------------------------------------------------------------


def test_a_recipient_refused_for_now_is_tried_again_after_a_minute(smtp, queue, send, facts, clock):
    mail = queue("full@bank.example")
    smtp.answers["full@bank.example"] = ["452 4.2.2 mailbox of full@bank.example is full"]

    send()
    assert facts(mail) == (QUEUED, 1, "SMTPRecipientsRefused 452 4.2.2")
    clock.after(seconds=55)
    send()
    assert facts(mail)[1] == 1
    clock.after(seconds=10)
    send()

    assert facts(mail) == (SENT, 2, "")
    assert smtp.recipients == ["full@bank.example"]


def test_pauses_grow_for_two_days_and_then_the_mail_has_failed(smtp, queue, send, facts, clock, caplog):
    mail, pauses = queue("full@bank.example"), []
    smtp.answers["full@bank.example"] = ["451 4.3.0 later"] * 20

    send()
    while facts(mail)[0] == QUEUED:
        pauses.append(clock.minutes_until(mail))
        clock.after(minutes=pauses[-1], seconds=1)
        send()

    assert pauses == [1, 5, 15, 60, 240, 480, 720, 1320]
    assert facts(mail) == (FAILED, 9, "SMTPRecipientsRefused 451 4.3.0")
    assert (mail.due_at, mail.sent_at, smtp.taken) == (None, None, [])
    [error] = [record.msg for record in caplog.records if record.levelno == logging.ERROR]
    assert (error["event"], error["mail"]) == ("mail_failed", str(mail.uuid))
    assert "full@bank.example" not in str(error)


@pytest.mark.parametrize(
    ("stage", "answer", "failure"),
    [
        ("MAIL", "550 5.7.1 we do not relay for you", "SMTPSenderRefused 550 5.7.1"),
        ("DATA", "554 5.7.1 this looks like spam", "SMTPDataError 554 5.7.1"),
        ("DATA", "451 later", "SMTPDataError 451"),
        ("DATA", HANG_UP, "SMTPServerDisconnected"),
    ],
)
def test_a_refusal_that_somebody_can_repair_is_tried_again_and_holds_up_no_other_mail(
    smtp, queue, send, facts, clock, stage, answer, failure
):
    first, second = queue("anna@bank.example"), queue("bert@bank.example")
    smtp.answers[stage] = [answer]

    send()
    assert (facts(first), facts(second)) == ((QUEUED, 1, failure), (SENT, 1, ""))
    clock.after(minutes=2)
    send()

    assert facts(first) == (SENT, 2, "")
    assert smtp.recipients == ["bert@bank.example", "anna@bank.example"]


def test_a_server_that_is_down_is_asked_once_and_gets_everything_when_it_is_up(
    smtp, queue, send, facts, clock, monkeypatch
):
    mails = [queue(f"person-{number}@bank.example") for number in range(25)]
    looks, why_away = [], sending.why_away
    monkeypatch.setattr(sending, "why_away", lambda server: looks.append(server) or why_away(server))
    smtp.stop()

    send()
    assert len(looks) == 1
    assert [facts(mail) for mail in mails] == [(QUEUED, 1, "ConnectionRefusedError")] * 20 + [
        (QUEUED, 0, "")
    ] * 5
    smtp.start()
    clock.after(minutes=2)
    send()

    assert {facts(mail) for mail in mails} == {(SENT, 2, ""), (SENT, 1, "")}
    assert sorted(smtp.recipients) == sorted(mail.to for mail in mails)


def test_a_server_that_says_nothing_is_left_after_the_timeout(settings, queue, send, facts):
    assert settings.EMAIL_TIMEOUT == 10
    mail = queue()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2

        send()

    assert facts(mail) == (QUEUED, 1, "SMTPServerDisconnected")


# --- Refused for good ----------------------------------------------------------------------------------------------


def test_a_recipient_that_does_not_exist_fails_at_once_and_holds_up_no_other_mail(
    smtp, queue, send, facts, clock
):
    gone, fine = queue("gone@bank.example"), queue("fine@bank.example")
    smtp.answers["gone@bank.example"] = ["550 5.1.1 <gone@bank.example> unknown"]

    send()
    clock.after(days=1)
    send()

    assert facts(gone) == (FAILED, 1, "SMTPRecipientsRefused 550 5.1.1")
    assert (facts(fine), smtp.recipients) == ((SENT, 1, ""), ["fine@bank.example"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "änna@bank.example",
        "anna@bank.example\r\nBcc: eve@evil.example",
        "anna@bank.example, eve@evil.example",
    ],
)
def test_an_address_that_is_none_fails_at_once_and_reaches_nobody(smtp, queue, send, facts, address):
    broken, fine = queue(address), queue("fine@bank.example")

    send()

    assert (facts(broken), facts(fine)) == ((FAILED, 1, "ValidationError"), (SENT, 1, ""))
    assert smtp.recipients == ["fine@bank.example"]


def test_a_mail_that_cannot_be_read_holds_up_no_other_mail(smtp, queue, send, facts):
    unreadable, fine = queue("anna@bank.example"), queue("fine@bank.example")
    Mail.objects.filter(pk=unreadable.pk).update(text=b"under a key that is gone")

    send()

    assert (facts(unreadable), facts(fine)) == ((QUEUED, 1, "CannotDecrypt"), (SENT, 1, ""))


# --- Workers that die or are slow ----------------------------------------------------------------------------------


def test_a_worker_killed_after_sending_sends_again_under_the_same_message_id(
    smtp, queue, send, facts, clock, monkeypatch
):
    def die(*_):
        raise SystemExit

    mail = queue()
    with monkeypatch.context() as killed:
        killed.setattr(sending, "record", die)
        with pytest.raises(SystemExit):
            send()
    send()
    assert (facts(mail), len(smtp.taken)) == ((QUEUED, 1, ""), 1)
    clock.after(minutes=11)
    send()

    assert facts(mail) == (SENT, 2, "")
    assert [taken.message["Message-ID"] for taken in smtp.taken] == [f"<{mail.uuid.hex}@nt24.example>"] * 2


def test_what_a_slow_worker_says_too_late_does_not_undo_what_its_twin_has_sent(
    smtp, queue, send, facts, clock
):
    queue()
    [slow] = claim_due(Mail, lease=sending.LEASE)
    clock.after(minutes=11)
    send()

    sending.record(slow, sending.Failure("TimeoutError", is_final=True))

    assert facts(slow) == (SENT, 2, "")


def test_a_worker_whose_lease_is_nearly_over_leaves_the_rest_to_the_next(smtp, queue, send, facts, clock):
    mail = queue()
    batch = claim_due(Mail, lease=sending.LEASE)
    clock.after(minutes=9, seconds=30)

    assert sending.send_batch(batch) is True
    assert (facts(mail), smtp.taken) == ((QUEUED, 1, ""), [])
    clock.after(minutes=1)
    send()

    assert facts(mail) == (SENT, 2, "")


# --- Around it -----------------------------------------------------------------------------------------------------


def test_the_log_of_a_mail_has_the_trace_of_what_queued_it_and_no_address(smtp, queue, send, caplog):
    caplog.set_level(logging.INFO, logger="nt24.mail.sending")
    begin_trace("trace-of-the-request")
    mail = queue()
    begin_trace("trace-of-the-worker")

    send()

    [line] = [record.msg for record in caplog.records if record.msg["event"] == "mail_sent"]
    assert (line["trace_id"], line["mail"]) == ("trace-of-the-request", str(mail.uuid))
    assert mail.to not in caplog.text


def test_neither_text_nor_html_can_be_read_from_the_row(queue):
    mail = queue(text="open /b/secret-token", html="<a href='/b/secret-token'>open</a>")

    mail.refresh_from_db()

    assert b"secret-token" not in bytes(mail.text) + bytes(mail.html)


def test_the_sweep_reads_an_index_of_what_waits_alone(queue):
    queue()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # one row is read faster without any index

    plan = Mail.objects.filter(is_free(timezone.now())).order_by("due_at", "pk")[:20].explain()

    assert "mail_due" in plan
