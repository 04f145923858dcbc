"""Carries a form out once, however often its button is pressed.

Besides the API's idempotency this is the one place that opens the transaction of an action: the row of the form, the
work and the trail commit together, so a refused form leaves nothing and may be sent again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from nt24.actors import Actor
from nt24.staff.models import Submission

KEPT = timedelta(days=7)  # longer than any session, so no form of one that is still open is forgotten
T = TypeVar("T")


def once(form_id: UUID, work: Callable[[], T], *, by: Actor) -> T | None:
    """Do the work; None when this very form was carried out before. A twin that is under way is waited for."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                Submission.objects.create(form_id=form_id, actor_id=by.id)
        except IntegrityError:
            return None
        return work()


def is_carried_out(form_id: UUID) -> bool:
    return Submission.objects.filter(form_id=form_id).exists()


def forget_submissions(now: datetime) -> int:
    """Delete what no open form can repeat any more."""
    count, _ = Submission.objects.filter(at__lt=now - KEPT).delete()
    return count
