"""Every blocker once: its name for people, how urgent it is, what removes it. Standard library only.

`KINDS` stands in the order of urgency, and whatever ranks blockers (the next step of a case, the reason in the list of
orders) reads that order: stop signs first, then the buyer, then the deal as it goes on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """`move` names the button of the case that removes it, `part` the section of the buyer's page where that is done.

    `is_stop`: nobody goes on before a person has decided, whatever else is open. `is_fatal` is contract 10's ✗: on an
    order that is ready for pickup the supply is taxed. `is_wait`: it goes by itself. `is_waivable`: an override to
    VALID_EXPORT may set it aside (ADR 0022); the others have a decision of their own, or have not happened.
    """

    code: str
    title: str
    move: str = ""
    part: str = ""
    is_stop: bool = False
    is_fatal: bool = False
    is_wait: bool = False
    is_waivable: bool = True


KINDS: tuple[Kind, ...] = (
    # Stop signs
    Kind("AML_FLAGGED", "AML screening has a hit", part="identity", is_stop=True, is_waivable=False),
    Kind("BUYER_BLOCKED", "Buyer blocked", part="buyer", is_stop=True, is_waivable=False),
    Kind("VERIFICATION_REJECTED", "Identity rejected", part="identity", is_stop=True, is_fatal=True),
    Kind("VIES_INVALID", "VAT number not valid", part="vies", is_stop=True, is_fatal=True),
    Kind(
        "VAT_ID_OF_DEPARTURE_STATE", "VAT number of the departure state", part="buyer", is_stop=True, is_fatal=True
    ),
    Kind(
        "DESTINATION_NOT_CROSS_BORDER", "Delivered in the departure state", "revoke-delivery",
        is_stop=True, is_fatal=True,
    ),
    Kind("DESTINATION_OUTSIDE_VAT_TERRITORY", "Outside the EU VAT territory", "revoke-delivery", is_stop=True),
    Kind("MARGIN_SCHEME", "Margin scheme", "change-invoice", is_stop=True, is_fatal=True),
    Kind(
        "AML_PENDING", "AML screening not finished", part="identity",
        is_stop=True, is_wait=True, is_waivable=False,
    ),
    # The buyer
    Kind("VERIFICATION_PENDING", "Identity not verified yet", part="identity"),
    Kind("DOCUMENTS_MISSING", "Buyer documents missing", part="papers"),
    Kind("VIES_NOT_CHECKED", "VAT number not checked yet", part="vies"),
    Kind("VIES_UNAVAILABLE", "VIES has never answered", part="vies", is_wait=True),
    # The deal. What is wrong comes before what is missing, a paper at hand before a milestone that may be days away.
    Kind("MISSING_INVOICE", "Invoice missing", "submit-invoice", is_waivable=False),
    Kind("INVOICE_VAT_MISMATCH", "Invoice shows VAT where it must not", "change-invoice"),
    Kind("INVOICE_TOTAL_MISMATCH", "Invoice total differs from the order", "change-invoice"),
    Kind("BUYER_NAME_MISMATCH", "Invoice names another buyer", "change-invoice"),
    Kind("MISSING_INVOICE_PDF", "Invoice PDF missing", "file-invoice-document"),
    Kind("MISSING_PAYMENT", "Payment missing", "submit-payment", is_waivable=False),
    Kind("AMOUNT_MISMATCH", "Paid amount differs from the invoice", "change-payment"),
    Kind("IBAN_MISMATCH", "Paid from an unknown account", "change-payment"),
    Kind("MISSING_PAYMENT_PROOF", "Proof of payment missing", "file-payment-document"),
    Kind("NOT_READY_FOR_PICKUP", "Not marked ready for pickup", "ready-for-pickup", is_waivable=False),
    Kind("MISSING_CMR", "CMR missing", "file-transport-document"),
    Kind("MISSING_PICKUP_DECLARATION", "Pickup declaration missing", "file-transport-document"),
    Kind("VIES_PENDING", "Daily VIES check due", part="vies", is_wait=True),
    Kind("PICKUP_NOT_CONFIRMED", "Pickup not confirmed", "confirm-pickup", is_waivable=False),
    Kind("MISSING_DELIVERY_PROOF", "Proof of delivery missing", "file-transport-document"),
    Kind("EVIDENCE_DEADLINE_PASSED", "Deadline for evidence passed", "file-transport-document", is_fatal=True),
    Kind("DELIVERY_NOT_CONFIRMED", "Delivery not confirmed", "confirm-delivery", is_waivable=False),
    Kind("FINAL_INVOICE_VAT_MISMATCH", "Final invoice contradicts the verdict", "change-final-invoice"),
)  # fmt: skip

KIND_OF: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}
RANK: Mapping[str, int] = {kind.code: place for place, kind in enumerate(KINDS)}
FATAL = frozenset(kind.code for kind in KINDS if kind.is_fatal)
NEVER_WAIVED = frozenset(kind.code for kind in KINDS if not kind.is_waivable)


def kind_of(code: str) -> Kind:
    """Of a code that a newer version has stored, its name and nothing else."""
    return KIND_OF.get(code) or Kind(code, code)


def by_urgency(codes: Iterable[str]) -> list[str]:
    return sorted(codes, key=lambda code: RANK.get(code, len(KINDS)))


def main_of(codes: Iterable[str], decision: str) -> str:
    """The one that says most about an order: once VAT applies the reason for it, else the most urgent; "" without."""
    ranked = by_urgency(codes)
    reasons = [code for code in ranked if code in FATAL] if decision == "VAT_APPLICABLE" else []
    return next(iter(reasons or ranked), "")
