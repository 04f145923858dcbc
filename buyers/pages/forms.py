"""What people type behind a link. Forms check shape and dates; whether it is taken is the actions' decision."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from buyers import aml_declaration
from buyers.aml_declaration import Owner
from buyers.company_names import WRITTEN_OUT
from buyers.drafts import Facts
from buyers.invitation_models import Prospect
from buyers.pages.catalogue import PaperKind
from buyers.pages.countries import countries
from nt24.folding import words_of
from nt24.partners.days import GRACE
from nt24.vat_numbers import FORM, foreign_sign_in, tidied

MOST_OWNERS = 4
EXPIRED = gettext_lazy("This document has expired. Please send one that is valid.")
YES_OR_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


class DayField(forms.DateField):
    """A date by the browser's own picker, whose value is ISO 8601 in every language."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class YesOrNo(forms.TypedChoiceField):
    widget = forms.RadioSelect

    def __init__(self, **more: Any) -> None:
        super().__init__(choices=YES_OR_NO, coerce="yes".__eq__, **more)


class WhenAsked(forms.CharField):
    """Needed or not by another answer, which the form's own `clean` decides; so the page does not call it optional."""

    is_conditional = True

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)


class PercentField(forms.DecimalField):
    """`50`, `33,3` or `33.3 %`, in any language."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2, **more)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").replace("%", "").replace(",", ".").strip()
        return super().to_python(text)


class AwaitedDay(DayField):
    """Not required at once, and not optional either."""

    is_conditional = True


class FactsForm(forms.Form):
    """What a document asks its sender: which one it is, until when it is valid, the date on it."""

    type = forms.ChoiceField(label=gettext_lazy("Which document?"), widget=forms.RadioSelect)
    expires_on = AwaitedDay(label=gettext_lazy("Valid until"), required=False)
    no_expiry = forms.BooleanField(label=gettext_lazy("It has no expiry date"), required=False)
    document_on = DayField(label=gettext_lazy("Date on the document"), required=False)

    def __init__(self, kind: PaperKind, *args: Any, prefix_of_ids: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.auto_id = f"{kind.slug}{prefix_of_ids}-%s"
        self.kind = kind
        type_field = self.fields["type"]
        assert isinstance(type_field, forms.ChoiceField)
        type_field.choices, type_field.initial = [*kind.types], kind.types[0][0]
        # The script says it before the date is sent; here it is only repeated.
        self.fields["expires_on"].widget.attrs |= {
            "data-not-before": timezone.localdate().isoformat(),
            "data-message": EXPIRED,
        }
        for name, is_asked in (
            ("type", len(kind.types) > 1),
            ("expires_on", kind.asks_expiry),
            ("no_expiry", kind.asks_expiry),
            ("document_on", kind.asks_date),
        ):
            if not is_asked:
                del self.fields[name]

    @property
    def asked(self) -> list[BoundField]:
        """What has to be answered."""
        return [self[name] for name in ("type", "expires_on", "no_expiry") if name in self.fields]

    @property
    def dated(self) -> BoundField | None:
        return self["document_on"] if "document_on" in self.fields else None

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(EXPIRED)
        return day

    def clean_document_on(self) -> date | None:
        day: date | None = self.cleaned_data["document_on"]
        if day is not None and day > timezone.localdate() + GRACE:
            raise forms.ValidationError(_("This date lies in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        if answers.get("expires_on") and answers.get("no_expiry"):
            self.add_error("no_expiry", _("Please enter a date or tick this box, not both."))
        return answers

    def is_open(self) -> bool:
        """Whether the end of an identity document is still to be said."""
        answers = self.cleaned_data
        is_answered = bool(answers.get("expires_on") or answers.get("no_expiry"))
        return self.kind.asks_expiry and not is_answered

    def facts_given(self) -> Facts:
        """A document without a date is dated today; one whose dates are wrong or missing waits for them."""
        answers = self.cleaned_data
        return Facts(
            type=answers.get("type") or self.kind.types[0][0],
            document_on=answers.get("document_on") or timezone.localdate(),
            expires_on=answers.get("expires_on"),
            waits_for_date=bool(self.errors) or self.is_open(),
        )


class AnswerForm(FactsForm):
    """The same, of a document whose file is there already: now it has to be answered."""

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if self.is_open() and "expires_on" not in self.errors and "no_expiry" not in self.errors:
            self.add_error("expires_on", _("Please enter the date, or tick that there is none."))
        return answers


class PaperForm(FactsForm):
    """Files, by the camera or from the disk, and what their document asks. A wrong date does not lose a photo."""

    photo = forms.FileField(required=False, allow_empty_file=True)
    file = forms.FileField(required=False, allow_empty_file=True)

    def asks_for_file(self) -> str:
        """A sentence when there is none, else nothing."""
        return "" if self.chosen_files else _("Take a photo or choose a file first.")

    @property
    def chosen_files(self) -> list[UploadedFile]:
        return [file for name in ("file", "photo") for file in self.files.getlist(name)] if self.files else []

    def is_acceptable(self) -> bool:
        """Whether its files can be kept, whatever is to be said about the dates."""
        return bool(self.chosen_files) and not set(self.errors) - {"expires_on", "no_expiry", "document_on"}


class SubmissionForm(forms.Form):
    declared = forms.BooleanField(
        label=gettext_lazy(
            "The documents are genuine, complete and unchanged, and I may hand them over for the company."
        ),
        error_messages={
            "required": gettext_lazy("Please tick the box to confirm that the documents are genuine.")
        },
    )
    use_required_attribute = False  # the sentence comes from us, in the language of the page

    def add_error(self, field: str | None, error: Any) -> None:
        """A box that was left empty is where the page opens, with a script or without."""
        super().add_error(field, error)
        self.fields["declared"].widget.attrs["autofocus"] = True


def typed_into(
    form: forms.Form | type[forms.Form], typed: Mapping[str, str] | None, *, prefix: str = ""
) -> dict[str, str]:
    """Of everything that a browser has sent, what belongs to this form, as its `initial`."""
    return (
        {name: typed[prefix + name] for name in form.base_fields if prefix + name in typed} if typed else {}
    )


class OwnerForm(forms.Form):
    """One beneficial owner. Needed as a whole or not at all, which the declaration decides."""

    name = forms.CharField(label=aml_declaration.PERSON, max_length=120)
    born_on = DayField(label=gettext_lazy("Date of birth"))
    nationality = forms.ChoiceField(label=gettext_lazy("Nationality"), choices=countries)
    share = PercentField(label=gettext_lazy("Share in percent"))

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        if born_on > timezone.localdate():
            raise forms.ValidationError(_("This date lies in the future."))
        return born_on


class DeclarationForm(forms.Form):
    """The questions of the anti-money-laundering declaration, asked of the person who fills it in."""

    person = forms.CharField(
        label=gettext_lazy("Your first and last name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    role = forms.CharField(
        label=gettext_lazy("Your position in the company"),
        help_text=gettext_lazy("For example: owner, managing director, authorised representative"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    has_owners = YesOrNo(label=aml_declaration.HAS_OWNERS)
    is_exposed = YesOrNo(
        label=gettext_lazy("Are you or one of the owners a politically exposed person?"),
        help_text=gettext_lazy(
            "Somebody who holds or has held a high public office, such as a minister, a member of parliament, a "
            "judge of a supreme court or an ambassador, and close family and close business partners of such a person."
        ),
    )
    exposed_person = WhenAsked(
        label=gettext_lazy("If yes: first and last name of this person"), max_length=120
    )
    exposed_office = WhenAsked(
        label=gettext_lazy("Which public office, in which country, since when?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    source = forms.ChoiceField(
        label=aml_declaration.SOURCE, choices=[*aml_declaration.SOURCES.items()], widget=forms.RadioSelect
    )
    source_details = WhenAsked(
        label=aml_declaration.SOURCE_DETAILS,
        help_text=gettext_lazy("Needed for “Other”; otherwise only if you would like to explain."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    confirmed = forms.BooleanField(label=aml_declaration.CONFIRMATION)
    signature = forms.CharField(
        label=gettext_lazy("Signature: type your first and last name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, typed: Mapping[str, str] | None = None) -> None:
        """`typed`: what was filled in so far, shown again without judging it."""
        super().__init__(data, initial=typed_into(self, typed))
        self.owners = [
            OwnerForm(
                data,
                prefix=f"owner{number}",
                initial=typed_into(OwnerForm, typed, prefix=f"owner{number}-"),
                empty_permitted=True,
                use_required_attribute=False,
            )
            for number in range(1, MOST_OWNERS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        if answers.get("has_owners"):
            self.clean_owners()
        if answers.get("is_exposed"):
            for name in ("exposed_person", "exposed_office"):
                if not answers.get(name):
                    self.add_error(name, _("Please answer this as well."))
        if answers.get("source") == "OTHER" and not answers.get("source_details"):
            self.add_error("source_details", _("Please explain where the money comes from."))
        if is_other_name(answers.get("person"), answers.get("signature")):
            wrong = _("Please sign with the name that you have entered above: %(name)s.")
            self.add_error("signature", wrong % {"name": answers["person"]})
        return answers

    def clean_owners(self) -> None:
        """The first owner is needed, the others only where something was typed."""
        self.owners[0].empty_permitted = False
        if not all(owner.is_valid() for owner in self.owners):
            self.add_error("has_owners", _("Please complete the owners below."))
        elif sum(owner.cleaned_data.get("share", 0) for owner in self.owners) > 100:
            self.add_error("has_owners", _("Together the owners cannot hold more than 100 percent."))

    def owners_named(self) -> tuple[Owner, ...]:
        if not self.cleaned_data["has_owners"]:
            return ()
        return tuple(Owner(**owner.cleaned_data) for owner in self.owners if owner.has_changed())


def is_other_name(name: str | None, signature: str | None) -> bool:
    """Whether both were typed and differ in more than people differ in writing their own name.

    Case, blanks, hyphens, accents and their stand-ins (`ue` for `ü`) and the order of the names do not matter.
    """
    return bool(name and signature) and not spellings_of(name or "") & spellings_of(signature or "")


def spellings_of(name: str) -> set[tuple[str, ...]]:
    """The words of a name in one order, with marks dropped and with marks written out."""
    return {tuple(sorted(words_of(way))) for way in (name, name.casefold().translate(WRITTEN_OUT))}


class ProspectForm(forms.Form):
    """Who would like to buy. A consumer has no company and no VAT number."""

    type = forms.ChoiceField(
        label=gettext_lazy("I buy"),
        widget=forms.RadioSelect,
        initial=Prospect.Type.COMPANY,
        choices=(
            (Prospect.Type.COMPANY.value, gettext_lazy("for a company")),
            (Prospect.Type.CONSUMER.value, gettext_lazy("as a private person")),
        ),
    )
    company_name = WhenAsked(
        label=gettext_lazy("Company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    vat_number = WhenAsked(
        label=gettext_lazy("VAT number"),
        help_text=gettext_lazy("With the letters of the country, for example PL5260001246"),
        max_length=25,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    street = forms.CharField(
        label=gettext_lazy("Street and number"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    post_code = forms.CharField(
        label=gettext_lazy("Post code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=countries,
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    first_name = forms.CharField(
        label=gettext_lazy("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def clean_vat_number(self) -> str:
        number = tidied(self.cleaned_data["vat_number"])
        if sign := foreign_sign_in(number):
            raise forms.ValidationError(
                _(
                    "“%(sign)s” is not a Latin letter or a digit. Please type the VAT number with Latin letters."
                ),
                params={"sign": sign},
            )
        return number

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        if answers.get("type") == Prospect.Type.CONSUMER:
            return {**answers, "company_name": "", "vat_number": ""}
        if not answers.get("company_name"):
            self.add_error("company_name", _("Please enter the name of the company."))
        if "vat_number" in answers and not FORM.fullmatch(answers["vat_number"]):
            self.add_error("vat_number", _("A VAT number starts with two letters, for example PL5260001246."))
        return answers
