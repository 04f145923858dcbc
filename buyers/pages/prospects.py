"""The form behind a PROSPECT link: filled in by many, each in the language of his choice."""

import math

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from buyers.invitation_models import Invitation, Prospect
from buyers.links import actor_of, token_of
from buyers.pages.branding import brand_of
from buyers.pages.door import behind_the_link, lacks_token
from buyers.pages.forms import ProspectForm, typed_into
from buyers.pages.refusals import outdated
from buyers.prospects import TooManyProspects, submit_prospect
from nt24 import languages
from nt24.addresses import Address
from nt24.pages.throttle import Allowance, seconds_to_wait

# Of one visitor; the action counts those of a link.
FORMS = Allowance("prospect-forms", calls=10, seconds=600)
PERSON = ("first_name", "last_name", "email", "phone")


def prospect_form(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    typed = ProspectForm(initial=typed_into(ProspectForm, request.POST))
    if request.method != "POST" or "language" in request.POST:
        return form_page(request, invitation, typed, status=200)
    if lacks_token(request):
        return form_page(request, invitation, typed, status=403, alert=outdated())
    form = ProspectForm(request.POST)
    if not form.is_valid():
        return form_page(request, invitation, form, status=422)
    if wait := seconds_to_wait(request, FORMS):
        return not_yet(request, invitation, form, wait)
    try:
        with transaction.atomic():  # the page goes on after a refusal
            keep(form, invitation)
    except TooManyProspects as error:
        return not_yet(request, invitation, form, error.retry_after)
    response = redirect("buyer-thanks", token_of(invitation))
    response.status_code = 303
    response["Location"] += f"?language={get_language()}"
    return response


def form_page(
    request: HttpRequest, invitation: Invitation, form: ProspectForm, *, status: int, alert: str = ""
) -> HttpResponse:
    path = reverse("buyer-page", args=[token_of(invitation)])
    context = {
        "brand": brand_of(invitation.seller),
        "languages": languages.choices(),
        "form": form,
        "is_fresh": request.method != "POST",
        "alert": alert,
        "typed_form": "prospect",
        "urls": {"page": path},
        "language_url": path,
        "language": get_language(),
    }
    return render(request, "buyers/pages/prospect.html", context, status=status)


def not_yet(request: HttpRequest, invitation: Invitation, form: ProspectForm, wait: int) -> HttpResponse:
    """The form as it was filled in, to be sent again in `wait` seconds."""
    minutes = math.ceil(wait / 60)
    alert = ngettext(
        "Too many forms have been sent in a short time. Please send yours again in %(minutes)s minute. "
        "Everything you have filled in is kept.",
        "Too many forms have been sent in a short time. Please send yours again in %(minutes)s minutes. "
        "Everything you have filled in is kept.",
        minutes,
    )
    response = form_page(request, invitation, form, status=429, alert=alert % {"minutes": minutes})
    response["Retry-After"] = str(wait)
    return response


def keep(form: ProspectForm, invitation: Invitation) -> Prospect:
    answers = form.cleaned_data
    return submit_prospect(
        invitation,
        type=Prospect.Type(answers["type"]),
        company_name=answers["company_name"],
        vat_number=answers["vat_number"],
        address=Address(
            street=answers["street"],
            post_code=answers["post_code"],
            city=answers["city"],
            country=answers["country"],
        ),
        person={name: answers[name] for name in PERSON},
        language=get_language() or languages.ENGLISH.code,
        by=actor_of(invitation),
    )


@behind_the_link(Invitation.Kind.PROSPECT)
@require_safe
def thanks(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "buyers/pages/thanks.html", {"brand": brand_of(invitation.seller)})
