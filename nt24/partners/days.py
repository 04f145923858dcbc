"""Which day it is where the seller is, and which one is in the future there (contract 17.11, 17.28)."""

from datetime import date, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from rest_framework import serializers

from nt24.actors import Actor, ActorKind

DEFAULT_ZONE = "Europe/Berlin"  # contract 17.11
GRACE = timedelta(
    days=1
)  # for clocks that are not ours: those of API clients, and of buyers behind their link


class Local(Protocol):
    """A seller, as a row or as the caller's."""

    @property
    def time_zone(self) -> str: ...


def zones() -> list[str]:
    """Names of the time zone database that belong to a place, in order, and UTC."""
    of_places = {name for name in available_timezones() if name[0].isupper() and "/" in name}
    return [*sorted(name for name in of_places if not name.startswith(("Etc/", "SystemV/"))), "UTC"]


def today_in(zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def today_of(seller: Local) -> date:
    return today_in(seller.time_zone)


def latest_day(seller: Local, by: Actor) -> date:
    """The last day that is not in the future: the seller's today for staff, one more for everybody else."""
    return today_of(seller) + (timedelta(0) if by.kind == ActorKind.STAFF else GRACE)


class NotInTheFuture:
    """A serializer's validator; the view or move in its context says whose day it is and who enters it.

    What is of no seller is in the default zone.
    """

    requires_context = True

    def __call__(self, day: date, field: serializers.Field[Any, Any, Any, Any]) -> None:
        view: Any = field.context.get("view")
        seller = getattr(view, "seller", None)
        if day > (today_in(DEFAULT_ZONE) if seller is None else latest_day(seller, view.by)):
            raise serializers.ValidationError("This date lies in the future.")
