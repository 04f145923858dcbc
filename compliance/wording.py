"""Codes in the words of the people who read an Export File, and the law behind a decision.

Plain English for a tax officer or a dealer. Standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from compliance.law.provisions import EXEMPTION_IN
from nt24.documents.types import TITLES

VERDICTS = {
    "VALID_EXPORT": "VAT-free: conditions met",
    "VAT_APPLICABLE": "VAT must be charged on this supply",
}
# Above a verdict that two members of staff made in place of the rules.
OVERRIDDEN = {
    "VALID_EXPORT": "VAT-free: by decision of two members of staff",
    "VAT_APPLICABLE": "VAT must be charged: by decision of two members of staff",
}
RULES_ALONE = {
    "VALID_EXPORT": "By the rules alone, the supply is VAT-free.",
    "VAT_APPLICABLE": "By the rules alone, VAT must be charged on the supply.",
    "INCOMPLETE": "By the rules alone, there is no verdict yet.",
}

LABELS = {
    # Decisions and statuses
    "VALID_EXPORT": "Valid export",
    "VAT_APPLICABLE": "VAT applicable",
    "VALID": "Valid",
    "INVALID": "Invalid",
    "INCOMPLETE": "Incomplete",
    "COMPLETE": "Complete",
    "PENDING": "Pending",
    "DRAFT": "Draft, no PDF",
    "SUBMITTED": "Submitted, not yet judged",
    "MISSING": "Missing",
    "TRANSPORT_PENDING": "In transit",
    "DELIVERED": "Delivered",
    "NOT_STARTED": "Not started",
    "IN_PROGRESS": "In progress",
    "PARTIAL": "Partly delivered",
    "VERIFIED": "Verified",
    "REJECTED": "Rejected",
    "NOT_APPLICABLE": "Not applicable",
    "CLEAR": "No hit",
    "FLAGGED": "Hit, under review",
    "ACTIVE": "Active",
    "ARCHIVED": "Archived",
    "MET": "Met",
    "OPEN": "Open",
    "FATAL": "Failed",
    "WAIVED": "Set aside",
    # KYC, transport, invoices
    "MARKETPLACE_LED": "Mode A, documents collected by the marketplace",
    "NT24_LED": "Mode B, identity verified through NT24",
    "SELF_PICKUP": "Buyer collects",
    "COMPANY_TRANSPORT": "Carrier",
    "PRELIMINARY": "Preliminary invoice",
    "FINAL": "Final invoice",
    # Sources of an entry
    "API": "API",
    "WEB_APP": "Web",
    "SYSTEM": "System",
    # Modules
    "buyer": "Buyer",
    "order": "Order",
    "invoice": "Invoice",
    "payment": "Payment",
    "transport": "Transport",
    "KYC": "Buyer",
    "ORDER": "Order",
    "INVOICE": "Invoice",
    "PAYMENT": "Payment",
    "TRANSPORT": "Transport",
    **TITLES,
}

# The proof each kind of transport rests on, at pickup and at delivery (contract 10, rules).
TRANSPORT_PROOFS = {
    "COMPANY_TRANSPORT": ("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY"),
    "SELF_PICKUP": ("TRANSPORT_PICKUP_DECLARATION", "TRANSPORT_CONFIRMATION_OF_ARRIVAL"),
}


@dataclass(frozen=True, slots=True)
class LegalReference:
    """`article` as it is cited, `bearing` in one sentence: what it has to do with this decision."""

    article: str
    bearing: str


ART_138 = LegalReference(
    "Article 138(1) of Directive 2006/112/EC",
    "exempts goods sent to another Member State when the buyer is a taxable person identified for VAT in a "
    "Member State other than that of departure and has indicated that number to the seller",
)
ART_138_1A = LegalReference(
    "Article 138(1a) of Directive 2006/112/EC",
    "makes the exemption depend on the recapitulative statement, which the seller files and which is not "
    "part of this file",
)
ART_45A = LegalReference(
    "Article 45a of Implementing Regulation (EU) No 282/2011",
    "lists the items of evidence from which transport to another Member State is presumed; where they are "
    "not all present, transport may be proven under national rules",
)
ART_146 = LegalReference(
    "Article 146(1) of Directive 2006/112/EC",
    "exempts goods sent out of the VAT territory of the EU, by the seller or by a buyer from abroad",
)
ART_139_3 = LegalReference(
    "Article 139(3) of Directive 2006/112/EC",
    "excludes goods taxed under the margin scheme from the exemption",
)
OF_THE_STATE = "transposed the exemption into the law of the state of departure"
FOR_BLOCKER = {
    "VIES_INVALID": ART_138,
    "VAT_ID_OF_DEPARTURE_STATE": ART_138,
    "DESTINATION_NOT_CROSS_BORDER": ART_138,
    "DESTINATION_OUTSIDE_VAT_TERRITORY": ART_146,
    "EVIDENCE_DEADLINE_PASSED": ART_45A,
    "MARGIN_SCHEME": ART_139_3,
    "VERIFICATION_REJECTED": ART_138,
}


def statement(decision: str, *, is_by_staff: bool) -> str:
    """What a decision means, in one line; empty for an unknown one."""
    return (OVERRIDDEN if is_by_staff else VERDICTS).get(decision, "")


def is_by_staff(decision: str, *, override: str, rules_alone: str) -> bool:
    """Whether an override to the decision `override` makes this one; it is empty without an override.

    Not once the rules exempt by themselves, because all that it set aside is mended, nor when something new taxes.
    """
    return override == decision and not decision == rules_alone == "VALID_EXPORT"


def label(code: str) -> str:
    """The words for a code; an unknown code in lower-case words rather than nothing."""
    return LABELS.get(code) or code.replace("_", " ").capitalize()


def why_not_embedded(*, is_archived: bool, is_released: bool, is_personal: bool) -> str:
    """Why an original is only listed."""
    if is_archived:
        return "archived, does not count"
    if not is_released:
        return "not released by the virus scan, does not count"
    if not is_personal:
        return "would make this file too large, kept by NT24"
    return "personal identity document with a shorter retention period"


def legal_references(
    codes_of_blockers: Iterable[str], *, departure_states: Iterable[str]
) -> tuple[LegalReference, ...]:
    """What a decision rests on, most important first. Without fatal blockers: the exemption and its proof.

    `departure_states`: codes of countries; one whose provision we do not know adds nothing to the directive.
    """
    fatal = tuple(dict.fromkeys(FOR_BLOCKER[code] for code in codes_of_blockers if code in FOR_BLOCKER))
    if ART_146 in fatal:
        return fatal  # the national provisions that we know are those of Article 138
    found = fatal or (ART_138, ART_138_1A, ART_45A)
    national = (EXEMPTION_IN[state].cited for state in departure_states if state in EXEMPTION_IN)
    return (*found, *(LegalReference(cited, OF_THE_STATE) for cited in national))
