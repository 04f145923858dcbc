"""Paths below `/v1/partners/{sellerId}` that start with buyers (contract 6)."""

from django.urls import path

from buyers.api import invitation_views, views

BUYER = "buyers/<id:buyerId>"
DOCUMENTS = f"{BUYER}/kyc/documents"
INVITATIONS = f"{BUYER}/kyc/self-service-invitations"
LINKS = "self-service-invitations"
PROSPECT = "prospects/<id:prospectUuid>"

urlpatterns = [
    path("buyers", views.BuyersView.as_view()),
    path(BUYER, views.BuyerView.as_view()),
    path(f"{BUYER}/block", views.BlockView.as_view()),
    path(f"{BUYER}/unblock", views.UnblockView.as_view()),
    path(f"{BUYER}/contacts", views.ContactsView.as_view()),
    path(f"{BUYER}/contacts/<id:contactUuid>", views.ContactView.as_view()),
    path(f"{BUYER}/kyc", views.KycView.as_view()),
    path(f"{BUYER}/kyc/vies-check", views.ViesCheckView.as_view()),
    path(f"{BUYER}/kyc/vies-checks", views.ViesChecksView.as_view()),
    path(f"{BUYER}/kyc/verify", views.VerifyView.as_view()),
    path(f"{BUYER}/kyc/profile", views.KycProfileView.as_view()),
    path(DOCUMENTS, views.KycDocumentsView.as_view()),
    path(f"{DOCUMENTS}/<id:documentUuid>", views.KycDocumentView.as_view()),
    path(f"{DOCUMENTS}/<id:documentUuid>/content", views.KycDocumentContentView.as_view()),
    path(INVITATIONS, invitation_views.InvitationsView.as_view()),
    path(f"{INVITATIONS}/<id:invitationUuid>", invitation_views.InvitationView.as_view()),
    path(f"{INVITATIONS}/<id:invitationUuid>/resend", invitation_views.ResendInvitationView.as_view()),
    path(f"{INVITATIONS}/<id:invitationUuid>/revoke", invitation_views.RevokeInvitationView.as_view()),
    path(LINKS, invitation_views.LinksView.as_view()),
    path(f"{LINKS}/<id:invitationUuid>", invitation_views.LinkView.as_view()),
    path(f"{LINKS}/<id:invitationUuid>/resend", invitation_views.ResendLinkView.as_view()),
    path(f"{LINKS}/<id:invitationUuid>/revoke", invitation_views.RevokeLinkView.as_view()),
    path("prospects", invitation_views.ProspectsView.as_view()),
    path(PROSPECT, invitation_views.ProspectView.as_view()),
    path(f"{PROSPECT}/convert", invitation_views.ConvertProspectView.as_view()),
]
