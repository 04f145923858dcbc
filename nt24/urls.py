"""Every path of the portal: the API, the identity provider's, the pages."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from buyers.api.views import SandboxViesView
from nt24.api.openapi_view import openapi_document
from nt24.api.problems import not_found
from nt24.audit.api.views import AuditView
from nt24.pages import views
from nt24.partners.api import ConfirmClientSecretView, MeView, RotateClientSecretView
from nt24.surfaces import MEANT_FOR_THE_API

SELLER = "partners/<id:sellerId>/"

# The polled paths first: the resolver tries them in this order.
below_a_seller: list[URLPattern | URLResolver] = [
    path("", include("compliance.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("transport.api.urls")),
    path("", include("buyers.api.urls")),
]
api: list[URLPattern | URLResolver] = [
    path(SELLER, include(below_a_seller)),
    path("me", MeView.as_view()),
    path("clients/<str:clientId>/rotate-secret", RotateClientSecretView.as_view()),
    path("clients/<str:clientId>/confirm-secret", ConfirmClientSecretView.as_view()),
    path("audit", AuditView.as_view()),
    path("openapi.json", openapi_document),
    path("openapi-integration-v1.yaml", openapi_document, {"is_yaml": True}),  # the published name
    path("", include("nt24.webhooks.api.urls")),
    path("sandbox/vies", SandboxViesView.as_view()),
    re_path(r"", not_found),
]
urlpatterns = [
    path("v1/", include(api)),
    path("", include("nt24.partners.urls")),
    path(
        "admin/", include("nt24.people.urls")
    ),  # before the admin, whose own door would ask for no second factor
    path("admin/", admin.site.urls),
    path("", include("compliance.urls")),
    path("", include("buyers.idenfy.urls")),
    path("b/", include("buyers.pages.urls")),
    path("", include("nt24.mail.urls")),
    path("", include("nt24.pages.urls")),
    re_path(MEANT_FOR_THE_API.pattern, not_found),
    # Our own page also while DEBUG is on; Django's technical one is for nobody who follows a link.
    re_path(r"", views.not_found),
]
handler400 = "nt24.pages.views.bad_request"
handler404 = "nt24.pages.views.not_found"
handler500 = "nt24.pages.views.server_error"
handler429 = "nt24.people.lockout.locked_out"  # what allauth answers when a limit is reached
