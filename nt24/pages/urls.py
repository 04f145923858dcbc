"""Paths of the public pages and of the health checks."""

from django.urls import path
from django.views.generic import RedirectView

from nt24 import health
from nt24.pages import views

urlpatterns = [
    path("", views.home, name="home"),
    path("docs", views.docs, name="docs"),
    path("docs/first-steps", RedirectView.as_view(url="/docs#start")),
    path("docs/api-guide", views.guide_page, {"name": "api-guide"}, name="api-guide"),
    path("docs/webhooks", views.guide_page, {"name": "webhooks"}, name="webhooks-guide"),
    path("docs/examples/<str:name>", views.docs_example, name="docs-example"),
    path("problems", views.problems, name="problems"),
    path("problems/<slug:slug>", views.problem, name="problem"),
    path("imprint", views.about_us, {"page": "imprint"}, name="imprint"),
    path("privacy", views.about_us, {"page": "privacy"}, name="privacy"),
    path("contact", views.about_us, {"page": "contact"}, name="contact"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
