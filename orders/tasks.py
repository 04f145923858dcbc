"""Work about orders that the clock starts."""

from celery import shared_task

from orders import scanning


@shared_task
def scan_waiting_documents() -> None:
    """Ask the virus scanner about documents that came in while it was away."""
    scanning.scan_waiting()
