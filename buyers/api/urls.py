"""Paths below `/v1/partners/{sellerId}` that start with buyers (contract 6)."""

from django.urls import path

from buyers.api import views

BUYER = "buyers/<uuid:buyerId>"
DOCUMENTS = f"{BUYER}/kyc/documents"

urlpatterns = [
    path("buyers", views.BuyersView.as_view()),
    path(BUYER, views.BuyerView.as_view()),
    path(f"{BUYER}/block", views.BlockView.as_view()),
    path(f"{BUYER}/unblock", views.UnblockView.as_view()),
    path(f"{BUYER}/contacts", views.ContactsView.as_view()),
    path(f"{BUYER}/contacts/<uuid:contactUuid>", views.ContactView.as_view()),
    path(f"{BUYER}/kyc", views.KycView.as_view()),
    path(f"{BUYER}/kyc/vies-check", views.ViesCheckView.as_view()),
    path(f"{BUYER}/kyc/vies-checks", views.ViesChecksView.as_view()),
    path(DOCUMENTS, views.KycDocumentsView.as_view()),
    path(f"{DOCUMENTS}/<uuid:documentUuid>", views.KycDocumentView.as_view()),
    path(f"{DOCUMENTS}/<uuid:documentUuid>/content", views.KycDocumentContentView.as_view()),
]
