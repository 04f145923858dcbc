"""Mail goes to a real SMTP server on loopback; its clock is the test's."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import Content
from nt24.mail.tasks import send_due
from tests.servers.smtp import HOST, SmtpServer


@pytest.fixture
def smtp(settings):
    with SmtpServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
        yield server


@pytest.fixture
def queue(db):
    """`queue("a@example.com")`: one queued mail; `subject` and `text` are its content."""

    def queue_one(to: str = "anna@bank.example", **changes: Any) -> Mail:
        words = {"subject": "Good day", "text": "Some words.\n", "html": "<p>Some words.</p>"}
        words |= {name: changes.pop(name) for name in tuple(changes) if name in words}
        content = Content(language="en", **words)
        return queue_mail("test.letter", to=to, content=content, **changes)

    return queue_one


@pytest.fixture
def send(db):
    """Do once what a worker does: send all that is due."""
    return send_due


@pytest.fixture
def clock():
    """`clock.after(minutes=5)`: go on from now by so much."""

    class Clock:
        def __init__(self, traveller: Any) -> None:
            self.traveller = traveller

        def after(self, **time: float) -> None:
            self.traveller.shift(timedelta(**time))

        def minutes_until(self, mail: Mail) -> int:
            """When it is tried again, in minutes from now."""
            mail.refresh_from_db()
            assert mail.due_at is not None
            return round((mail.due_at - timezone.now()) / timedelta(minutes=1))

    with time_machine.travel("2026-04-25T10:00:00Z", tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture
def facts():
    """`facts(mail)`: status, number of tries and the last failure, as stored."""

    def read(mail: Mail) -> tuple[str, int, str]:
        mail.refresh_from_db()
        return mail.status, mail.tries, mail.failure

    return read
