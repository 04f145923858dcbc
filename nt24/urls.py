"""Every path of the portal: the API, the identity provider's, the pages."""

from django.contrib import admin
from django.urls import include, path, re_path

from buyers.api.views import SandboxViesView
from nt24.api.problems import not_found
from nt24.partners.api import MeView

SELLER = "partners/<uuid:sellerId>/"

api = [
    path("me", MeView.as_view()),
    path(SELLER, include("buyers.api.urls")),
    path(SELLER, include("orders.api.urls")),
    path(SELLER, include("transport.api.urls")),
    path(SELLER, include("compliance.api.urls")),
    path("sandbox/vies", SandboxViesView.as_view()),
    re_path(r"^.*$", not_found),
]
urlpatterns = [
    path("v1/", include(api)),
    path("", include("nt24.partners.urls")),
    path("admin/", admin.site.urls),
    path("", include("nt24.pages.urls")),
]
