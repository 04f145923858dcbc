"""Paths of the development mailbox."""

from django.urls import path

from nt24.mail import views

urlpatterns = [
    path("dev/mail", views.mails, name="mails"),
    path("dev/mail/<uuid:uuid>", views.mail, name="mail"),
    path("dev/mail/<uuid:uuid>/html", views.mail_as_html, name="mail_as_html"),
]
