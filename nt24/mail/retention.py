"""Address and content of a mail are personal data and go after 90 days; that it was sent, when and why, stays."""

from datetime import datetime, timedelta

import structlog

from nt24.mail.models import Mail

KEPT = timedelta(days=90)
BATCH = 1000  # rows per statement, so that no write waits long for this one

log = structlog.get_logger(__name__)


def forget_old_mail(now: datetime) -> int:
    """Blank in small steps what is older than `KEPT` and no longer waits to be sent; how many mails that were."""
    old = Mail.objects.filter(forgotten_at=None, created_at__lt=now - KEPT).exclude(status=Mail.Status.QUEUED)
    count = 0
    while batch := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        count += Mail.objects.filter(pk__in=batch).update(
            to="", subject="", text=b"", html=b"", logo_png=None, from_name="", reply_to="", forgotten_at=now
        )
    log.info("mail_forgotten", count=count)
    return count
