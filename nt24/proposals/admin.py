"""Proposals as staff read them."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.proposals.models import Proposal
from nt24.staff.chips import chip_of


@admin.register(Proposal)
class ProposalAdmin(FactsAdmin):
    list_display = (
        "kind",
        chip_of("status", "Status"),
        "proposed_by_label",
        "created_at",
        "decided_by_label",
        "decided_at",
    )
    list_filter = ("status", "kind")
    search_fields = ("=uuid", "=subject_uuid", "=order_uuid")
    ordering = ("-pk",)
