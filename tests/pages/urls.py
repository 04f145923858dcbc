"""The public pages alone, with a small API document for the reference page and a page that fails."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

OPENAPI = {
    "openapi": "3.1.1",
    "info": {"title": "A small document", "version": "1"},
    "paths": {"/v1/me": {"get": {"tags": ["Organization"], "responses": {"200": {"description": "ok"}}}}},
}


def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(OPENAPI)


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret cause")


handler404 = "nt24.pages.views.not_found"
handler500 = "nt24.pages.views.server_error"
urlpatterns = [
    path("", include("compliance.urls")),
    path("", include("nt24.pages.urls")),
    path("v1/openapi.json", openapi),
    path("failing", failing),
]
