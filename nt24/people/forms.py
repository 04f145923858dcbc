"""The forms of the door and of one's own sessions."""

from hashlib import sha256
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, SetPasswordForm
from allauth.account.forms import ReauthenticateForm as PasswordReauthenticateForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def without_placeholders(form: forms.Form) -> None:
    """They say what the label says, in grey that looks like content."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):
    """With the names of Django's own form, which password managers and scripts know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "User name"
        self.fields["login"].widget.attrs["autocapitalize"] = "none"
        self.fields["password"].help_text = ""
        without_placeholders(self)

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


class PasswordAgainForm(PasswordReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)


class FirstPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)


def tidy_code(form: forms.Form) -> None:
    """Codes are digits: a phone shows its number pad, and the cursor stands where they go."""
    without_placeholders(form)
    form.fields["code"].widget.attrs.update(inputmode="numeric", autofocus=True)


def use_up(form: BaseAuthenticateForm, code: str) -> str:
    """A code that has opened the door opens nothing again.

    allauth remembers it for one period only, and with `MFA_TOTP_TOLERANCE` it is valid for longer.

    :raises ValidationError: it was used before.
    """
    key = f"people:code:{form.user.pk}:{sha256(code.encode()).hexdigest()}"
    if not cache.add(key, 1, timeout=(2 * settings.MFA_TOTP_TOLERANCE + 1) * 30):
        form._emit_authentication_failed(form.authenticator)
        raise get_adapter().validation_error("incorrect_code")
    return code


class CodeForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tidy_code(self)

    def clean_code(self) -> str:
        return use_up(self, super().clean_code())


class CodeAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tidy_code(self)

    def clean_code(self) -> str:
        return use_up(self, super().clean_code())


class AddAppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code"
        tidy_code(self)
        del self.fields["code"].widget.attrs["autofocus"]  # a phone would scroll past the picture to scan


class AddKeyForm(AddWebAuthnForm):
    """A key has a name, so that its owner knows which one he has lost."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name of the key"
        self.fields["name"].widget.attrs["autocomplete"] = "off"


class EndSessionsForm(ManageUserSessionsForm):
    """One session of one's own, or, without naming one, every other than this."""

    session = forms.ModelChoiceField(queryset=UserSession.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["session"]
        chosen.queryset = UserSession.objects.filter(user=self.request.user)

    def save(self, request: HttpRequest) -> None:
        assert request.user.is_authenticated
        chosen = self.cleaned_data["session"]
        if chosen is None:
            end_other_sessions(request, request.user)
        else:
            end_sessions(request, [chosen])
