"""The muscle of the chain: the entries themselves say what is still to be sealed."""

from celery import shared_task

from nt24.audit import chain


@shared_task
def seal_entries() -> None:
    """Seal what has been committed since the last time."""
    chain.seal_new()
