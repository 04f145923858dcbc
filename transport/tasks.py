"""The daily VIES re-check of buyers whose vehicles are on their way (contract 9)."""

from celery import shared_task

from buyers import checks
from buyers.models import Buyer
from transport.models import Transport


@shared_task
def recheck_vies_daily() -> None:
    """Queue a check for every buyer with an order between ready-for-pickup and delivery, once a day each."""
    moving = Transport.objects.filter(daily_vies_checks_active=True).values("order__buyer")
    checks.queue_daily_checks(
        list(Buyer.objects.filter(pk__in=moving).select_related("seller").order_by("pk"))
    )
