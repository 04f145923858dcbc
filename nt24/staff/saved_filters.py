"""Filters of lists that people keep under a name, for themselves or for everybody."""

from inspect import isclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from nt24.records import action

LONGEST_NAME = 60
LONGEST_QUERY = 1000
MOST_PARAMETERS = 30
OF_EVERY_LIST = ("q", "o")  # the words searched for, and the order of the columns


class SavedFilter(models.Model):
    """The query string of one list. Saving under a name that is there already replaces what it stood for."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=100, help_text="The list, such as orders.order.")
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY)
    is_shared = models.BooleanField(default=False, help_text="Everybody who sees the list sees it.")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "place", "name"], name="one_saved_filter_per_name")
        ]
        indexes: ClassVar = [models.Index(fields=["place", "name"], name="saved_filter_of_list")]

    def __str__(self) -> str:
        return self.name


def filters_for(user: Any, place: str) -> models.QuerySet[SavedFilter]:
    """The person's own and those that others share, by name."""
    mine_or_shared = Q(owner=user) | Q(is_shared=True)
    return (
        SavedFilter.objects.filter(mine_or_shared, place=place).select_related("owner").order_by("name", "pk")
    )


@action
def save_filter(user: Any, *, place: str, name: str, query: str, is_shared: bool) -> SavedFilter:
    """Keep it, or replace the person's own one of this name."""
    content = {"query": query, "is_shared": is_shared, "saved_at": timezone.now()}
    saved, _ = SavedFilter.objects.update_or_create(owner=user, place=place, name=name, defaults=content)
    return saved


@action
def forget_filter(user: Any, pk: int) -> None:
    """Only the person's own; what somebody else shares is his."""
    SavedFilter.objects.filter(owner=user, pk=pk).delete()


def kept_query(page: ModelAdmin, request: HttpRequest, query: str) -> str:
    """The parameters that this list knows; others, and the number of the page, are dropped. Too many are none."""
    try:
        sent = parse_qsl(query, max_num_fields=MOST_PARAMETERS, keep_blank_values=True)
    except ValueError:
        return ""
    return urlencode([(name, value) for name, value in sent if is_known(page, request, name, value)])


def is_known(page: ModelAdmin, request: HttpRequest, name: str, value: str) -> bool:
    filters = [one for one in page.get_list_filter(request) if isclass(one)]
    own = {one.parameter_name for one in filters if issubclass(one, SimpleListFilter)}
    if name in OF_EVERY_LIST or name in own:
        return True
    try:
        page.model._meta.get_field(name.partition("__")[0])
    except FieldDoesNotExist:
        return False
    return page.lookup_allowed(name, value, request)
