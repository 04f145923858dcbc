"""A page that shows a document, as the staff portal and the buyers' pages do."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from nt24.documents.display import display_response
from nt24.documents.models import Document


def shown(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    return display_response(Document.objects.get(uuid=uuid))


urlpatterns = [path("shown/<uuid:uuid>", shown)]
