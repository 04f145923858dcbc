"""Paths below `/v1/partners/{sellerId}` about transports (contract 9)."""

from django.urls import path

from transport.api import views

TRANSPORT = "orders/<id:orderUuid>/transport"

urlpatterns = [
    path(TRANSPORT, views.TransportView.as_view()),
    path(f"{TRANSPORT}/pickup", views.PickupView.as_view()),
    path(f"{TRANSPORT}/pickup/revoke", views.RevokePickupView.as_view()),
    path(f"{TRANSPORT}/delivery", views.DeliveryView.as_view()),
    path(f"{TRANSPORT}/delivery/revoke", views.RevokeDeliveryView.as_view()),
]
