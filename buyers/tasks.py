"""Asking VIES, nudged by each request and swept by the scheduler."""

from celery import shared_task

from buyers import checks


@shared_task
def ask_vies() -> None:
    """Ask what is due."""
    checks.ask_due()
