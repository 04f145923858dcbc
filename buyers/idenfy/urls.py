"""The paths that iDenfy calls, and those of its stand-in."""

from django.urls import path

from buyers.idenfy import views

urlpatterns = [
    path("callbacks/idenfy", views.callback),
    path("sandbox/idenfy/<str:scan_ref>", views.stand_in),
]
