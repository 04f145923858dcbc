"""Work that the clock or a nudge starts. Each task finds its own work in a table, so running twice does no harm."""

from celery import shared_task

from compliance import assess, exports
from compliance.models import Rollup
from nt24.actors import system
from nt24.claims import database_time

CLOCK = system("reassess-by-the-clock")
BATCH = 200


@shared_task
def render_export_files() -> None:
    """Render what is due; nudged by each verdict and swept by the scheduler."""
    exports.render_due()


@shared_task
def reassess_buyer(*, buyer_id: int) -> None:
    """Assess the open orders of a buyer that were left over when his facts changed."""
    for order_id in assess.open_orders_of(buyer_id).values_list("pk", flat=True):
        assess.reassess(order_id, by=CLOCK)


@shared_task
def reassess_due() -> None:
    """Assess what time alone may have changed: a VIES result that has grown old, a deadline that has passed."""
    due = Rollup.objects.filter(reassess_at__lte=database_time()).order_by("reassess_at")
    for order_id in due.values_list("order_id", flat=True)[:BATCH]:
        assess.reassess(order_id, by=CLOCK)


@shared_task
def recompute_all() -> None:
    """Nightly: recompute every open order; a difference is an error of ours and is logged as one."""
    assess.recompute_open_orders()
