"""Blockers in words, for templates."""

from django import template

from compliance.blockers import kind_of

register = template.Library()


@register.filter
def blocker_title(code: str) -> str:
    """`MISSING_CMR` → `CMR missing`."""
    return kind_of(code).title
