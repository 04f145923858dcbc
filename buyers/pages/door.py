"""The door to the pages behind a link: opens it in the buyer's language, or says on a plain page why it stays shut."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from buyers.branding import ContactPerson, branding_of
from buyers.invitation_models import Invitation
from buyers.links import (
    LinkEnded,
    LinkExpired,
    LinkRevoked,
    LinkUnknown,
    LinkUsed,
    opened,
    seconds_to_next_guess,
)
from nt24 import languages
from nt24.pages.resending import typed_in
from nt24.pages.throttle import Allowance, seconds_to_wait
from nt24.staff.kept_forms import is_forged

# Only our own address is told, never the token in the path, not even to ourselves. Not "no-referrer": with that,
# browsers send `Origin: null` with a form, and the CSRF check refuses it.
REFERRERS = "strict-origin"

PAGE_CALLS = Allowance("buyer-pages", calls=300, seconds=600)  # contract 17.33

log = structlog.get_logger(__name__)

LinkPage = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Closed:
    """What the page of a link says that does not open; nothing about who it was for."""

    title: str
    explanation: str
    next_step: str
    status: int = 410


def behind_the_link(
    kind: Invitation.Kind | None = None, *, only_forms: bool = False, place: str = ""
) -> Callable[[LinkPage], Callable[..., HttpResponse]]:
    """A view that gets the open invitation in place of the token; a link of another kind is an unknown one.

    With `only_forms`, whoever comes without a form (a reload, "back", an address that was passed on) is led to the
    page, at `place` or at the document of the path. The check of forms is left to the view: before it, a view may say
    how files are received.
    """

    def decorate(view: LinkPage) -> Callable[..., HttpResponse]:
        view = require_POST(view) if only_forms else view

        @csrf_exempt
        @wraps(view)
        @guarded
        def page(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
            if only_forms and request.method in ("GET", "HEAD"):
                return page_of(token, more.get("slug", place))
            invitation = opened(token)
            if kind not in (None, invitation.kind):
                raise LinkUnknown
            with translation.override(language_for(request, invitation)):
                return view(request, invitation, **more)

        return page

    return decorate


def lacks_token(request: HttpRequest) -> bool:
    """Whether the form came without the token of its page: from another site, or the cookie has gone meanwhile."""
    if not is_forged(request):
        return False
    log.warning("form_without_token", path=request.path)
    return True


def page_of(token: str, place: str = "", **query: str) -> HttpResponse:
    """To what the link opens, whatever that is by now."""
    path = reverse("buyer-page", args=[token], query=query or None, fragment=place or None)
    return redirect(path)


def guarded(view: LinkPage) -> Callable[..., HttpResponse]:
    """A page kept by nobody, found by nobody, told to nobody; `LinkUnknown` and `LinkEnded` become plain pages."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            try:
                wait = seconds_to_wait(request, PAGE_CALLS)
                response = told_to_wait(request, wait) if wait else view(request, *args, **more)
            except LinkUnknown:
                response = unknown(request)
            except LinkEnded as ended:
                response = closed_page(request, reason_of(ended), contact=contact_behind(ended))
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Referrer-Policy", REFERRERS)
        return response

    return page


def language_for(request: HttpRequest, invitation: Invitation) -> str:
    """A buyer's choice is kept with his invitation; a prospect's link is for many, so his stands in the address."""
    chosen = request.GET.get("language", "")
    if invitation.kind == Invitation.Kind.PROSPECT and chosen in languages.CODES:
        return chosen
    return invitation.language


def unknown(request: HttpRequest) -> HttpResponse:
    wait = seconds_to_next_guess(request)
    return told_to_wait(request, wait) if wait else closed_page(request, wrong())


def told_to_wait(request: HttpRequest, seconds: int) -> HttpResponse:
    response = closed_page(request, too_many(seconds))
    response["Retry-After"] = str(seconds)
    return response


def contact_behind(ended: LinkEnded) -> ContactPerson:
    """The seller's contact for buyers. Nothing about the buyer."""
    return branding_of(ended.invitation.seller).contact


def closed_page(
    request: HttpRequest, closed: Closed, *, contact: ContactPerson | None = None
) -> HttpResponse:
    typed = typed_in(request) if closed.status == 429 else []
    context = {"closed": closed, "contact": contact, "typed": typed}
    return render(request, "buyers/pages/closed.html", context, status=closed.status)


def wrong() -> Closed:
    return Closed(
        _("This link does not work"),
        _("The address is incomplete or has been changed."),
        _(
            "Open the link in the e-mail again, or copy it completely. If that does not help, ask for a new link."
        ),
        status=404,
    )


def too_many(wait: int) -> Closed:
    return Closed(
        _("Too many attempts"),
        ngettext("Please wait %(seconds)s second.", "Please wait %(seconds)s seconds.", wait)
        % {"seconds": wait},
        _("Then open the link in the e-mail again."),
        status=429,
    )


def reason_of(ended: LinkEnded) -> Closed:
    reasons = {LinkUsed: used, LinkRevoked: revoked, LinkExpired: expired}
    return reasons[type(ended)]()


def used() -> Closed:
    return Closed(
        _("This link has been used"),
        _("The documents have been submitted, and there is nothing left to do."),
        _("If something should be missing, you will be sent a new link."),
    )


def revoked() -> Closed:
    return Closed(
        _("This link has been withdrawn"),
        _("The sender has closed it."),
        _("Ask the sender whether documents are still needed, and for a new link."),
    )


def expired() -> Closed:
    return Closed(
        _("This link has expired"),
        _("For your safety a link works for a limited time only."),
        _("Ask the sender for a new link."),
    )
