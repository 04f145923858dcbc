"""What kinds of evidence there are and where each belongs (contract 11). Standard library only.

The table is the whole truth: a type missing here cannot be filed, and a type posted to another module is
refused.
"""

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
