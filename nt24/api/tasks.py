"""Forgetting: an idempotent call is remembered for 24 hours and not longer (contract 4.3)."""

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from nt24.api.models import Call

BATCH = 1000  # rows per statement, so that no write waits long for this one

log = structlog.get_logger(__name__)


@shared_task
def forget_old_calls() -> None:
    """Delete the memory of calls that may be repeated as new ones by now."""
    old = Call.objects.filter(created_at__lt=timezone.now() - settings.IDEMPOTENCY_KEPT).order_by("pk")
    count = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        count += Call.objects.filter(pk__in=batch).delete()[0]
    log.info("calls_forgotten", count=count)
