"""The table of document types (contract 11)."""

import pytest

from nt24.documents.types import DocumentType, Family, Module, family_of, module_of, types_of

TYPES = {
    Module.ORDER: ["ORDER_PURCHASING_CONTRACT"],
    Module.INVOICE: ["SHIPMENT_PRELIMINARY_INVOICE", "SHIPMENT_INVOICE"],
    Module.PAYMENT: [
        "PAYMENT_BANK_TRANSFER_SCREENSHOT",
        "PAYMENT_CONFIRMATION",
        "PAYMENT_SOURCE_OF_FUNDS_DECLARATION",
    ],
    Module.TRANSPORT: [
        "TRANSPORT_CMR",
        "TRANSPORT_CMR_DELIVERY",
        "TRANSPORT_PICKUP_DECLARATION",
        "TRANSPORT_CONFIRMATION_OF_ARRIVAL",
        "TRANSPORT_PICTURE_OF_TRANSPORT",
    ],
    Module.KYC: [
        "COC_EXTRACT",
        "COC_ARTICLES_OF_ASSOCIATION",
        "BANK_STATEMENT",
        "BANK_ACCOUNT_CONFIRMATION",
        "VAT_CERTIFICATE",
        "VAT_VIES_CONFIRMATION",
        "CONTACT_ID_CARD",
        "CONTACT_PASSPORT",
        "CONTACT_DRIVING_LICENCE",
        "CONTACT_FACE_PICTURE",
        "CONTACT_POWER_OF_ATTORNEY",
        "ADDRESS_PROOF",
        "ADDRESS_UTILITY_BILL",
        "TP_TRADE_LICENCE",
        "TP_UBO_DECLARATION",
        "TP_COMPANY_PROFILE",
        "AML_DECLARATION",
    ],
}


@pytest.mark.parametrize("module", Module)
def test_a_module_takes_the_types_of_the_contract(module):
    assert [type.value for type in types_of(module)] == TYPES[module]


def test_every_type_belongs_to_exactly_one_module():
    assert sorted(type for types in TYPES.values() for type in types) == sorted(DocumentType)


@pytest.mark.parametrize(
    ("type", "family"),
    [
        (DocumentType.COC_EXTRACT, Family.COC),
        (DocumentType.BANK_STATEMENT, Family.BANK),
        (DocumentType.VAT_CERTIFICATE, Family.VAT),
        (DocumentType.CONTACT_PASSPORT, Family.CONTACT),
        (DocumentType.ADDRESS_PROOF, Family.ADDRESS),
        (DocumentType.TP_UBO_DECLARATION, Family.TRADE_PARTNER),
        (DocumentType.AML_DECLARATION, Family.AML),
        (DocumentType.TRANSPORT_CMR, None),
    ],
)
def test_only_kyc_types_have_a_family(type, family):
    assert family_of(type) is family


def test_an_invoice_is_known_by_its_published_prefix():
    assert module_of(DocumentType.SHIPMENT_INVOICE) is Module.INVOICE
