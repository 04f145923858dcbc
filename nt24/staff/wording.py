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
    "netAmount": "Net amount",
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
    "allowMarketplaceLedKyc": "Collects KYC documents itself",
    "allowMultiVinOrders": "Orders with several vehicles",
    "allowContactPersonalData": "Reads contact persons",
    "allowKycDocumentDownload": "Downloads KYC documents",
    "manageClients": "Clients renew each other's secrets",
    "documentDate": "Date on the document",
    "expiresAt": "Valid until",
    "viesLastCheckedAt": "Last VIES answer",
    "viesResult": "VIES result",
    "kycVerificationStatus": "Verification",
    "ibanConsistent": "IBAN known",
    "cmrUploaded": "CMR received",
    "dailyViesChecksActive": "Daily VIES checks",
    "occurredDate": "Date",
    "contacts": "Contact",
    "more": "Further documents",
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

# Actions of the trail that say too little when they are spelled out.
ACTIONS: Mapping[str, str] = {
    "invoice.preliminary_submitted": "Preliminary invoice submitted",
    "invoice.final_submitted": "Final invoice submitted",
    "invoice.updated": "Invoice corrected",
    "payment.updated": "Payment corrected",
    "payment.ready_for_pickup": "Marked ready for pickup",
    "transport.pickup_confirmed": "Pickup confirmed",
    "transport.pickup_revoked": "Pickup revoked",
    "transport.delivery_confirmed": "Delivery confirmed",
    "transport.delivery_revoked": "Delivery revoked",
    "rollup.status_changed": "Compliance status changed",
    "rollup.decided": "Verdict reached",
    "verdict.override_proposed": "Another verdict proposed",
    "verdict.override_accepted": "Proposed verdict accepted",
    "verdict.override_declined": "Proposed verdict declined",
    "verdict.override_withdrawn": "Proposed verdict withdrawn",
    "verdict.overridden": "Verdict set by two people",
    "verdict.override_ended": "Verdict left to the rules again",
    "document.original_scan_clean": "Virus scan of an original file passed",
    "document.original_scan_infected": "Virus found in an original file",
    "document.scan_clean": "Virus scan passed",
    "document.scan_infected": "Virus found, document in quarantine",
    "document.scan_skipped": "Released without virus scan",
    "export_file.generating": "Export File in progress",
    "export_file.failed": "Export File failed",
    "export_file.ready": "Export File sealed",
    "export_file.requested": "Export File requested",
    "buyer.active": "Buyer unblocked",
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
    name = in_camels(re.sub(r"\[[0-9]+\]", "", path).rpartition(".")[2])
    return LABELS.get(name) or spelled(name)


def in_camels(name: str) -> str:
    """The wire's name of a column: `invoice_on` → `invoiceDate`, `source_iban` → `sourceIban`."""
    first, *others = re.sub(r"_on$", "_date", name).split("_")
    return first + "".join(word.capitalize() for word in others)


def spelled(name: str) -> str:
    """`pickupDate` → `Pickup date`."""
    return in_words(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def in_words(code: str) -> str:
    """`VAT_APPLICABLE` → `VAT applicable`, `payment.ready_for_pickup` → `Payment ready for pickup`."""
    if said := SAID_AS.get(code.upper()):
        return said
    words = [WRITTEN_AS.get(word, word) for word in re.split(r"[._ ]+", code.lower())]
    return " ".join((words[0][:1].upper() + words[0][1:], *words[1:]))
