"""Tidying the file storage, by the clock."""

import structlog
from celery import shared_task
from django.utils import timezone

from nt24.documents.storage import sweep_orphans

log = structlog.get_logger(__name__)


@shared_task
def sweep_orphaned_files() -> None:
    """Delete files of uploads whose transaction failed."""
    log.info("orphans_swept", count=sweep_orphans(timezone.now()))
