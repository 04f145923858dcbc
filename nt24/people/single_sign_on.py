"""Signing in through the company's identity provider (OpenID Connect). It opens the door to whom we know already."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import render

from nt24.http import session_for_sign_in
from nt24.people import witness


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """What allauth asks us about people who come from the identity provider."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one provider of the settings: a row of a table could let in another one."""
        configured: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        apps = [SocialApp(provider="openid_connect", **config) for config in configured]
        return [app for app in apps if provider in (None, app.provider, app.provider_id)]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_requests_session(self) -> Any:
        return session_for_sign_in()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose e-mail address this is.

        The provider's name for the person is not kept beside ours: who leaves the provider, or loses the address
        there, is out here with it.
        """
        sociallogin.state["process"] = AuthProcess.LOGIN  # not to connect accounts, whatever the link said
        user = staff_with_address(sociallogin)
        if user is None:
            witness.note_failure(None, witness.SINGLE_SIGN_ON)
            refuse(request)
        sociallogin.user = user


def staff_with_address(sociallogin: SocialLogin) -> User | None:
    """The one active member of staff with an address of which the provider says that it is verified."""
    addresses = {
        address.email.lower()
        for address in sociallogin.email_addresses
        if address.verified is True and address.email
    }
    found = [
        user
        for address in addresses
        for user in User.objects.filter(email__iexact=address, is_active=True, is_staff=True)
        if user.email.lower() == address  # databases fold more letters into one than mail servers do
    ]
    return found[0] if len(found) == 1 else None


def refuse(request: HttpRequest) -> NoReturn:
    raise ImmediateHttpResponse(render(request, "socialaccount/not_known.html", status=403))
