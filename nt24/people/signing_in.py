"""The door: who is let in by user name and password, and what happens to those who guess."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.http import HttpRequest

from nt24.people import witness
from nt24.people.lockout import locked_out
from nt24.people.session_times import has_just_begun
from nt24.visitors import UNKNOWN, visitor_of

NO_ADDRESS = "::"


class StaffBackend(AuthenticationBackend):
    """Only active staff; also at each request, so that whoever is deactivated is out at once."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and user.is_staff

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        found = super().authenticate(request, **credentials)
        # allauth remembers whoever had the right password but may not come in, to tell him so. Nobody is told.
        self.unstash_authenticated_user()
        return found


class StaffAdapter(DefaultAccountAdapter):
    """What allauth asks us about accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "The user name or the password is wrong. Capital letters count in the password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom lock-outs hold to account, and what a session is kept with; allauth needs the form of an address."""
        visitor = visitor_of(request)
        return NO_ADDRESS if visitor == UNKNOWN else visitor

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the user name alone: with allauth's own key, each of our host names would have a counter."""
        return str(credentials.get("username", "")).casefold()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._typed = credentials.get("username", "")
        super().pre_authenticate(request, **credentials)

    def validation_error(self, code: str, *args: Any) -> Exception:
        """Too many tries are no mistake in a form: they get a page, and no further look at what was typed."""
        if code != "too_many_login_attempts":
            return super().validation_error(code, *args)
        witness.note_lock_out(self.request, self._who_tries())
        return ImmediateHttpResponse(locked_out(self.request))

    def _who_tries(self) -> User | None:
        """Whom the tries are about: the user of the name typed, or of the session that is half signed in."""
        typed = getattr(self, "_typed", "")
        return witness.user_named(typed) if typed else witness.user_half_signed_in(self.request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in need not do it again to set up his second factor."""
        required = super().is_reauthentication_required(app=app, **kwargs)
        return required and not has_just_begun(self.request.session)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/admin/"
