"""Pages of one's own account that allauth has in another shape."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from allauth.mfa.base.views import IndexView
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nt24.people.browsers import browser_of
from nt24.people.forms import EndSessionsForm

log = structlog.get_logger(__name__)


class FactorsView(IndexView):
    """One's second factors; whoever has none and needs one is led here."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "is_required": settings.STAFF_MFA_REQUIRED}


class SessionsView(ListUserSessionsView):
    """Where one is signed in, with a button for each session."""

    form_class = EndSessionsForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for session in context["sessions"]:
            session.browser = browser_of(session.user_agent)
        return context


def with_provider(view: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    """The view, or a page that says that the identity provider does not answer."""
    try:
        return view(request, provider_id)
    except OSError as error:  # as which `requests` raises everything
        log.warning("single_sign_on.unreachable", error=type(error).__name__)
        return render(
            request, "socialaccount/authentication_error.html", status=HTTPStatus.SERVICE_UNAVAILABLE
        )


go_to_provider = partial(with_provider, oidc.login)
come_from_provider = partial(with_provider, oidc.callback)
