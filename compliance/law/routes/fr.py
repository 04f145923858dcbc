"""France: free evidence (Article 262 ter I CGI)."""

from compliance.law.evidence import Kind
from compliance.law.facts import Supply
from compliance.law.findings import review
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.parts import (
    confirmed_by_buyer,
    has,
    paid_by_buyer,
    received_freight_note,
    registration_of_buyer,
    unsigned_freight_note,
)


def free_evidence(s: Supply) -> Answer:
    """Any document that shows the delivery, supported by a second one; a person judges what is less."""
    arrival = received_freight_note(s) + registration_of_buyer(s)
    if not arrival:
        return Lacks(review("CMR_BOX24_UNSIGNED")) if unsigned_freight_note(s) else NOT_BEGUN
    support = paid_by_buyer(s) or confirmed_by_buyer(s) or has(s, Kind.CARRIER_INVOICE)
    return None if support or arrival > 1 else Lacks(review("SECOND_ITEM_MISSING"))


ROUTES = (
    Route("FR-free evidence", ("Art. 262 ter I CGI", "CJEU C-639/24"), 2, "A CMR note signed by the buyer or the registration abroad, and bank proof of the payment", free_evidence),
)  # fmt: skip
