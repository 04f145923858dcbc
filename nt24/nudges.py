"""Telling a worker, after the commit, that there is work in a table.

A nudge that cannot be given is no loss, because the timetable sweeps the table, and it never fails the write that has
just been committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Nudge:
    """Two for the same work are equal."""

    task: Task
    ids: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self) -> None:
        try:
            self.task.delay(**self.ids)
        except (OperationalError, OSError) as error:  # the broker is away, or its folder is
            log.warning("nudge_not_given", task=self.task.name, why=type(error).__name__)


def nudge(task: Task, **ids: Any) -> None:
    """Start `task` when the transaction at hand has been committed, once however often it is asked for."""
    wanted = Nudge(task, ids)
    if not any(waiting == wanted for _, waiting, _ in transaction.get_connection().run_on_commit):
        transaction.on_commit(wanted)
