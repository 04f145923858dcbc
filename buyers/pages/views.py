"""The page of a KYC link: see what is asked, upload, replace, remove, declare, submit, and keep a receipt."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from buyers.combining import NotCombinable, combined_documents
from buyers.drafts import MOST_FILES, FilesChanged, save_draft
from buyers.idenfy import IdenfyUnavailable
from buyers.invitation_models import Invitation
from buyers.invitations import IdentityMissing, PapersMissing, choose_language, submit_invitation
from buyers.links import LinkUnknown, actor_of, public_link, token_of
from buyers.pages.branding import brand_of
from buyers.pages.cards import Card, IdentityCard, cards_of, identity_card_of
from buyers.pages.catalogue import KINDS, PaperKind
from buyers.pages.door import behind_the_link, guarded, lacks_token
from buyers.pages.forms import FactsForm, SubmissionForm
from buyers.pages.identity import CAME_BACK, begin_identity_check, way_back
from buyers.pages.prospects import prospect_form
from buyers.pages.qr import qr_code
from buyers.pages.receipts import line_of, submitted_with, ticket_for
from buyers.pages.refusals import (
    BUSY,
    CHANGED_MEANWHILE,
    NOT_COMBINED,
    TOO_LARGE,
    WRONG_TYPE,
    outdated,
)
from buyers.queries import papers_for_invitation
from buyers.verification import is_done_by_buyer, open_if_needed
from nt24 import languages
from nt24.documents.storage import discard_undone
from nt24.documents.uploads import Upload
from nt24.errors import (
    MalformedRequest,
    StateConflict,
    Unavailable,
    ValidationFailed,
)
from nt24.pages.throttle import Allowance, seconds_to_wait

Text = str | Promise
KYC = Invitation.Kind.KYC
# Each costs an examination, or a rendered PDF.
FILES = Allowance("link-files", calls=30, seconds=60)
# How long the page's script waits in silence; examining a file takes seconds, also in a queue.
PATIENCE_SECONDS = 60


# --- The page ---


def papers_page(
    request: HttpRequest,
    invitation: Invitation,
    *,
    forms: Mapping[str, FactsForm] | None = None,
    refusals: Mapping[str, Text] | None = None,
    submission: SubmissionForm | None = None,
    alert: Text = "",
    leads_to_missing: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Every state of the page; `forms`, `refusals` and `alert` tell of what was just refused."""
    assert invitation.buyer is not None
    cards = cards_of(invitation, forms=forms or {}, refusals=refusals or {})
    identity = identity_card_of(invitation.buyer, came_back=CAME_BACK in request.GET)
    steps: list[Card | IdentityCard] = [*cards, *([identity] if identity else [])]
    context = {
        **frame_of(invitation),
        "cards": cards,
        "identity": identity,
        "done": sum(step.is_done for step in steps),
        "total": len(steps),
        "missing": [step for step in steps if not step.is_done],
        "submission": submission or SubmissionForm(),
        "alert": alert,
        "has_declared": any(card.is_sealed for card in cards),
        "leads_to_missing": leads_to_missing,
        "sentences": {"too_large": TOO_LARGE, "wrong_type": WRONG_TYPE},
        "patience_seconds": PATIENCE_SECONDS,
        "max_bytes": settings.DOCUMENT_MAX_BYTES,
        "most_files": MOST_FILES,
        "max_megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
        "qr_code": qr_code(public_link(invitation), title=_("The link of this page as a QR code")),
    }
    return render(request, "buyers/pages/papers.html", context, status=status)


def frame_of(invitation: Invitation) -> dict[str, Any]:
    """What every page behind a KYC link is given."""
    return {
        "invitation": invitation,
        "buyer": invitation.buyer,
        "brand": brand_of(invitation.seller),
        "languages": languages.choices(),
        "language_url": path_to("buyer-language", invitation),
        "urls": {
            name: path_to(f"buyer-{name}", invitation)
            for name in ("page", "submit", "identity", "declaration")
        },
    }


def path_to(name: str, invitation: Invitation, *more: str) -> str:
    return reverse(name, args=[token_of(invitation), *more])


@behind_the_link()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """What a link opens first: a buyer's papers, or the form for prospects."""
    if invitation.kind == Invitation.Kind.PROSPECT:
        return prospect_form(request, invitation)
    return papers(request, invitation)


@require_safe
def papers(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return papers_page(request, invitation)


def proven(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A form without the token of its page is not taken, and answered with the page and a fresh one."""

    @wraps(view)
    def checked(request: HttpRequest, invitation: Invitation, *args: Any, **more: Any) -> HttpResponse:
        if lacks_token(request):
            return papers_page(request, invitation, alert=outdated(), status=403)
        return view(request, invitation, *args, **more)

    return checked


# --- Parts that several pages need ---


@contextmanager
def keeping(upload: Upload) -> Iterator[None]:
    """Removes a stored file whose row could not be written."""
    try:
        yield
    except OperationalError as error:
        discard_undone(upload.storage_key, error)
        raise


def keep_draft(invitation: Invitation, *, upload: Upload, **about: Any) -> None:
    with keeping(upload):
        save_draft(invitation, upload=upload, by=actor_of(invitation), **about)


def wanted_kind(slug: str) -> PaperKind:
    """:raises LinkUnknown: no such paper."""
    kind = next((kind for kind in KINDS if kind.slug == slug), None)
    if kind is None:
        raise LinkUnknown
    return kind


def works_too_often(request: HttpRequest) -> bool:
    return seconds_to_wait(request, FILES) > 0


def back_to(invitation: Invitation, place: str = "") -> HttpResponse:
    """303, so that reloading the page sends nothing again."""
    path = path_to("buyer-page", invitation)
    response = redirect(f"{path}#{place}" if place else path)
    response.status_code = 303
    return response


# --- Language, identity, submission ---


@behind_the_link(KYC, only_forms=True)
@proven
def language(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    chosen = request.POST.get("language", "")
    if chosen not in languages.CODES:
        return HttpResponseBadRequest()
    choose_language(invitation, language=chosen, by=actor_of(invitation))
    return back_to(invitation)


@behind_the_link(KYC, only_forms=True, place="verification")
@proven
def identity(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Open a session at iDenfy and send the buyer there by a page of ours: a form may not lead to another host."""
    assert invitation.buyer is not None
    try:
        opened = open_if_needed(invitation.seller_id, invitation.buyer.uuid, back_to=way_back(invitation))
        idenfy_url = begin_identity_check(invitation, opened=opened)
    except IdenfyUnavailable:
        alert = _("The identity check cannot be reached at the moment. Please try again in a few minutes.")
        return papers_page(request, invitation, alert=alert, status=503)
    except (MalformedRequest, StateConflict):
        return back_to(invitation, "verification")
    response = render(
        request, "buyers/pages/leaving.html", {**frame_of(invitation), "idenfy_url": idenfy_url}
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


@behind_the_link(KYC, only_forms=True, place="finish")
@proven
def submit(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Hand everything over; the receipt has an address of its own, because the link is closed from now on."""
    if not is_complete(invitation):
        return not_yet(request, invitation)
    form = SubmissionForm(request.POST)
    try:
        ticket = hand_over(invitation, declared=form.is_valid())
    except (PapersMissing, IdentityMissing):
        return not_yet(request, invitation)
    except FilesChanged:
        return papers_page(request, invitation, submission=form, alert=CHANGED_MEANWHILE, status=409)
    except Unavailable as error:
        return papers_page(request, invitation, submission=form, alert=BUSY, status=error.status)
    except NotCombinable as error:
        refusals = {kind.slug: NOT_COMBINED for kind in KINDS if kind.need.name == error.need}
        return papers_page(request, invitation, submission=form, refusals=refusals, status=error.status)
    except ValidationFailed:
        return papers_page(request, invitation, submission=form, status=422)
    response = redirect("buyer-receipt", ticket)
    response.status_code = 303
    return response


def hand_over(invitation: Invitation, *, declared: bool) -> str:
    """Submit, with one PDF of each document that has several files; the ticket of the receipt."""
    combined = combined_documents(invitation) if declared else {}
    ticket = ticket_for(invitation, combined)
    submit_invitation(invitation, declared=declared, combined=combined, by=actor_of(invitation))
    return ticket


def is_complete(invitation: Invitation) -> bool:
    """Asked before anything else: what is missing matters more than the tick."""
    assert invitation.buyer is not None
    has_papers = all(paper.is_there for paper in papers_for_invitation(invitation))
    return has_papers and is_done_by_buyer(invitation.buyer)


def not_yet(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The page, opened at the list of what is missing."""
    form = SubmissionForm(initial={"declared": "declared" in request.POST})
    return papers_page(request, invitation, submission=form, leads_to_missing=True, status=409)


@guarded
@require_safe
def receipt(request: HttpRequest, ticket: str) -> HttpResponse:
    """What was handed over, for a day; the mailed link no longer tells."""
    invitation, documents = submitted_with(ticket)
    with translation.override(invitation.language):
        context = {
            "invitation": invitation,
            "buyer": invitation.buyer,
            "brand": brand_of(invitation.seller),
            "papers": [line_of(document) for document in documents],
            "ticket": ticket,
        }
        return render(request, "buyers/pages/receipt.html", context)


@csrf_exempt
@guarded
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other path below `/b/`: as little is told as about a wrong link."""
    raise LinkUnknown
