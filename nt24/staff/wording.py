"""The words on the pages for members of the wire; a member that is not named here is spelled out from its name."""

import re
from collections.abc import Mapping

from nt24.documents.types import TITLES

LABELS: Mapping[str, str] = {
    "vin": "VIN",
    "vins": "Vehicles",
    "kycMode": "KYC mode",
    "vatNumber": "VAT number",
    "vatIncluded": "VAT is included",
    "marginScheme": "Margin scheme",
    "vatRate": "VAT rate in percent",
    "vatAmount": "VAT within the amount",
    "sourceIban": "IBAN it was paid from",
    "newSourceIban": "The buyer declares this account as a new one",
    "externalOrderId": "External order id",
    "signedWet": "Signed by hand on paper",
    "postCode": "Post code",
    "email": "E-mail",
    "recipientEmail": "E-mail of the recipient",
    "adminEmail": "E-mail of the administrator",
    "url": "URL",
    "allSellers": "All sellers",
    "partnerIds": "Sellers",
    "eventType": "Event type",
    "expiresInDays": "Days until it expires",
    "rateLimitTier": "Tier",
    "readLimit": "Reads a minute",
    "writeLimit": "Writes a minute",
    "webhookLimit": "Webhook calls a minute",
    "allowMarketplaceLedKyc": "Collects KYC papers itself",
    "allowMultiVinOrders": "Orders with several vehicles",
    "allowContactPersonalData": "Reads contact persons",
    "allowKycDocumentDownload": "Downloads KYC papers",
    "manageClients": "Clients renew each other's secrets",
    "documentDate": "Date on the document",
    "expiresAt": "Valid until",
    "viesLastCheckedAt": "VIES last answered",
    "viesResult": "VIES says",
    "kycVerificationStatus": "Verification",
    "ibanConsistent": "IBAN is known",
    "cmrUploaded": "CMR is there",
    "dailyViesChecksActive": "Daily VIES checks",
    "contacts": "Contact",
    "keepsContact": "Keep the person as a contact",
    "removesLogo": "Remove the logo",
    "accent": "Colour",
}

# Codes that say something else when they are spelled out. A verdict has one name, wherever it is shown.
SAID_AS: Mapping[str, str] = {
    **TITLES,
    "COMPLIANCE_VALID": "Valid export",
    "COMPLIANCE_INVALID": "VAT applicable",
    "COMPANY_TRANSPORT": "Carrier",
    "SELF_PICKUP": "Buyer collects",
    "MARKETPLACE_LED": "Marketplace-led (Mode A)",
    "NT24_LED": "NT24-led (Mode B)",
    "CLEAR": "No hit",
    "FLAGGED": "Hit",
    "WEB_APP": "Portal",
    "SCAN_PENDING": "Virus scan pending",
    "SCAN_INFECTED": "In quarantine",
}

WRITTEN_LARGE = [
    "AML",
    "API",
    "CMR",
    "COC",
    "CSV",
    "DPA",
    "IBAN",
    "ID",
    "KYC",
    "NT24",
    "PDF",
    "URL",
    "VAT",
    "VIES",
    "VIN",
]
WRITTEN_AS: Mapping[str, str] = {
    **{word.lower(): word for word in WRITTEN_LARGE},
    "idenfy": "iDenfy",
    "sha256": "SHA-256",
    # Families of document types (contract 11), which are no words.
    "coc": "company register",
    "tp": "dealer's",
    "ubo": "UBO",
}


def label_of(path: str) -> str:
    """`collectionAddress.postCode` → `Post code`."""
    name = re.sub(r"\[[0-9]+\]", "", path).rpartition(".")[2]
    return LABELS.get(name) or spelled(name)


def spelled(name: str) -> str:
    """`pickupDate` → `Pickup date`."""
    return in_words(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def in_words(code: str) -> str:
    """`VAT_APPLICABLE` → `VAT applicable`, `payment.ready_for_pickup` → `Payment ready for pickup`."""
    if said := SAID_AS.get(code.upper()):
        return said
    words = [WRITTEN_AS.get(word, word) for word in re.split(r"[._ ]+", code.lower())]
    return " ".join((words[0][:1].upper() + words[0][1:], *words[1:]))
