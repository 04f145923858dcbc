"""The door and the pages of one's own account: those of allauth's that staff need, and no other.

Nobody signs up here, changes his own e-mail address (single sign-on goes by it) or is mailed a new password.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

from nt24.people import views

second_factors = [
    path("", views.FactorsView.as_view(), name="mfa_index"),
    path("check/", factors.authenticate, name="mfa_authenticate"),
    path("check-again/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("app/add/", app.activate_totp, name="mfa_activate_totp"),
    path("app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("keys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("keys/check-again/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
]
own_account = [
    path("factors/", include(second_factors)),
    path("sessions/", views.SessionsView.as_view(), name="usersessions_list"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sso/<slug:provider_id>/", views.go_to_provider, name="openid_connect_login"),
    path("sso/<slug:provider_id>/callback/", views.come_from_provider, name="openid_connect_callback"),
]
urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password_change/", RedirectView.as_view(url=reverse_lazy("account_change_password"))),
    path("account/", include(own_account)),
]
