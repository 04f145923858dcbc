"""The start page of staff and the one search box: the pages of the portal that look over all rooms.

It stands at the end of the arrows and therefore here; `nt24/staff/site.py` is the rest of the site.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from buyers.models import ViesCheck
from compliance.alarms import alarms_at
from compliance.chart import chart_of
from compliance.exports_page import EXPORTS_EVIDENCE
from compliance.models import Rollup
from compliance.overview import overview
from compliance.search import SHORTEST, cleaned, search
from nt24.staff.site import StaffSite
from orders.models import Order


class Portal(StaffSite):
    index_template = "compliance/staff/start.html"

    def can_see(self, request: HttpRequest) -> Callable[[type[Model]], bool]:
        """Whether this person may look at the records of a model."""

        def look(model: type[Model]) -> bool:
            page = self._registry.get(model)
            return page is not None and page.has_view_permission(request)

        return look

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        now = timezone.now()
        shown, can_see = overview(now), self.can_see(request)
        waiting = [pile for pile in shown.waiting if can_see(pile.model)]
        context = {
            "overview": shown,
            "alarms": [
                one for one in alarms_at(now) if not one.route or request.user.has_perm(EXPORTS_EVIDENCE)
            ],
            "piles": [pile for pile in waiting if pile.count],
            "empty_piles": [pile for pile in waiting if not pile.count],
            "sees_orders": can_see(Order),
            "sees_vies": can_see(ViesCheck),
            "sees_verdicts": can_see(Rollup),
            "chart": chart_of(shown.weeks),
            **(extra_context or {}),
        }
        return super().index(request, context)

    def search(self, request: HttpRequest) -> HttpResponseBase:
        """Our page; what unfold's own palette of menu items asks for is answered by unfold."""
        if "s" in request.GET:
            return super().search(request)
        words = cleaned(request.GET.get("q", ""))
        context = {
            **self.each_context(request),
            "title": "Search",
            "words": words,
            "is_too_short": 0 < len(words) < SHORTEST,
            "groups": search(words, can_see=self.can_see(request)),
        }
        return TemplateResponse(request, "compliance/staff/search.html", context)
