"""The conditions of the exemption, one pure function each: a supply and its pack -> findings. None: it is met.

They answer in the order of `verdict.judge`: what kind of supply it is, whose number it is, and what else the law asks.
Transport is proven by the routes.
"""

from datetime import date, timedelta
from decimal import Decimal

from compliance.law.days import in_next_month, months_after
from compliance.law.evidence import FREIGHT_NOTES, Kind, Paper, Role, contradict, papers_of, predates
from compliance.law.facts import (
    Answer,
    Arranger,
    Carrier,
    DoubtKind,
    PartyKind,
    Statement,
    Supply,
    VatCheck,
)
from compliance.law.findings import Finding, flag, review, tax, wait
from compliance.law.packs import Pack
from compliance.law.territory import Area, area_of, state_of

Findings = tuple[Finding, ...]
NEW_KM, NEW_MONTHS = 6000, 6  # Article 2(2)(b)(i)
CHECK_COUNTS_FOR = timedelta(
    days=45
)  # our setting, not law: how old the last answer before the supply may be
LISTED_PRICE, LISTED_CC = Decimal(50_000), 1900  # Annexes XVIII and XXIII of Regulation (EU) 833/2014
LISTED_FUELS = ("hybrid", "electric")
SANCTIONED = frozenset({"RU", "BY"})
STATEMENT_DUE = 25  # of the next month: the latest day of the states we know
SIGNS_OF_FRAUD = 2  # one sign asks for a look, several ought to have stopped the sale


# --- What kind of supply it is ------------------------------------------------------------------------------------
def sanctions(s: Supply, pack: Pack) -> Findings:
    """Sanctions never change the tax; no verdict is given before somebody has looked."""
    if s.movement.to.country in SANCTIONED and is_listed(s):
        return review("SANCTIONED_DESTINATION") + flag("STOP")
    if s.movement.transit & SANCTIONED or (is_export(s) and DoubtKind.DIVERSION in s.doubts):
        return review("DIVERSION_RISK") + flag("STOP")
    return ()


def is_listed(s: Supply) -> bool:
    """Whether the car is on the lists of Russia and Belarus. Unknown data are not "not listed"."""
    fuel = (s.car.fuel or "").casefold()
    known_as_small = s.car.engine_cc is not None and s.car.engine_cc <= LISTED_CC
    cheap = s.payment is not None and s.payment.currency == "EUR" and s.payment.price <= LISTED_PRICE
    return not (known_as_small and cheap) or any(word in fuel for word in LISTED_FUELS)


def is_export(s: Supply) -> bool:
    return area_of(s.movement.to, s.movement.start_on) is not Area.UNION


def places(s: Supply, pack: Pack) -> Findings:
    """Article 138(1): from one member state to another, both within the VAT territory (Articles 5 to 7)."""
    move = s.movement
    if area_of(move.from_, move.start_on) is not Area.UNION:
        return review("DESTINATION_OUTSIDE_VAT_TERRITORY")
    if is_export(s):
        return ()
    if state_of(move.from_.country, move.start_on) == state_of(move.to.country, move.start_on):
        return tax("DESTINATION_NOT_CROSS_BORDER")
    return () if s.car.has_arrived is not False else tax("ARRIVAL_PROOF_MISSING")


def scheme(s: Supply, pack: Pack) -> Findings:
    """Margin scheme: never exempt within the Union (Article 139(3)), barred for new cars that leave (Article 313(2))."""
    invoice = s.invoice
    both = invoice is not None and invoice.covers_both_schemes
    exempt_words = invoice is not None and bool(invoice.has_exemption_reference) and not both
    margin_words = invoice is not None and invoice.has_margin_words and not both
    if is_export(s):
        return ()  # an export of a margin car is exempt: § 25a(5) UStG, Article 316
    if not s.car.is_margin:
        return review("MARGIN_SCHEME") if margin_words else ()
    if is_new(s):
        data = () if invoice is not None and invoice.has_new_vehicle_data else wait("NEW_VEHICLE_DATA")
        return wait("MARGIN_SCHEME") + data
    if exempt_words or s.car.bought_with_deductible_vat:
        return review("MARGIN_SCHEME")
    shown = invoice is not None and invoice.shows_vat  # owed on top of the tax in the margin: Article 203
    return tax("MARGIN_SCHEME") + (wait("INVOICE_SHOWS_VAT") if shown else ())


def is_new(s: Supply) -> bool | None:
    """Not more than six months after first use, or not more than 6,000 km (Article 2(2)(b)). None: not known."""
    young = (
        None
        if s.car.first_use_on is None
        else s.movement.start_on <= months_after(s.car.first_use_on, NEW_MONTHS)
    )
    fresh = None if s.car.km is None else s.car.km <= NEW_KM
    if young or fresh:
        return True
    return None if young is None or fresh is None else False


def private_buyer(s: Supply, pack: Pack) -> Findings:
    """A private person buys free of VAT only a new vehicle (Article 138(2)(a)) or an export."""
    if s.buyer.kind is not PartyKind.PRIVATE or is_export(s):
        return ()
    if is_new(s):
        invoice = s.invoice
        return () if invoice is None or invoice.has_new_vehicle_data else flag("NEW_VEHICLE_DATA")
    if is_new(s) is None:
        return wait("NEW_VEHICLE_DATA")
    distance = s.movement.arranged_by is Arranger.SELLER
    return tax("BUYER_IS_PRIVATE") + (flag("TAX_DUE_IN_DESTINATION") if distance else ())


def chain(s: Supply, pack: Pack) -> Findings:
    """Article 36a: one transport belongs to one supply of a chain; only that one is exempt."""
    move = s.movement
    if move.arranged_by is Arranger.BUYERS_CUSTOMER or move.owned_by_customer_before_start:
        return tax("CHAIN_SUPPLY_NOT_MOVED")
    if not move.is_resold or move.arranged_by is Arranger.SELLER:
        return ()
    if move.arranged_by is None:
        return review("CHAIN_UNCLEAR")
    # The buyer is the intermediary: with a number of the departure state the transport belongs to the buyer's own supply.
    return tax("VAT_ID_OF_DEPARTURE_STATE", "CHAIN_SUPPLY_NOT_MOVED") if uses_number_of_departure(s) else ()


def exporter(s: Supply, pack: Pack) -> Findings:
    """Article 146(1)(b): who exports the car without the seller must not be established where it leaves from."""
    at_home = state_of(s.buyer.established_in, s.movement.start_on) == state_of(
        s.movement.from_.country, s.movement.start_on
    )
    by_buyer = s.movement.arranged_by is Arranger.BUYER
    return tax("EXPORT_BUYER_ESTABLISHED") if by_buyer and s.buyer.established_in and at_home else ()


# --- Whose number it is -------------------------------------------------------------------------------------------
def uses_number_of_departure(s: Supply) -> bool:
    return s.number is not None and state_of(s.number.state, s.movement.start_on) == state_of(
        s.movement.from_.country, s.movement.start_on
    )


def number(s: Supply, pack: Pack) -> Findings:
    """Article 138(1)(b): a number of a member state other than that of departure, indicated to the seller."""
    if s.number is None or state_of(s.number.state, s.movement.start_on) is None:
        return wait("VAT_ID_NOT_INDICATED")
    if uses_number_of_departure(s):
        return tax("VAT_ID_OF_DEPARTURE_STATE")
    elsewhere = state_of(s.number.state, s.movement.start_on) != state_of(
        s.movement.to.country, s.movement.start_on
    )
    return flag("VAT_ID_NOT_OF_DESTINATION") if elsewhere and not s.movement.is_resold else ()


def valid_at_supply(s: Supply, pack: Pack) -> Findings:
    """The number was valid on the day of the supply. Validity is the condition; a check only proves it."""
    if s.number is None or number(s, pack) not in ((), flag("VAT_ID_NOT_OF_DESTINATION")):
        return ()
    day, (since, until) = s.movement.start_on, (s.number.valid_from, s.number.valid_until)
    if (since and since > day) or (until and until < day):
        return tax("VIES_NOT_VALID_AT_SUPPLY")
    if since:
        return ()
    answer = answer_for(s.checks, day)
    if answer is Answer.INVALID:
        return tax("VIES_NOT_VALID_AT_SUPPLY")
    if answer is Answer.VALID:
        return ()
    return review("VIES_NOT_CHECKED_AT_SUPPLY") if answered(s.checks) else wait("VIES_NOT_CHECKED_AT_SUPPLY")


def answered(checks: tuple[VatCheck, ...]) -> list[VatCheck]:
    return sorted(
        (check for check in checks if check.result is not Answer.UNKNOWN), key=lambda check: check.on
    )


def answer_for(checks: tuple[VatCheck, ...], day: date) -> Answer | None:
    """What the answers say of `day`: that of the day itself, else the last one that is not too old before it."""
    before = [check for check in answered(checks) if day - CHECK_COUNTS_FOR <= check.on <= day]
    return before[-1].result if before else None


def identity(s: Supply, pack: Pack) -> Findings:
    """Number, invoice, recipient and buyer are one company (CJEU C-676/22)."""
    found: list[Finding] = []
    unexplained = [check for check in s.checks if check.name_matches is False and not check.is_explained]
    if unexplained:
        found += review("QUALIFIED_MISMATCH")
    elif any(check.details_match is False for check in s.checks):
        found += flag("QUALIFIED_MISMATCH")
    another = any(check.holder_is_another for check in unexplained)
    invoiced = s.invoice is not None and s.invoice.names_another_buyer
    strangers = [note for note in papers_of(s, *FREIGHT_NOTES) if was_received_by_another(note)]
    if another or invoiced or strangers or DoubtKind.IDENTITY in s.doubts:
        found += review("BUYER_TRUE_IDENTITY_UNCLEAR")
    if any(note.signer_country is None for note in strangers):
        found += review("CHAIN_UNCLEAR")  # nothing is known of who took the car
    return tuple(found)


def was_received_by_another(note: Paper) -> bool:
    return note.signed is not None and note.is_signed_by(Role.OTHER)


# --- What else the law asks ---------------------------------------------------------------------------------------
def statement(s: Supply, pack: Pack) -> Findings:
    """Article 138(1a): the recapitulative statement is a condition; filing late cures, a reason excuses."""
    if (
        s.buyer.kind is PartyKind.PRIVATE
        or is_export(s)
        or s.statement in (Statement.FILED, Statement.NOT_REQUIRED)
    ):
        return ()
    if s.statement is Statement.WRONG:
        return wait("RECAP_STATEMENT_WRONG")
    is_due = s.on > in_next_month(s.movement.start_on, STATEMENT_DUE)
    missing = s.statement is Statement.NOT_FILED and is_due
    return wait("RECAP_STATEMENT_PENDING") if missing else flag("RECAP_STATEMENT_PENDING")


def registration_of_seller(s: Supply, pack: Pack) -> Findings:
    """Who supplies from a state needs a number there (Article 214); without one nothing can be stated."""
    if is_export(s) or s.seller_has_number_in_departure:
        return ()
    if s.seller_has_number_in_departure is False:
        return wait("SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE")
    abroad = state_of(s.seller_state, s.movement.start_on) != state_of(
        s.movement.from_.country, s.movement.start_on
    )
    return flag("SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE") if abroad else ()


def invoice(s: Supply, pack: Pack) -> Findings:
    """Articles 203 and 226. Germany counts the invoice among the proofs (§ 17b(2) no. 1 UStDV), others correct it."""
    if s.invoice is None:
        return wait("INVOICE_COPY_MISSING")
    if s.invoice.shows_vat:
        return wait("INVOICE_SHOWS_VAT")
    if s.invoice.has_margin_words and not s.invoice.covers_both_schemes:
        return ()  # what the scheme's words mean is asked above
    strict = wait if pack.invoice_is_proof else flag
    found: Findings = ()
    if s.invoice.has_exemption_reference is False:
        found += strict("INVOICE_EXEMPTION_REFERENCE_MISSING")
    owes_numbers = s.buyer.kind is not PartyKind.PRIVATE and not is_export(s)
    if owes_numbers and (s.invoice.has_buyer_number is False or s.invoice.has_seller_number is False):
        found += strict("INVOICE_VAT_IDS_MISSING")
    return found


def papers_agree(s: Supply, pack: Pack) -> Findings:
    """Article 45a(1): documents that do not contradict each other, nor the journey, nor the car."""
    own = [paper for paper in papers_of(s, *Kind) if paper.covers(s.car.vin)]
    order = s.order_vins or frozenset({s.car.vin})
    if any(paper.vins and not paper.vins & order for paper in papers_of(s, *Kind)):
        return review("VIN_MISMATCH")
    if any(predates(paper, s.movement) for paper in own):
        return review("EVIDENCE_PREDATES_ARRIVAL")
    return review("EVIDENCE_CONTRADICTS") if not is_export(s) and contradict(own, s.movement.to) else ()


def payment(s: Supply, pack: Pack) -> Findings:
    """Payment is no condition of the exemption. Cash and strange payers raise the care that is owed."""
    if s.payment is None:
        return ()
    found: Findings = ()
    for limit in pack.limits:
        is_in_force = limit.valid_from <= s.movement.start_on and limit.currency == s.payment.currency
        if is_in_force and s.payment.paid_in_cash >= limit.amount:
            found += flag(limit.code)
    return found


def doubts(s: Supply, pack: Pack) -> Findings:
    """Who should have known of fraud loses the exemption whatever the documents say (CJEU C-131/13)."""
    strange_payer = s.payment is not None and s.payment.by_buyer is False
    explained = s.payment is not None and s.payment.is_explained
    signs = s.doubts.count(DoubtKind.FRAUD_SIGN) + (strange_payer and not explained)
    if DoubtKind.DIVERSION in s.doubts:
        return review("DIVERSION_RISK") + flag("STOP")
    if signs >= SIGNS_OF_FRAUD:
        return review("FRAUD_KNOWLEDGE")
    if strange_payer:
        return flag("PAYER_NOT_BUYER") if explained else review("PAYER_NOT_BUYER")
    return ()


def collector(s: Supply, pack: Pack) -> Findings:
    """Whoever hands a car to an agent keeps a copy of the identity document and the authority (§ 6a(4) UStG: care)."""
    if s.movement.carried_by is not Carrier.BUYER or not s.movement.by_agent:
        return ()
    has_id = next(papers_of(s, Kind.COLLECTOR_ID), None)
    return () if has_id else flag("COLLECTOR_ID_MISSING")
