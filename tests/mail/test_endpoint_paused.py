"""The mail about an endpoint that was paused on its own (contract 12)."""

from datetime import UTC, datetime

import pytest

from nt24.mail.models import Mail
from nt24.vault import decrypt, encrypt
from nt24.webhooks.models import Delivery, Endpoint, Message
from nt24.webhooks.notices import mail_endpoint_paused

PAUSED_AT = datetime(2026, 4, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def endpoint(seller):
    return Endpoint.objects.create(
        organization=seller.organization,
        url="https://user:password@hooks.bank.example:8443/secret-path?token=secret-token",
        events=["compliance.*"],
        partner_uuids=None,
        secret=encrypt("whsec_secret"),
        status=Endpoint.Status.PAUSED,
        consecutive_failures=20,
        failing_since=PAUSED_AT,
        paused_at=PAUSED_AT,
        pause_reason=Endpoint.PauseReason.CONSECUTIVE_FAILURES,
    )


def deliveries(endpoint, **counts):
    for status, count in counts.items():
        for number in range(count):
            message = Message.objects.create(
                event_id=f"evt_{status}_{number}",
                type="compliance.decision_made",
                organization=endpoint.organization,
                body=b"{}",
            )
            Delivery.objects.create(endpoint=endpoint, message=message, status=status)


def test_the_admin_learns_which_endpoint_is_paused_and_how_much_waits(endpoint):
    deliveries(endpoint, PENDING=3, DELIVERED=2, FAILED=1)

    mail_endpoint_paused(endpoint)

    mail = Mail.objects.get()
    assert (mail.kind, mail.to) == ("webhooks.endpoint_paused", endpoint.organization.admin_email)
    assert (mail.organization, mail.about, mail.language) == (endpoint.organization, endpoint.uuid, "en")
    assert mail.subject == f"Webhook endpoint {endpoint.public_id} is paused"
    text = decrypt(mail.text)
    assert "Host:               hooks.bank.example\n" in text
    assert "Deliveries waiting: 3\n" in text
    assert "because 20 deliveries in a row have failed." in text


def test_nothing_of_the_url_but_its_host_is_told(endpoint):
    mail_endpoint_paused(endpoint)

    mail = Mail.objects.get()
    told = mail.subject + decrypt(mail.text) + decrypt(mail.html)
    for secret in ("user", "password", "secret-path", "secret-token", "whsec", "8443"):
        assert secret not in told
