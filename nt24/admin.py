"""What staff see of every record: its facts. Nothing is added, changed or deleted by a plain form."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from nt24.staff.pagination import CappedPaginator


class LeadingOn(ChangeList):
    """A list whose rows open the page on which something can be done about them."""

    def url_for_result(self, result: Any) -> str:
        return self.model_admin.leads_to(result) or str(super().url_for_result(result))


class FactsAdmin(ModelAdmin):
    """Read only: writes are actions with an entry in the trail (`nt24/staff/record_admin.py`)."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    list_before_template = "staff/saved_filters.html"
    paginator = CappedPaginator
    actions: Any = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LeadingOn

    def leads_to(self, record: Any) -> str:
        """Where a row of the list leads when not to the record's own facts; no query for each row."""
        return ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FactsInline(TabularInline):
    """Parts of a record in a table, as read only as the record."""

    extra, max_num = 0, 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
