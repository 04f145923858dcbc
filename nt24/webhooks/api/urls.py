"""Paths below `/v1/webhooks` (contract 12)."""

from django.urls import path

from nt24.webhooks.api import views

ENDPOINT = "webhooks/<str:endpointId>"

urlpatterns = [
    path("webhooks", views.EndpointsView.as_view()),
    path(ENDPOINT, views.EndpointView.as_view()),
    path(f"{ENDPOINT}/rotate-secret", views.RotateSecretView.as_view()),
    path(f"{ENDPOINT}/confirm-secret", views.ConfirmSecretView.as_view()),
    path(f"{ENDPOINT}/test", views.FireTestView.as_view()),
    path(f"{ENDPOINT}/deliveries", views.DeliveriesView.as_view()),
    path(f"{ENDPOINT}/deliveries/replay", views.BulkReplayView.as_view()),
    path(f"{ENDPOINT}/deliveries/<str:deliveryId>", views.DeliveryView.as_view()),
    path(f"{ENDPOINT}/deliveries/<str:deliveryId>/replay", views.ReplayView.as_view()),
]
