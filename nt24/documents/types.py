"""What kinds of evidence there are and where each belongs (contract 11). Standard library only.

The table is the whole truth: a type missing here cannot be filed, and a type posted to another module is
refused.
"""

from collections.abc import Mapping
from enum import StrEnum


class Module(StrEnum):
    """The parent a document is filed under; all but KYC hang on an order."""

    ORDER = "ORDER"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"
    TRANSPORT = "TRANSPORT"
    KYC = "KYC"


class DocumentType(StrEnum):
    ORDER_PURCHASING_CONTRACT = "ORDER_PURCHASING_CONTRACT"

    SHIPMENT_PRELIMINARY_INVOICE = "SHIPMENT_PRELIMINARY_INVOICE"
    SHIPMENT_INVOICE = "SHIPMENT_INVOICE"

    PAYMENT_BANK_TRANSFER_SCREENSHOT = "PAYMENT_BANK_TRANSFER_SCREENSHOT"
    PAYMENT_CONFIRMATION = "PAYMENT_CONFIRMATION"
    PAYMENT_SOURCE_OF_FUNDS_DECLARATION = "PAYMENT_SOURCE_OF_FUNDS_DECLARATION"

    TRANSPORT_CMR = "TRANSPORT_CMR"
    TRANSPORT_CMR_DELIVERY = "TRANSPORT_CMR_DELIVERY"
    TRANSPORT_PICKUP_DECLARATION = "TRANSPORT_PICKUP_DECLARATION"
    TRANSPORT_CONFIRMATION_OF_ARRIVAL = "TRANSPORT_CONFIRMATION_OF_ARRIVAL"
    TRANSPORT_PICTURE_OF_TRANSPORT = "TRANSPORT_PICTURE_OF_TRANSPORT"

    COC_EXTRACT = "COC_EXTRACT"
    COC_ARTICLES_OF_ASSOCIATION = "COC_ARTICLES_OF_ASSOCIATION"
    BANK_STATEMENT = "BANK_STATEMENT"
    BANK_ACCOUNT_CONFIRMATION = "BANK_ACCOUNT_CONFIRMATION"
    VAT_CERTIFICATE = "VAT_CERTIFICATE"
    VAT_VIES_CONFIRMATION = "VAT_VIES_CONFIRMATION"
    CONTACT_ID_CARD = "CONTACT_ID_CARD"
    CONTACT_PASSPORT = "CONTACT_PASSPORT"
    CONTACT_DRIVING_LICENCE = "CONTACT_DRIVING_LICENCE"
    CONTACT_FACE_PICTURE = "CONTACT_FACE_PICTURE"
    CONTACT_POWER_OF_ATTORNEY = "CONTACT_POWER_OF_ATTORNEY"
    ADDRESS_PROOF = "ADDRESS_PROOF"
    ADDRESS_UTILITY_BILL = "ADDRESS_UTILITY_BILL"
    TP_TRADE_LICENCE = "TP_TRADE_LICENCE"
    TP_UBO_DECLARATION = "TP_UBO_DECLARATION"
    TP_COMPANY_PROFILE = "TP_COMPANY_PROFILE"
    AML_DECLARATION = "AML_DECLARATION"


# What people call each; the only titles there are, on pages, in lists and in the Export File.
TITLES: Mapping[str, str] = {
    DocumentType.ORDER_PURCHASING_CONTRACT: "Purchase contract",
    DocumentType.SHIPMENT_PRELIMINARY_INVOICE: "Preliminary invoice",
    DocumentType.SHIPMENT_INVOICE: "Final invoice",
    DocumentType.PAYMENT_BANK_TRANSFER_SCREENSHOT: "Bank transfer, screenshot",
    DocumentType.PAYMENT_CONFIRMATION: "Payment confirmation",
    DocumentType.PAYMENT_SOURCE_OF_FUNDS_DECLARATION: "Source of funds declaration",
    DocumentType.TRANSPORT_CMR: "CMR consignment note at pickup",
    DocumentType.TRANSPORT_CMR_DELIVERY: "CMR consignment note signed at delivery",
    DocumentType.TRANSPORT_PICKUP_DECLARATION: "Pickup declaration",
    DocumentType.TRANSPORT_CONFIRMATION_OF_ARRIVAL: "Confirmation of arrival",
    DocumentType.TRANSPORT_PICTURE_OF_TRANSPORT: "Picture of the transport",
    DocumentType.COC_EXTRACT: "Company register extract",
    DocumentType.COC_ARTICLES_OF_ASSOCIATION: "Articles of association",
    DocumentType.BANK_STATEMENT: "Bank statement",
    DocumentType.BANK_ACCOUNT_CONFIRMATION: "Bank account confirmation",
    DocumentType.VAT_CERTIFICATE: "VAT registration certificate",
    DocumentType.VAT_VIES_CONFIRMATION: "VIES confirmation",
    DocumentType.CONTACT_ID_CARD: "Identity card",
    DocumentType.CONTACT_PASSPORT: "Passport",
    DocumentType.CONTACT_DRIVING_LICENCE: "Driving licence",
    DocumentType.CONTACT_FACE_PICTURE: "Face picture",
    DocumentType.CONTACT_POWER_OF_ATTORNEY: "Power of attorney",
    DocumentType.ADDRESS_PROOF: "Proof of address",
    DocumentType.ADDRESS_UTILITY_BILL: "Utility bill",
    DocumentType.TP_TRADE_LICENCE: "Trade licence",
    DocumentType.TP_UBO_DECLARATION: "Beneficial owner declaration",
    DocumentType.TP_COMPANY_PROFILE: "Company profile",
    DocumentType.AML_DECLARATION: "AML declaration",
}


class Family(StrEnum):
    """What a KYC document shows; a type belongs to the family its name starts with."""

    COC = "COC_"
    BANK = "BANK_"
    VAT = "VAT_"
    CONTACT = "CONTACT_"
    ADDRESS = "ADDRESS_"
    TRADE_PARTNER = "TP_"
    AML = "AML_"


# The other modules are recognised by the beginning of the name; SHIPMENT_ is the published prefix of
# invoices.
PREFIX_OF_MODULE = {
    Module.ORDER: "ORDER_",
    Module.INVOICE: "SHIPMENT_",
    Module.PAYMENT: "PAYMENT_",
    Module.TRANSPORT: "TRANSPORT_",
}

# Documents that carry an end date of their own. The date is stated when one is filed (buyer's page, staff,
# identity provider); the API has no member for it, and without a stated date a document does not expire.
MAY_EXPIRE = frozenset(
    {
        DocumentType.COC_EXTRACT,
        DocumentType.CONTACT_ID_CARD,
        DocumentType.CONTACT_PASSPORT,
        DocumentType.CONTACT_DRIVING_LICENCE,
        DocumentType.CONTACT_POWER_OF_ATTORNEY,
        DocumentType.VAT_CERTIFICATE,
        DocumentType.TP_TRADE_LICENCE,
    }
)


def module_of(type: DocumentType) -> Module:
    """The one module that takes this type."""
    return next(
        (module for module, prefix in PREFIX_OF_MODULE.items() if type.startswith(prefix)), Module.KYC
    )


def types_of(module: Module) -> tuple[DocumentType, ...]:
    """Every type the module takes, in the order of the contract."""
    return tuple(type for type in DocumentType if module_of(type) is module)


def family_of(type: DocumentType) -> Family | None:
    """The KYC family, or `None` for a document of an order."""
    if module_of(type) is not Module.KYC:
        return None
    return next(family for family in Family if type.startswith(family))
