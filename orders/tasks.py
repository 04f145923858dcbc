"""Work about orders that the clock starts."""

from celery import shared_task

from orders import hints, scanning


@shared_task
def scan_waiting_documents() -> None:
    """Ask the virus scanner about documents that came in while it was away."""
    scanning.scan_waiting()


@shared_task
def read_hints() -> None:
    """Read the text of new papers for hints to staff."""
    hints.read_due()
