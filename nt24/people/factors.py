"""Second factors: required of everybody where the settings say so, and encrypted where they are kept."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from nt24 import vault
from nt24.pages.policy import STAFF

# What somebody needs who has no second factor yet: the pages that make one, and the way out.
OPEN_WITHOUT = (
    "/admin/login/",
    "/admin/logout/",
    "/admin/account/factors/",
    "/admin/account/reauthenticate/",
)
PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for these
SECRET_MEMBERS = ("secret", "seed")  # of `Authenticator.data`; keys of WebAuthn are public


class FactorAdapter(DefaultMFAAdapter):
    """What allauth asks us about second factors."""

    def encrypt(self, text: str) -> str:
        return vault.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text.encode())

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Security key {number}"

    def _get_site_name(self) -> str:
        return settings.MFA_TOTP_ISSUER


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=PROVING).exists()


def require_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, so that no page below `/admin/` can forget to ask; a site's `has_permission` sees only its own."""
    return partial(with_second_factor, get_response)


def with_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse], request: HttpRequest
) -> HttpResponse:
    is_asked = (
        settings.STAFF_MFA_REQUIRED
        and request.path.startswith(STAFF)
        and not request.path.startswith(OPEN_WITHOUT)
        and request.user.is_authenticated
    )
    if is_asked and not has_second_factor(request.user):
        return HttpResponseRedirect(reverse("mfa_index"))
    return get_response(request)


def reencrypt_factors(unreadable: set[str]) -> int:
    """Bring every kept secret under the newest key; `unreadable` collects what no key opens. How many there were."""
    done = 0
    for pk, data in Authenticator.objects.values_list("pk", "data").iterator():
        try:
            renewed = under_newest_key(data)
        except vault.CannotDecrypt:
            unreadable.add(f"second factor {pk}")
            continue
        if renewed:
            # Only if nobody has used a recovery code meanwhile, which changes the same column.
            done += Authenticator.objects.filter(pk=pk, data=data).update(data={**data, **renewed})
    return done


def under_newest_key(data: dict[str, Any]) -> dict[str, str]:
    """:raises CannotDecrypt: as `vault.reencrypt`."""
    return {name: vault.reencrypt(data[name].encode()).decode() for name in SECRET_MEMBERS if data.get(name)}
