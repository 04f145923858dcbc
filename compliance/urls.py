"""The one public page of compliance."""

from django.urls import path

from compliance import views

urlpatterns = [path("verify", views.verify, name="verify")]
