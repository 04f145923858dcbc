"""The anti-money-laundering declaration: its questions, and the answers as a PDF in the buyer's language and English.

It is typed, not signed by hand; that it came through the link of one invitation is what ties it to the buyer.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from buyers.pages.countries import countries
from nt24.addresses import Address, one_line
from nt24.documents.pdf import render
from nt24.documents.sealing import SealingFailed, SigningKeyUnusable, seal
from nt24.errors import Unavailable

Source = Literal["BUSINESS", "LOAN", "OWNERS", "SALE", "OTHER"]

TITLE = _("Anti-money-laundering declaration")
PERSON = _("First and last name")
ROLE = _("Position in the company")
HAS_OWNERS = _(
    "Does a natural person own or control more than 25 percent of the company, directly or indirectly?"
)
OWNERS = _("Beneficial owners")
EXPOSED = _("Which person, and which public office?")
IS_EXPOSED = _("Is the declaring person or one of the owners a politically exposed person?")
SOURCE = _("What is the car paid from?")
SOURCE_DETAILS = _("Details")
CONFIRMATION = _(
    "The company acts for itself and not for somebody else. My answers are true and complete, and I will report any "
    "change without delay."
)
SOURCES: dict[Source, Promise] = {
    "BUSINESS": _("Income of the business"),
    "LOAN": _("Loan or credit line of a bank"),
    "OWNERS": _("Money of the owners"),
    "SALE": _("Sale of vehicles or other property"),
    "OTHER": _("Other"),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """`nationality` is ISO 3166 alpha-2; `share` in percent, 0 for who controls without one."""

    name: str
    born_on: date
    nationality: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Declaration:
    """What was answered; `language` is the one in which it was read and confirmed."""

    invitation_uuid: UUID
    language: str
    seller_name: str
    company_name: str
    vat_number: str
    address: Address
    person: str
    role: str
    owners: tuple[Owner, ...]
    is_exposed: bool
    exposed_person: str
    exposed_office: str
    source: Source
    source_details: str
    signature: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text in the buyer's language and, where it differs, in English; what a person typed stands once."""

    text: str
    english: str = ""
    typed: tuple[str, ...] = field(default=())


class DeclarationNotSealed(Unavailable):
    def __init__(self) -> None:
        super().__init__("The declaration cannot be sealed at the moment.")


def declaration_pdf(declaration: Declaration) -> bytes:
    """A sealed PDF/A of one page or two. Takes up to a second: never inside a transaction.

    :raises DeclarationNotSealed: the seal or its time stamp cannot be had at the moment.
    """
    said = Wording(declaration.language)
    context = {
        "declaration": declaration,
        "language": declaration.language,
        "heading": said.phrase(TITLE),
        "lines": lines_of(declaration, said),
        "confirmation": said.phrase(CONFIRMATION),
        "signed_on": said.day(declaration.signed_at),
        "signature_label": said.phrase(_("Typed signature")),
        "date_label": said.phrase(_("Date")),
        "to_label": said.phrase(_("Addressed to")),
        "made_how": said.phrase(
            _("Made electronically behind a personal link, valid without a signature by hand.")
        ),
    }
    title = f"{said.phrase(TITLE).text}, {declaration.company_name}"
    _html, pdf = render(
        "buyers/pdf/aml_declaration.html", context, title=title, created_at=declaration.signed_at
    )
    try:
        return seal(
            pdf, reason=f"Seals the AML declaration of {declaration.vat_number}", location=settings.PUBLIC_URL
        )
    except (SealingFailed, SigningKeyUnusable) as error:
        raise DeclarationNotSealed from error


@dataclass(frozen=True, slots=True)
class Wording:
    language: str

    def phrase(self, text: Promise) -> Phrase:
        with translation.override("en"):
            english = str(text)
        with translation.override(self.language):
            own = str(text)
        return Phrase(own, english if english != own else "")

    def day(self, moment: date) -> str:
        with translation.override(self.language):
            return date_format(moment, "DATE_FORMAT")

    def owner(self, owner: Owner) -> str:
        """`Jan Kowalski, 1 stycznia 1980, Polska, 50 %`."""
        with translation.override(self.language):
            country = dict(countries()).get(owner.nationality, owner.nationality)
            share = number_format(owner.share.normalize() if owner.share % 1 else int(owner.share))
        return f"{owner.name}, {self.day(owner.born_on)}, {country}, {share}\u00a0%"


def lines_of(declaration: Declaration, said: Wording) -> list[tuple[Phrase, Phrase]]:
    """Question and answer; a question that does not arise is left out."""
    typed = [
        (_("Company"), (declaration.company_name, one_line(declaration.address))),
        (_("VAT number"), (declaration.vat_number,)),
        (PERSON, (declaration.person,)),
        (ROLE, (declaration.role,)),
    ]
    lines = [(said.phrase(question), Phrase("", typed=answer)) for question, answer in typed]
    lines.append((said.phrase(HAS_OWNERS), said.phrase(yes_or_no(bool(declaration.owners)))))
    if declaration.owners:
        owners = tuple(said.owner(owner) for owner in declaration.owners)
        lines.append((said.phrase(OWNERS), Phrase("", typed=owners)))
    lines.append((said.phrase(IS_EXPOSED), said.phrase(yes_or_no(declaration.is_exposed))))
    if declaration.is_exposed:
        typed_in = (declaration.exposed_person, declaration.exposed_office)
        lines.append((said.phrase(EXPOSED), Phrase("", typed=typed_in)))
    lines.append((said.phrase(SOURCE), said.phrase(SOURCES[declaration.source])))
    if declaration.source_details:
        lines.append((said.phrase(SOURCE_DETAILS), Phrase("", typed=(declaration.source_details,))))
    return lines


def yes_or_no(answer: bool) -> Promise:
    return _("Yes") if answer else _("No")
