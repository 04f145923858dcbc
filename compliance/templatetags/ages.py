"""How long ago something was, in one word and a number."""

from datetime import datetime, timedelta

from django import template
from django.utils.timesince import timesince, timeuntil

register = template.Library()


@register.filter
def age(since: datetime, now: datetime) -> str:
    """`3 days`."""
    if now - since < timedelta(minutes=1):
        return "under a minute"
    return timesince(since, now, depth=1)


@register.filter
def how_long(since: datetime, now: datetime) -> str:
    """`Longest: 3 days`, or of what is still to come `First in 5 hours`."""
    return f"First in {timeuntil(since, now, depth=1)}" if since > now else f"Longest: {age(since, now)}"
