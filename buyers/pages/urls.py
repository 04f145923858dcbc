"""Paths behind a link. The first part is always the token or ticket, so that logs can hide it by its place."""

from django.urls import path

from buyers.pages import declaring, files, identity, looking, prospects, stopping, views

urlpatterns = [
    path("<str:token>/", views.page, name="buyer-page"),
    path("<str:token>", views.page),  # mail programs like to lose the last character
    path("<str:token>/papers/<slug:slug>/", files.upload, name="buyer-upload"),
    path("<str:token>/papers/<slug:slug>/remove/", files.remove, name="buyer-remove"),
    path("<str:token>/papers/<slug:slug>/facts/", files.facts, name="buyer-facts"),
    path("<str:token>/papers/<slug:slug>/confirm/", files.confirm, name="buyer-confirm"),
    path("<str:token>/papers/<slug:slug>/turn/", files.turn, name="buyer-turn"),
    path("<str:token>/papers/<slug:slug>/place/", files.place, name="buyer-place"),
    path("<str:token>/papers/<slug:slug>/<uuid:file>/", looking.look, name="buyer-file"),
    path("<str:token>/papers/<slug:slug>/<uuid:file>/<int:number>.jpg", looking.page),
    path("<str:token>/declaration/", declaring.declaration, name="buyer-declaration"),
    path("<str:token>/identity/", views.identity, name="buyer-identity"),
    path("<str:token>/language/", views.language, name="buyer-language"),
    path("<str:token>/submit/", views.submit, name="buyer-submit"),
    path("<str:token>/thanks/", prospects.thanks, name="buyer-thanks"),
    path("<str:token>/stop/", stopping.stop, name="buyer-stop"),
    path("<str:ticket>/back/", identity.back, name="buyer-back"),
    path("<str:ticket>/receipt/", views.receipt, name="buyer-receipt"),
    path("<str:ticket>/receipt/<uuid:document>/", looking.look_at_submitted, name="buyer-submitted"),
    path("<str:ticket>/receipt/<uuid:document>/<int:number>.jpg", looking.page_of_submitted),
    path("<path:rest>", views.nowhere),
]
