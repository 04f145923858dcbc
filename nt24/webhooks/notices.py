"""What the people behind an endpoint are told by mail. Only the host of its URL leaves: the rest may be a secret."""

from urllib.parse import urlsplit

from django.conf import settings

from nt24.mail.actions import queue_mail
from nt24.mail.rendering import render_mail
from nt24.records import action
from nt24.webhooks.models import Delivery, Endpoint
from nt24.webhooks.retention import KEPT

PAUSED = "webhooks.endpoint_paused"


@action
def mail_endpoint_paused(endpoint: Endpoint) -> None:
    """Tell the organization's admin of an auto-pause (contract 12); call it in the transaction that has paused it."""
    organization = endpoint.organization
    waiting = Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.PENDING).count()
    content = render_mail(
        "endpoint_paused",
        {
            "organization": organization.name,
            "endpoint_id": endpoint.public_id,
            "host": urlsplit(endpoint.url).hostname,
            "reason": endpoint.pause_reason,
            "failures": endpoint.consecutive_failures,
            "failing_since": endpoint.failing_since,
            "paused_at": endpoint.paused_at,
            "waiting": waiting,
            "kept_days": KEPT.days,
        },
        language=settings.LANGUAGE_CODE,
    )
    queue_mail(
        PAUSED,
        to=organization.admin_email,
        content=content,
        organization_id=organization.pk,
        about=endpoint.uuid,
    )
