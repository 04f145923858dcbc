"""The papers a link can ask for, as people know them: name, explanation, drawing, and what has to be said about one."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from buyers.kyc import AML_DECLARATION, IDENTITY_DOCUMENT, REGISTER_EXTRACT, VAT_REGISTRATION, Need
from nt24.documents.types import DocumentType

Text = str | Promise


@dataclass(frozen=True, slots=True)
class PaperKind:
    """`types` are the kinds to choose from, the first one when nothing is asked; `slug` stands in paths and ids."""

    slug: str
    need: Need
    title: Text
    explanation: Text
    drawing: str
    types: tuple[tuple[DocumentType, Text], ...]
    asks_date: bool = False
    asks_expiry: bool = False
    can_be_filled_in: bool = False


KINDS: tuple[PaperKind, ...] = (
    PaperKind(
        slug="register",
        need=REGISTER_EXTRACT,
        title=_("Company register extract"),
        explanation=_(
            "A recent extract from the commercial register; sole traders send their business registration. "
            "It shows the name, the address and who may sign."
        ),
        drawing="buyers/pages/art/register.html",
        types=((DocumentType.COC_EXTRACT, _("Company register extract")),),
        asks_date=True,
    ),
    PaperKind(
        slug="vat",
        need=VAT_REGISTRATION,
        title=_("Proof of VAT registration"),
        explanation=_(
            "The letter or certificate of your tax office that shows your VAT number for EU trade."
        ),
        drawing="buyers/pages/art/vat.html",
        types=((DocumentType.VAT_CERTIFICATE, _("Proof of VAT registration")),),
        asks_date=True,
    ),
    PaperKind(
        slug="identity",
        need=IDENTITY_DOCUMENT,
        title=_("Identity document"),
        explanation=_("Of the person who buys for the company. It has to be valid."),
        drawing="buyers/pages/art/identity.html",
        types=(
            (DocumentType.CONTACT_ID_CARD, _("Identity card")),
            (DocumentType.CONTACT_PASSPORT, _("Passport")),
            (DocumentType.CONTACT_DRIVING_LICENCE, _("Driving licence")),
        ),
        asks_expiry=True,
    ),
    PaperKind(
        slug="declaration",
        need=AML_DECLARATION,
        title=_("Anti-money-laundering declaration"),
        explanation=_(
            "A few questions about the owners of the company and the source of the money. "
            "You answer them here; nothing has to be printed."
        ),
        drawing="buyers/pages/art/declaration.html",
        types=((DocumentType.AML_DECLARATION, _("Anti-money-laundering declaration")),),
        asks_date=True,
        can_be_filled_in=True,
    ),
)
KIND_OF_NEED = {kind.need: kind for kind in KINDS}
TITLE_OF_TYPE = {type: kind.title for kind in KINDS for type, _label in kind.types}
