"""Proposals as staff read them."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from nt24.admin import FactsAdmin
from nt24.proposals.models import Proposal
from nt24.staff.chips import chip_of, column, words_of
from nt24.staff.moves import url_of


@admin.register(Proposal)
class ProposalAdmin(FactsAdmin):
    list_display = (
        words_of("kind", "Proposal"),
        chip_of("status", "Status"),
        column("proposed_by_label", "Proposed by"),
        column("created_at", "Proposed"),
        column("decided_by_label", "Decided by"),
        column("decided_at", "Decided"),
    )
    list_filter = ("status", "kind")
    search_fields = ("=uuid", "=subject_uuid", "=order_uuid")
    ordering = ("-pk",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """A proposal is read and decided on the page of what it is about."""
        proposal = self.get_object(request, object_id)
        if proposal is None:
            raise Http404
        if not self.has_view_permission(request, proposal) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return HttpResponseRedirect(f"{url_of(subject_of(proposal))}#four-eyes")


def subject_of(proposal: Proposal) -> Any:
    """The record that a proposal is about; it knows only the name of the model, because it stands left of it."""
    models = (model for model in apps.get_models() if model._meta.model_name == proposal.subject_type)
    found = next(models)._default_manager.filter(uuid=proposal.subject_uuid).first()
    if found is None:
        raise Http404
    return found
