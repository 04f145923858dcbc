"""Paths below `/v1/partners/{sellerId}` about compliance and finalization (contract 10)."""

from django.urls import path

from compliance.api import views

ORDER = "orders/<id:orderUuid>"

urlpatterns = [
    path(f"{ORDER}/compliance", views.RollupView.as_view()),
    path(f"{ORDER}/finalization/export-file", views.ExportFileView.as_view()),
    path(f"{ORDER}/finalization/export-file/content", views.ExportFileContentView.as_view()),
    path(f"{ORDER}/finalization/regenerate-export", views.RegenerateView.as_view()),
]
