"""How long ago something was, in one word and a number."""

from datetime import datetime

from django import template
from django.utils.timesince import timesince, timeuntil

register = template.Library()


@register.filter
def age(since: datetime, now: datetime) -> str:
    """`3 days`."""
    return timesince(since, now, depth=1)


@register.filter
def how_long(since: datetime, now: datetime) -> str:
    """`longest: 3 days`, or for what is still to come `first in 5 hours`."""
    if since > now:
        return f"first in {timeuntil(since, now, depth=1)}"
    return f"longest: {timesince(since, now, depth=1)}"
