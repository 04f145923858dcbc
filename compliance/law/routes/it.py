"""Italy: Article 41 DL 331/1993, practice collected in circular 12/E/2020."""

from datetime import timedelta

from compliance.law.facts import Arranger, Supply
from compliance.law.findings import Finding, flag, wait
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.parts import paid_by_buyer, received_freight_note, unsigned_freight_note

BUYERS_TERM = timedelta(days=90)  # Art. 7(1) D.Lgs. 471/1997: arrival, where the buyer transports


def practice(s: Supply) -> Answer:
    """The CMR note signed by the recipient, payment by bank, contract and Intrastat list."""
    if not paid_by_buyer(s):
        return NOT_BEGUN
    if received_freight_note(s):
        return None
    return Lacks(wait("CMR_BOX24_UNSIGNED")) if unsigned_freight_note(s) else NOT_BEGUN


def ninety_days(s: Supply) -> tuple[Finding, ...]:
    arrived_on = s.movement.end_on or s.on
    late = s.movement.arranged_by is Arranger.BUYER and arrived_on > s.movement.start_on + BUYERS_TERM
    return flag("IT_90_DAYS") if late else ()


ROUTES = (
    Route("IT-prassi 12/E", ("Art. 41(1)(a) DL 331/1993", "Circ. 12/E/2020"), 2, "The CMR note signed by the recipient, and bank proof of the payment", practice),
)  # fmt: skip
