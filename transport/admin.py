"""Transports and their milestones as staff read them."""

from django.contrib import admin

from nt24.admin import FactsAdmin, FactsInline
from nt24.staff.chips import chip_of, words_of
from transport.models import Milestone, Transport


class MilestoneInline(FactsInline):
    model = Milestone
    fields = ("vehicle", "kind", "occurred_on", "confirmed_at", "revoked_at", "revoked_reason")
    readonly_fields = fields


@admin.register(Transport)
class TransportAdmin(FactsAdmin):
    list_display = (
        "order",
        chip_of("status", "Status"),
        words_of("type", "Type"),
        "cmr_uploaded",
        "daily_vies_checks_active",
    )
    list_filter = ("status", "type")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    inlines = (MilestoneInline,)
    ordering = ("-pk",)
