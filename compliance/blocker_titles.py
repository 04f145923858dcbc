"""Every blocker's code in a few words, for lists that staff read. Standard library only."""

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    # Buyer
    "DOCUMENTS_MISSING": "Documents of the buyer missing",
    "VIES_NOT_CHECKED": "VAT number not checked yet",
    "VIES_UNAVAILABLE": "VIES has never answered",
    "VIES_INVALID": "VAT number not valid",
    "VERIFICATION_PENDING": "Identity not verified yet",
    "VERIFICATION_REJECTED": "Identity rejected",
    "AML_PENDING": "AML screening not finished",
    "AML_FLAGGED": "AML screening has a hit",
    "BUYER_BLOCKED": "Buyer blocked",
    "VAT_ID_OF_DEPARTURE_STATE": "VAT number of the departure state",
    # Invoice
    "MISSING_INVOICE": "Invoice missing",
    "MISSING_INVOICE_PDF": "PDF of the invoice missing",
    "INVOICE_TOTAL_MISMATCH": "Invoice total differs from the order",
    "INVOICE_VAT_MISMATCH": "Invoice shows VAT where it may not",
    "BUYER_NAME_MISMATCH": "Invoice names another buyer",
    "MARGIN_SCHEME": "Margin scheme",
    "FINAL_INVOICE_VAT_MISMATCH": "Final invoice contradicts the verdict",
    # Payment
    "MISSING_PAYMENT": "Payment missing",
    "MISSING_PAYMENT_PROOF": "Proof of payment missing",
    "AMOUNT_MISMATCH": "Paid amount differs from the invoice",
    "IBAN_MISMATCH": "Paid from an unknown account",
    "NOT_READY_FOR_PICKUP": "Not declared ready for pickup",
    # Transport
    "PICKUP_NOT_CONFIRMED": "Pickup not confirmed",
    "DELIVERY_NOT_CONFIRMED": "Delivery not confirmed",
    "MISSING_CMR": "CMR missing",
    "MISSING_PICKUP_DECLARATION": "Pickup declaration missing",
    "MISSING_DELIVERY_PROOF": "Proof of delivery missing",
    "VIES_PENDING": "Daily VIES check outstanding",
    "DESTINATION_NOT_CROSS_BORDER": "Delivered in the departure state",
    "EVIDENCE_DEADLINE_PASSED": "Deadline for evidence passed",
}
