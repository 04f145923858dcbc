"""The form behind a PROSPECT link: filled in by many, each in the language of his choice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from buyers.invitation_models import Invitation, Language, Prospect
from buyers.links import actor_of, token_of
from buyers.pages.branding import brand_of
from buyers.pages.door import behind_the_link, told_to_wait
from buyers.pages.forms import ProspectForm
from buyers.prospects import submit_prospect
from nt24.addresses import Address
from nt24.pages.throttle import Allowance, seconds_to_wait

PERSON = ("first_name", "last_name", "email", "phone")
# Of one visitor: a full stand at a fair types one in half a minute; each goes on to the seller and to the partner.
ENTRIES = Allowance("prospect-entries", calls=20, seconds=600)


@csrf_protect
def prospect_form(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = ProspectForm(request.POST or None)
    if not form.is_valid():
        context = {
            "brand": brand_of(invitation.seller),
            "languages": Language.choices,
            "form": form,
            "urls": {"page": reverse("buyer-page", args=[token_of(invitation)])},
            "language": get_language(),
        }
        return render(request, "buyers/pages/prospect.html", context, status=422 if form.is_bound else 200)
    if wait := seconds_to_wait(request, ENTRIES):
        return told_to_wait(request, wait)
    keep(form, invitation)
    response = redirect("buyer-thanks", token_of(invitation))
    response.status_code = 303
    response["Location"] += f"?language={get_language()}"
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
        language=Language(get_language() or "en"),
        by=actor_of(invitation),
    )


@behind_the_link(Invitation.Kind.PROSPECT)
@require_safe
def thanks(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "buyers/pages/thanks.html", {"brand": brand_of(invitation.seller)})
