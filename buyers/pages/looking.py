"""A look at what was sent, page by page as fresh pictures: behind the link, and behind the receipt for its day."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from buyers.drafts import files_for, note_draft_read
from buyers.invitation_models import Draft, Invitation
from buyers.links import LinkUnknown, actor_of
from buyers.pages.branding import brand_of
from buyers.pages.catalogue import TITLE_OF_TYPE, PaperKind
from buyers.pages.door import behind_the_link, guarded
from buyers.pages.receipts import document_in
from buyers.pages.views import KYC, frame_of, path_to, wanted_kind
from nt24.documents.actions import note_document_read
from nt24.documents.display import page_count, page_response
from nt24.documents.downloads import Received
from nt24.documents.types import DocumentType
from nt24.errors import DomainError
from nt24.staff.hidden import whole_number

# --- Behind the link -----------------------------------------------------------------------------------------------


@behind_the_link(KYC)
@require_safe
def look(request: HttpRequest, invitation: Invitation, slug: str, file: UUID) -> HttpResponse:
    kind = wanted_kind(slug)
    context = {
        **frame_of(invitation),
        **pages_of(request, wanted_file(invitation, kind, file)),
        "title": kind.title,
        "image_url": path_to("buyer-file", invitation, slug, str(file)),
        "back_url": f"{path_to('buyer-page', invitation)}#{slug}",
    }
    return render(request, "buyers/pages/look.html", context)


@behind_the_link(KYC)
@require_safe
def page(request: HttpRequest, invitation: Invitation, slug: str, file: UUID, number: int) -> HttpResponse:
    draft = wanted_file(invitation, wanted_kind(slug), file)
    response = picture_of(draft, number, turned=draft.turned)
    if response.status_code == 200:
        note_draft_read(draft, by=actor_of(invitation))
    return response


def wanted_file(invitation: Invitation, kind: PaperKind, uuid: UUID) -> Draft:
    """:raises LinkUnknown: no such file."""
    found = next((draft for draft in files_for(invitation, kind.need.name) if draft.uuid == uuid), None)
    if found is None:
        raise LinkUnknown
    return found


# --- Behind the receipt --------------------------------------------------------------------------------------------


@guarded
@require_safe
def look_at_submitted(request: HttpRequest, ticket: str, document: UUID) -> HttpResponse:
    invitation, found = document_in(ticket, document)
    with translation.override(invitation.language):
        context = {
            "brand": brand_of(invitation.seller),
            **pages_of(request, found),
            "title": TITLE_OF_TYPE[DocumentType(found.type)],
            "image_url": reverse("buyer-submitted", args=[ticket, document]),
            "back_url": reverse("buyer-receipt", args=[ticket]),
        }
        return render(request, "buyers/pages/look.html", context)


@guarded
@require_safe
def page_of_submitted(request: HttpRequest, ticket: str, document: UUID, number: int) -> HttpResponse:
    invitation, found = document_in(ticket, document)
    response = picture_of(found, number)
    if response.status_code == 200:
        note_document_read(found, by=actor_of(invitation))
    return response


# --- Parts of both -------------------------------------------------------------------------------------------------


def pages_of(request: HttpRequest, file: Received) -> dict[str, Any]:
    """What the page is told about the file; no pages when it cannot be shown."""
    try:
        pages = page_count(file)
    except DomainError:
        pages = 0
    wanted = whole_number(request.GET.get("page")) or 1
    return {"file_name": file.file_name, "pages": pages, "number": min(max(wanted, 1), max(pages, 1))}


def picture_of(file: Received, number: int, *, turned: int = 0) -> HttpResponse:
    try:
        return page_response(file, number, turned=turned)
    except DomainError as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain")
