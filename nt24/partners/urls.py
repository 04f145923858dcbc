"""Keycloak's paths of the embedded token issuer; include these at the root."""

from django.urls import path

from nt24.partners import views
from nt24.partners.keys import EMBEDDED_REALM, OPENID_CONNECT

REALM = EMBEDDED_REALM.removeprefix("/")

urlpatterns = [
    path(f"{REALM}{OPENID_CONNECT}/token", views.token, name="token"),
    path(f"{REALM}{OPENID_CONNECT}/certs", views.certs, name="certs"),
    path(f"{REALM}/.well-known/openid-configuration", views.configuration, name="openid-configuration"),
]
