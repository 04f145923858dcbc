"""Queued mail goes out: claimed in batches, sent over one connection outside of any transaction, recorded one by one.

A mail is sent at least once: a worker that dies between sending and recording leaves it to be sent again, under the
same Message-ID. Logs and the row's `failure` have codes, never the server's sentence, which often holds the address.
"""

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.mime.image import MIMEImage
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from nt24.claims import claim_due, database_time
from nt24.lifecycle import move_quietly
from nt24.mail.models import Mail
from nt24.vault import decrypt

BATCH = 20
LEASE = timedelta(minutes=10)
LONGEST_SEND = timedelta(minutes=1)  # five answers of the server, each within EMAIL_TIMEOUT
# After each failed try; 47 hours and 21 minutes in all, then the mail is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
    timedelta(hours=22),
)
ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463, such as 5.1.1 for an unknown mailbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail was not taken; a final one is not tried again."""

    why: str
    is_final: bool = False


def send_due() -> None:
    """Send what is due, until nothing is or the mail server is away; then the next sweep looks again."""
    while (batch := claim_due(Mail, lease=LEASE, limit=BATCH)) and send_batch(batch):
        pass


def send_batch(batch: Sequence[Mail]) -> bool:
    """Send claimed mails; false when the server is away, which postpones them all after one look."""
    server = get_connection()
    try:
        for place, mail in enumerate(batch):
            if away := why_away(server):
                for waiting in batch[place:]:
                    record(waiting, away)
                return False
            assert mail.leased_until is not None  # claimed
            if database_time() > mail.leased_until - LONGEST_SEND:
                break  # the others' lease may run out while they are sent; whoever claims them next has time
            send_one(mail, server)
    finally:
        hang_up(server)
    return True


def send_one(mail: Mail, server: BaseEmailBackend) -> None:
    with bound_contextvars(trace_id=mail.trace_id):
        failure = attempt(mail, server)
        if failure is not None:
            hang_up(server)  # nobody knows in which state the connection is; the next mail gets a new one
        record(mail, failure)


def why_away(server: BaseEmailBackend) -> Failure | None:
    """Connect, unless that is done; whatever the server has against it can be repaired within two days."""
    try:
        server.open()
    except OSError as error:  # every error of smtplib is one
        failure = Failure(why_of(error))
        log.warning("mail_server_away", why=failure.why)
        return failure
    return None


def attempt(mail: Mail, server: BaseEmailBackend) -> Failure | None:
    """Give one mail to the server. Only what no later try can change is final.

    Other refusals with 5xx are about us (our login, our address, a filter) and somebody may repair that.
    """
    try:
        validate_email(mail.to)
        as_message(mail, server).send()
    except smtplib.SMTPRecipientsRefused as error:
        [(code, answer)] = error.recipients.values()
        return Failure(why_of(error, code, answer), is_final=code >= 500)
    except (ValidationError, ValueError) as error:  # no address, or nothing that Django puts into a header
        return Failure(why_of(error), is_final=True)
    except Exception as error:  # noqa: BLE001  whatever it is, it must not stop the other mails
        return Failure(why_of(error))
    return None


def as_message(mail: Mail, server: BaseEmailBackend) -> EmailMultiAlternatives:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = (EmailMultiAlternatives if mail.logo_png is None else WithPictures)(
        subject=mail.subject,
        body=decrypt(mail.text),
        from_email=str(Address(display_name=mail.from_name or name, addr_spec=address)),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else [],
        headers={
            "Message-ID": f"<{mail.uuid.hex}@{address.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no answer from somebody's holidays
        },
        alternatives=[(decrypt(mail.html), "text/html")],
        connection=server,
    )
    if mail.logo_png is not None:
        message.attach(inline_logo(bytes(mail.logo_png)))
    return message


class WithPictures(EmailMultiAlternatives):
    """RFC 2387: what is attached belongs to the HTML and is no attachment of its own."""

    mixed_subtype = "related"


def inline_logo(png: bytes) -> MIMEImage:
    """What the HTML calls `cid:logo`. It comes with the mail, because nothing in it may be loaded from anywhere."""
    logo = MIMEImage(png, "png")
    logo.add_header("Content-ID", "<logo>")
    logo.add_header("Content-Disposition", "inline")
    return logo


def why_of(error: Exception, code: int | None = None, answer: bytes | str = b"") -> str:
    """The kind of error and the codes of the server."""
    if isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    said = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    enhanced = ENHANCED_CODE.match(said)
    parts = (type(error).__name__, str(code or ""), enhanced.group() if enhanced else "")
    return " ".join(part for part in parts if part)


def hang_up(server: BaseEmailBackend) -> None:
    try:
        server.close()
    except OSError as error:
        log.info("mail_connection_lost", why=why_of(error))


def record(mail: Mail, failure: Failure | None) -> None:
    """Write down how the try ended. A worker whose lease has run out may still say that a mail has left."""
    with transaction.atomic(durable=True):
        row = Mail.objects.select_for_update(no_key=True).get(pk=mail.pk)
        if row.status != Mail.Status.QUEUED or (failure and row.tries != mail.tries):
            return
        if failure is None:
            note_sent(row)
        elif failure.is_final or row.tries > len(PAUSES):
            give_up(row, failure)
        else:
            row.due_at = database_time() + PAUSES[row.tries - 1]
            row.failure = failure.why
            log.info("mail_postponed", mail=str(row.uuid), kind=row.kind, why=failure.why, tries=row.tries)
        row.leased_until = None
        row.save(update_fields=["status", "due_at", "leased_until", "sent_at", "failure"])


def note_sent(row: Mail) -> None:
    move_quietly(row, Mail.Status.SENT)
    row.sent_at, row.due_at, row.failure = timezone.now(), None, ""
    log.info("mail_sent", mail=str(row.uuid), kind=row.kind, tries=row.tries)


def give_up(row: Mail, failure: Failure) -> None:
    move_quietly(row, Mail.Status.FAILED)
    row.due_at, row.failure = None, failure.why
    log.error("mail_failed", mail=str(row.uuid), kind=row.kind, why=failure.why, tries=row.tries)
