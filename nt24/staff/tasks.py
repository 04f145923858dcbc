"""Forgetting forms that nobody can send again and sessions that have ended; and the sign of life of each queue."""

import structlog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from nt24.staff import heartbeats
from nt24.staff.submissions import forget_submissions

log = structlog.get_logger(__name__)


@shared_task
def forget_old_forms() -> None:
    """Delete the memory of forms that were carried out, and expired sessions."""
    log.info("forms_forgotten", count=forget_submissions(timezone.now()))
    call_command("clearsessions")


@shared_task
def note_heartbeat(queue: str) -> None:
    heartbeats.note_heartbeat(queue)
