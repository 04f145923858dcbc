"""Pages of one's own account that allauth has in another shape."""

from typing import Any

from allauth.mfa.base.views import IndexView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings

from nt24.people.forms import EndSessionsForm


class FactorsView(IndexView):
    """One's second factors; whoever has none and needs one is led here."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "is_required": settings.STAFF_MFA_REQUIRED}


class SessionsView(ListUserSessionsView):
    """Where one is signed in, with a button for each session."""

    form_class = EndSessionsForm
