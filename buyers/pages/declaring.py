"""The anti-money-laundering declaration: a form that keeps what was typed, and a sealed PDF among the drafts."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from buyers.aml_declaration import Declaration, DeclarationNotSealed, declaration_pdf
from buyers.invitation_models import Invitation
from buyers.invitations import choose_language
from buyers.kyc import AML_DECLARATION
from buyers.links import actor_of
from buyers.pages.door import behind_the_link, lacks_token
from buyers.pages.forms import DeclarationForm
from buyers.pages.refusals import BUSY, TOO_OFTEN, Text, outdated
from buyers.pages.views import KYC, back_to, frame_of, keep_draft, path_to, works_too_often
from nt24 import languages
from nt24.documents.models import SealedFile
from nt24.documents.register import enter_sealed
from nt24.documents.uploads import keep_upload, received

ANSWERS = (
    "person",
    "role",
    "is_exposed",
    "exposed_person",
    "exposed_office",
    "source",
    "source_details",
    "signature",
)


@behind_the_link(KYC)
@require_http_methods(["GET", "HEAD", "POST"])
def declaration(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Whatever comes in the way of a form, the answer is the form as it was filled in."""
    if request.method != "POST":
        return form_page(request, invitation, DeclarationForm())
    if lacks_token(request):
        typed = DeclarationForm(typed=request.POST)
        return form_page(request, invitation, typed, alert=outdated(), status=403)
    if request.POST.get("language") in languages.CODES:
        return in_other_language(request, invitation, request.POST["language"])
    form = DeclarationForm(request.POST)
    if not form.is_valid():
        return form_page(request, invitation, form, status=422)
    if works_too_often(request):
        return form_page(request, invitation, form, alert=TOO_OFTEN, status=429)
    try:
        keep_declaration(invitation, form)
    except (DeclarationNotSealed, OperationalError):
        return form_page(request, invitation, form, alert=BUSY, status=503)
    return back_to(invitation, "declaration")


def form_page(
    request: HttpRequest,
    invitation: Invitation,
    form: DeclarationForm,
    *,
    alert: Text = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **frame_of(invitation),
        "form": form,
        "is_fresh": request.method != "POST",
        "today": timezone.localdate(),
        "alert": alert,
        "typed_form": "declaration",
        "language_url": path_to("buyer-declaration", invitation),
    }
    return render(request, "buyers/pages/declaration.html", context, status=status)


def in_other_language(request: HttpRequest, invitation: Invitation, language: str) -> HttpResponse:
    """The buttons of the languages send the form along, so that nothing is lost, also without a script."""
    chosen = choose_language(invitation, language=language, by=actor_of(invitation))
    invitation.language = chosen.language
    with translation.override(chosen.language):
        return form_page(request, invitation, DeclarationForm(typed=request.POST))


def keep_declaration(invitation: Invitation, form: DeclarationForm) -> None:
    """:raises DeclarationNotSealed: the seal cannot be had at the moment."""
    assert invitation.buyer is not None
    pdf = declaration_pdf(declared(invitation, form))
    enter_sealed(SealedFile.Kind.AML_DECLARATION, pdf, subject_uuid=invitation.buyer.uuid)
    keep_draft(
        invitation,
        need=AML_DECLARATION.name,
        type="AML_DECLARATION",
        upload=keep_upload(received(pdf, "aml-declaration.pdf")),
        document_on=timezone.localdate(),
        is_exposed=form.cleaned_data["is_exposed"],
    )


def declared(invitation: Invitation, form: DeclarationForm) -> Declaration:
    assert invitation.buyer is not None
    return Declaration(
        invitation_uuid=invitation.uuid,
        language=invitation.language,
        seller_name=invitation.seller.name,
        company_name=invitation.buyer.company_name,
        vat_number=invitation.buyer.vat_number,
        address=invitation.buyer.address,
        owners=form.owners_named(),
        signed_at=timezone.now(),
        **{name: form.cleaned_data[name] for name in ANSWERS},
    )
