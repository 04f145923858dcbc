"""Address and content go after 90 days; what happened stays."""

from django.core.management import call_command

from nt24.mail.models import Mail
from nt24.mail.tasks import forget_old_mail
from nt24.vault import decrypt, encrypt


def test_address_and_content_are_blanked_after_90_days(smtp, queue, send, clock):
    mail = queue(from_name="AutoHandel", reply_to="sales@mustermann.example")
    send()
    clock.after(days=90, minutes=1)
    young = queue()
    send()

    forget_old_mail()

    mail.refresh_from_db()
    assert (mail.to, mail.subject, mail.from_name, mail.reply_to) == ("", "", "", "")
    assert (bytes(mail.text), bytes(mail.html)) == (b"", b"")
    assert (mail.status, mail.kind, mail.sent_at is None) == ("SENT", "test.letter", False)
    young.refresh_from_db()
    assert (young.to, young.forgotten_at) == ("anna@bank.example", None)


def test_a_mail_is_kept_until_90_days_are_over(smtp, queue, send, clock):
    mail = queue()
    send()
    clock.after(days=89, hours=23)

    forget_old_mail()

    mail.refresh_from_db()
    assert (mail.to, mail.forgotten_at) == ("anna@bank.example", None)


def test_a_failed_mail_is_forgotten_too_and_one_that_waits_is_not(smtp, queue, send, clock):
    smtp.answers["gone@bank.example"] = ["550 5.1.1 unknown"]
    failed = queue("gone@bank.example")
    send()
    waiting = queue("later@bank.example")
    clock.after(days=91)

    forget_old_mail()

    failed.refresh_from_db()
    waiting.refresh_from_db()
    assert (failed.to, failed.status, failed.failure) == ("", "FAILED", "SMTPRecipientsRefused 550 5.1.1")
    assert (waiting.to, waiting.status) == ("later@bank.example", "QUEUED")


def test_what_is_forgotten_is_not_looked_at_again(smtp, queue, send, clock):
    mail = queue()
    send()
    clock.after(days=91)
    forget_old_mail()
    first = Mail.objects.get(pk=mail.pk).forgotten_at
    clock.after(days=1)

    forget_old_mail()

    assert Mail.objects.get(pk=mail.pk).forgotten_at == first


def test_kept_mail_moves_to_a_new_key_and_forgotten_mail_stays_empty(db, settings):
    kept = Mail.objects.create(
        kind="x", to="a@example.com", subject="x", text=encrypt("words"), html=encrypt("<p>"), language="en"
    )
    gone = Mail.objects.create(kind="x", to="", subject="", text=b"", html=b"", language="en")
    was, settings.ENCRYPTION_KEYS = settings.SECRET_KEY, ["A" * 43 + "="]

    call_command("reencrypt_secrets")
    settings.SECRET_KEY = f"another-{was}"

    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (decrypt(kept.text), decrypt(kept.html), bytes(gone.text)) == ("words", "<p>", b"")
