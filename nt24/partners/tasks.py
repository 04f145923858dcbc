"""What the clock asks of tenants."""

from celery import shared_task

from nt24.actors import system
from nt24.partners import actions
from nt24.partners.models import Organization

REMINDER = system("remind-of-dpa")


@shared_task
def remind_of_dpa() -> None:
    """Mail the admins whose organization has not accepted the required DPA during its time of grace (contract 5)."""
    for organization in Organization.objects.order_by("pk"):
        actions.remind_of_dpa(organization, by=REMINDER)
