"""Why somebody reads personal data: asked once, kept with the session for a while, written down at every read.

The purpose is kept per record, so that what was said for one buyer opens no other one.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

KEPT = timedelta(minutes=15)
MAX_PURPOSE = 100  # as X-Purpose, contract 4.2
IN_SESSION = "purposes"
READS_PEOPLE = "buyers.view_personal_data"


def require_reader(request: HttpRequest) -> None:
    """:raises PermissionDenied: this person may not read personal data."""
    if not request.user.has_perm(READS_PEOPLE):
        raise PermissionDenied


class PurposeForm(forms.Form):
    purpose = forms.CharField(
        max_length=MAX_PURPOSE,
        label="What do you need it for?",
        help_text="For example: comparing the signature on the CMR note. Recorded in the access log with your name.",
        error_messages={"required": "Say what you need it for."},
    )


def purpose_for(request: HttpRequest, about: UUID) -> str | None:
    """What was said for this record, while it lasts."""
    said: dict[str, Any] = request.session.get(IN_SESSION, {}).get(str(about), {})
    if not said or datetime.fromisoformat(said["until"]) < timezone.now():
        return None
    return str(said["purpose"])


def ask_purpose(request: HttpRequest, about: UUID) -> HttpResponseRedirect:
    """Lead to the question and afterwards back to where the person was going."""
    query = urlencode({"about": str(about), "next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('admin:purpose')}?{query}")


def purpose_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """The question. Without a purpose nothing personal is shown."""
    target, about = request.GET.get("next", ""), request.GET.get("about", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("admin:index")
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        until = (timezone.now() + KEPT).isoformat()
        said = {"purpose": form.cleaned_data["purpose"], "until": until}
        request.session[IN_SESSION] = {**request.session.get(IN_SESSION, {}), about: said}
        return HttpResponseRedirect(target)
    context = {**frame, "form": form, "minutes": int(KEPT.total_seconds() // 60), "title": "Personal data"}
    return TemplateResponse(request, "staff/purpose.html", context, status=422 if form.errors else 200)
