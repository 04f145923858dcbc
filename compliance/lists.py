"""The addresses of filtered lists: the one place where a number of the start page and its list are tied together.

`lookups` are Django's, so what is counted by them is what the list behind the link shows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

Lookups = Mapping[str, Any]

BLOCKER = "blocker"  # of the list of orders, see compliance/filters.py
COMPLIANCE = "rollup__compliance_status__exact"
NEWEST = "newest"  # of the list of Export Files
FINAL_INVOICE = "final"  # of the list of orders, as the next ones
DEADLINE = "deadline"


def list_of(model: type[Model], lookups: Lookups, **more: str) -> str:
    """The list with these filters; `more` are parameters of filters that are no look-ups."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = {name: in_a_query(value) for name, value in lookups.items()} | more
    return f"{url}?{urlencode(query)}" if query else url


def in_a_query(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)
