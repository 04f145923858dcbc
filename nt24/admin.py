"""What staff see of every record: its facts. Nothing is added, changed or deleted by a plain form."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

admin.site.site_header = admin.site.site_title = "NT24"
admin.site.index_title = "Facts, read-only"


class FactsAdmin(admin.ModelAdmin):
    """Read only: writes are actions with an entry in the trail."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
