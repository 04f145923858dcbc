"""What an auditor takes along: the orders of a period and their recapitulative statement, and one case as a folder."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from compliance.period import Period
from compliance.period_files import LISTS, csv_response, workbook_response
from nt24.errors import ValidationFailed
from nt24.partners.models import Organization, Seller
from nt24.people.staff import actor_of

EXPORTS_EVIDENCE = "audit.export_evidence"
FORMATS = [
    ("xlsx", "Excel workbook with both lists"),
    *((f"csv {name}", f"CSV: {name.replace('-', ' ')}") for name in LISTS),
]


def day(label: str, help_text: str) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PeriodForm(forms.Form):
    """`of` is an organization or a seller; empty for all."""

    first = day("From", "The first day, in UTC.")
    last = day("To", "The last day, included.")
    organization = forms.ModelChoiceField(
        Organization.objects.all(), required=False, empty_label="all", help_text="Of one organization only."
    )
    seller = forms.ModelChoiceField(
        Seller.objects.all(), required=False, empty_label="all", help_text="Of one seller only."
    )
    by_creation = forms.BooleanField(
        required=False,
        label="All orders placed in the period, decided or not",
        help_text="Otherwise the orders whose standing decision was made in the period.",
    )
    form = forms.ChoiceField(
        choices=FORMATS,
        initial="xlsx",
        label="As",
        help_text="The recapitulative statement has the supplies with the decision VALID_EXPORT"
        " (Art. 262 to 264 of Directive 2006/112/EC).",
    )
    purpose = forms.CharField(
        max_length=100, label="What do you need it for?", help_text="Stands in the trail beside your name."
    )


def last_month() -> dict[str, date]:
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    return {"first": last.replace(day=1), "last": last}


def exports_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponseBase:
    """:raises PermissionDenied: this person takes nothing along."""
    if not request.user.has_perm(EXPORTS_EVIDENCE):
        raise PermissionDenied
    form = PeriodForm(request.POST) if request.method == "POST" else PeriodForm(initial=last_month())
    if request.method == "POST" and form.is_valid():
        try:
            return exported(request, form.cleaned_data)
        except ValidationFailed as error:
            form.add_error("last", error.errors[0].message)
    context = {**frame, "title": "Exports", "form": form}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "compliance/staff/exports.html", context, status=status)


def exported(request: HttpRequest, wanted: dict[str, Any]) -> HttpResponseBase:
    """:raises ValidationFailed: the period ends before it begins."""
    period = Period(
        first=wanted["first"],
        last=wanted["last"],
        organization=wanted["organization"],
        seller=wanted["seller"],
        is_by_creation=wanted["by_creation"],
    )
    by = actor_of(request.user)
    kind, _, name = wanted["form"].partition(" ")
    if kind == "xlsx":
        return workbook_response(period, by=by, purpose=wanted["purpose"])
    return csv_response(name, period, by=by, purpose=wanted["purpose"])
