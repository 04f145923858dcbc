"""The law and the contract's rules as sentences: one small pure function for each blocker (contract 10).

Standard library only, no clock, no I/O. All rules always run and none raises. A rule is named as the sentence that
should be true. It answers `MET` when it is, a `Blocker` when it is not, and `NOT_APPLICABLE` when the sentence is about
something that this sale has not got (yet). Messages hold no personal data and nothing that changes by itself, because
they are stored in the versioned rollup.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from buyers.kyc import missing_needs
from compliance.blockers import FATAL
from compliance.case import Case, InvoiceFacts
from nt24.vat_numbers import state

RULESET = "2026.5"  # bump with any change of this file that can change a verdict

VINS_NAMED = 3  # an order has up to 100 vehicles (contract 7); a message names the first few


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something the verdict waits for or fails on.

    `finding` is the fact, which a sealed file may quote for ever; `remedy` says what to do about it now.
    """

    module: str
    code: str
    finding: str
    remedy: str

    @property
    def message(self) -> str:
        """For partners and staff: what is wrong and what to do."""
        return f"{self.finding} {self.remedy}"

    @property
    def is_fatal(self) -> bool:
        return self.code in FATAL


class Standing(Enum):
    """How a rule stands that objects to nothing."""

    MET = "MET"
    NOT_APPLICABLE = "NOT_APPLICABLE"


MET, NOT_APPLICABLE = Standing.MET, Standing.NOT_APPLICABLE
Answer = Blocker | Standing
Rule = Callable[[Case], Answer]


# Buyer


def buyer_documents_are_complete(case: Case) -> Answer:
    """Contract 6, "Documents needed"."""
    missing = missing_needs(case.buyer.kyc_mode, case.buyer.document_types)
    if not missing:
        return MET
    names = ", ".join(f"{need.title} ({need.name})" for need in missing)
    found = f"Documents of the buyer are missing: {names}."
    return Blocker("buyer", "DOCUMENTS_MISSING", found, "Upload them.")


def vat_number_was_checked(case: Case) -> Answer:
    """Contract 10: never completed, and no outage is the reason."""
    if case.buyer.vies.result is not None:
        return MET
    if case.buyer.vies.outage:
        return NOT_APPLICABLE
    found = "The buyer's VAT number has not been checked with VIES yet."
    remedy = "Wait for the check or start one."
    if case.buyer.vies.requester_refused:
        found = "VIES rejects the seller's own VAT number, so it does not answer about the buyer."
        remedy = "Correct the seller's number. The check is then repeated automatically."
    return Blocker("buyer", "VIES_NOT_CHECKED", found, remedy)


def vies_was_reachable(case: Case) -> Answer:
    """Contract 10: an outage is never an answer; it only blocks while there is no earlier one."""
    if case.buyer.vies.result is not None:
        return MET
    if not case.buyer.vies.outage:
        return NOT_APPLICABLE
    found = "VIES could not be reached and has never answered for this buyer."
    return Blocker("buyer", "VIES_UNAVAILABLE", found, "The check is repeated automatically.")


def vat_number_is_valid(case: Case) -> Answer:
    """Directive 2006/112/EC, Article 138(1)(b): the buyer is identified for VAT in another member state."""
    if case.buyer.vies.result is None:
        return NOT_APPLICABLE
    if case.buyer.vies.result != "INVALID":
        return MET
    found = "VIES did not confirm the buyer's VAT number as valid."
    return Blocker("buyer", "VIES_INVALID", found, "Ask the buyer for a valid number or for a correction.")


def buyer_verification_is_finished(case: Case) -> Answer:
    """Contract 6, Mode B."""
    if case.buyer.kyc_mode != "NT24_LED":
        return NOT_APPLICABLE
    if case.buyer.verification_status in {"VERIFIED", "REJECTED"}:
        return MET
    found = "The buyer's identity verification is not finished."
    return Blocker("buyer", "VERIFICATION_PENDING", found, "Start it, or have the buyer complete it.")


def buyer_verification_is_not_rejected(case: Case) -> Answer:
    """Contract 6, Mode B: who bought must be known."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.verification_status not in {"VERIFIED", "REJECTED"}:
        return NOT_APPLICABLE
    if case.buyer.verification_status != "REJECTED":
        return MET
    found = "The buyer's identity verification was rejected."
    return Blocker("buyer", "VERIFICATION_REJECTED", found, "Start a new verification if this was an error.")


def money_laundering_check_is_finished(case: Case) -> Answer:
    """Contract 6, Mode B needs CLEAR: a check that has not begun is waited for like one that runs.

    In both modes a declared politically exposed person is reviewed first (Directive (EU) 2015/849, Article 20).
    """
    if case.buyer.is_exposed:
        found = "NT24 has not finished the anti-money-laundering review of the buyer's declaration yet."
        return Blocker("buyer", "AML_PENDING", found, "NT24 staff finish it; nothing is needed from you.")
    if case.buyer.kyc_mode != "NT24_LED":
        return NOT_APPLICABLE
    if case.buyer.aml_status in {"CLEAR", "FLAGGED"}:
        return MET
    found = "The anti-money-laundering check has no result yet."
    return Blocker("buyer", "AML_PENDING", found, "It follows the identity verification.")


def money_laundering_check_found_nothing(case: Case) -> Answer:
    """Contract 6, Mode B: a hit waits for a person's decision, it does not decide by itself."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.aml_status not in {"CLEAR", "FLAGGED"}:
        return NOT_APPLICABLE
    if case.buyer.aml_status != "FLAGGED":
        return MET
    found = "The anti-money-laundering check found a possible match."
    return Blocker("buyer", "AML_FLAGGED", found, "Compliance staff must review it.")


def buyer_is_not_blocked(case: Case) -> Answer:
    """Contract 6, `POST …/block`."""
    if not case.buyer.blocked:
        return MET
    return Blocker("buyer", "BUYER_BLOCKED", "The buyer is blocked.", "Unblock the buyer before going on.")


def vat_number_is_of_another_state(case: Case) -> Answer:
    """Directive 2006/112/EC, Article 138(1)(b): not a number of the state of departure."""
    issuer = state(case.buyer.vat_country)
    if issuer not in case.departure_states:
        return MET
    found = f"The transport starts in {issuer}, the state that issued the buyer's VAT number."
    return Blocker("buyer", "VAT_ID_OF_DEPARTURE_STATE", found, "Use a VAT number of another state.")


# Invoice


def preliminary_invoice_is_there(case: Case) -> Answer:
    """Contract 8."""
    if case.preliminary is not None:
        return MET
    return Blocker("invoice", "MISSING_INVOICE", "The preliminary invoice is missing.", "Submit it.")


def preliminary_invoice_has_its_pdf(case: Case) -> Answer:
    """Contract 10, "PDF attached"."""
    if case.preliminary is None:
        return NOT_APPLICABLE
    if case.preliminary.has_pdf:
        return MET
    found, remedy = "The PDF of the preliminary invoice is missing.", "Upload it."
    if case.preliminary.pdf_waiting:
        found, remedy = "The PDF of the preliminary invoice is being scanned.", "Wait for the result."
    return Blocker("invoice", "MISSING_INVOICE_PDF", found, remedy)


def invoice_total_equals_order_total(case: Case) -> Answer:
    """Contract 10. The order total is VAT-free, so only VAT-free invoices compare with it."""
    without_vat = [one for one in case.invoices if not one.vat_included]
    if not without_vat:
        return NOT_APPLICABLE
    wrong = [one for one in without_vat if one.amount != case.order.total]
    if not wrong:
        return MET
    found = f"The total of the {kinds(wrong)} is not the order total of {case.order.total}."
    return Blocker("invoice", "INVOICE_TOTAL_MISMATCH", found, "Correct the amount that is wrong.")


def invoice_shows_vat_as_claimed(case: Case) -> Answer:
    """Contract 16.7. Article 325 of Directive 2006/112/EC: a margin scheme invoice shows no VAT."""
    if not case.invoices:
        return NOT_APPLICABLE
    wrong = [one for one in case.invoices if one.vat_included and one.margin_scheme]
    if wrong:
        found = f"The {kinds(wrong)} shows VAT although the sale is under the margin scheme."
        return Blocker("invoice", "INVOICE_VAT_MISMATCH", found, "Correct the invoice data.")
    if case.preliminary is not None and case.preliminary.vat_included:
        found = "The preliminary invoice includes VAT, but an exemption is claimed."
        return Blocker("invoice", "INVOICE_VAT_MISMATCH", found, "Submit it without VAT.")
    return MET


def invoice_names_the_buyer(case: Case) -> Answer:
    """Contract 10, "buyer name", and 17.15: only a name that differs for a person blocks."""
    naming = [one for one in case.invoices if one.buyer_name]
    if not naming:
        return NOT_APPLICABLE
    wrong = [one for one in naming if not case.buyer.is_named(one.buyer_name)]
    if not wrong:
        return MET
    found = f"The buyer's name on the {kinds(wrong)} is not the buyer's company name."
    return Blocker("invoice", "BUYER_NAME_MISMATCH", found, "Correct one of them.")


def margin_scheme_is_never_exempt(case: Case) -> Answer:
    """Directive 2006/112/EC, Article 139(3): no exemption for supplies taxed under the margin scheme."""
    if not case.invoices:
        return NOT_APPLICABLE
    margin = [one for one in case.invoices if one.margin_scheme]
    if not margin:
        return MET
    found = f"The {kinds(margin)} is under the margin scheme."
    return Blocker("invoice", "MARGIN_SCHEME", found, "Such a sale is not exempt across the border either.")


def final_invoice_agrees(case: Case, decision: str | None) -> Answer:
    """Contract 10, "Final invoice": shown beside the decision, which it never unmakes.

    A supply that is taxed in the margin has a final invoice without VAT (contract 17.21).
    """
    if case.final is None or decision is None:
        return NOT_APPLICABLE
    is_taxed = decision == "VAT_APPLICABLE"
    if case.final.vat_included == is_taxed or (is_taxed and case.final.margin_scheme):
        return MET
    found, remedy = "VAT applies, but the final invoice has none.", "Submit it with VAT."
    if case.final.vat_included:
        found, remedy = "The supply is exempt, but the final invoice includes VAT.", "Submit it without VAT."
    return Blocker("invoice", "FINAL_INVOICE_VAT_MISMATCH", found, remedy)


# Payment


def payment_is_there(case: Case) -> Answer:
    """Contract 8."""
    if case.payment is not None:
        return MET
    return Blocker("payment", "MISSING_PAYMENT", "The payment is missing.", "Submit it.")


def payment_has_its_proof(case: Case) -> Answer:
    """Contract 10, "proof attached"."""
    if case.payment is None:
        return NOT_APPLICABLE
    if case.payment.has_proof:
        return MET
    found, remedy = "The payment has no proof.", "Upload one."
    if case.payment.proof_waiting:
        found, remedy = "The proof of payment is being scanned.", "Wait for the result."
    return Blocker("payment", "MISSING_PAYMENT_PROOF", found, remedy)


def payment_equals_invoice(case: Case) -> Answer:
    """Contract 10: payment = invoice total = bank + cash."""
    if case.payment is None or case.preliminary is None:
        return NOT_APPLICABLE
    if case.amount_matches_invoice:
        return MET
    paid = f"{case.payment.bank} by bank and {case.payment.cash} in cash"
    found = f"The invoice is for {case.preliminary.amount}, but {paid} was paid."
    return Blocker("payment", "AMOUNT_MISMATCH", found, "Correct the payment or the invoice.")


def payment_comes_from_a_known_account(case: Case) -> Answer:
    """Contract 10 and 16.7."""
    if case.payment is None:
        return NOT_APPLICABLE
    if case.payment.iban_known:
        return MET if case.payment.bank.value else NOT_APPLICABLE
    found = "The buyer has not paid from this IBAN before."
    return Blocker("payment", "IBAN_MISMATCH", found, "Check it with the buyer and declare it as new.")


def order_is_ready_for_pickup(case: Case) -> Answer:
    """Contract 10: shown once a payment is there."""
    if case.is_ready:
        return MET
    if case.payment is None:
        return NOT_APPLICABLE
    found = "The order is not declared ready for pickup."
    return Blocker("payment", "NOT_READY_FOR_PICKUP", found, "Declare it.")


# Transport


def pickup_is_confirmed(case: Case) -> Answer:
    """Contract 10: shown from ready-for-pickup until every vehicle is picked up."""
    if not case.is_ready:
        return NOT_APPLICABLE
    if case.transport.all_picked_up:
        return MET
    waiting = [one.vin for one in case.transport.vehicles if one.picked_up_on is None]
    found = f"The pickup is not confirmed: {listed(waiting)}."
    return Blocker("transport", "PICKUP_NOT_CONFIRMED", found, "Confirm it.")


def delivery_is_confirmed(case: Case) -> Answer:
    """Contract 10: shown once every vehicle is picked up, until every one is delivered."""
    if not case.transport.all_picked_up:
        return NOT_APPLICABLE
    if case.transport.all_delivered:
        return MET
    waiting = [one.vin for one in case.transport.vehicles if one.delivered_on is None]
    found = f"The delivery is not confirmed: {listed(waiting)}."
    return Blocker("transport", "DELIVERY_NOT_CONFIRMED", found, "Confirm it.")


def company_transport_has_its_cmr(case: Case) -> Answer:
    """Contract 10: the CMR note at pickup, the one signed by the recipient at delivery."""
    if case.transport.type != "COMPANY_TRANSPORT" or not case.transport.picked_up:
        return NOT_APPLICABLE
    missing = missing_cmr_notes(case)
    if not missing:
        return MET
    found = f"Missing: {' and '.join(missing)}."
    return Blocker("transport", "MISSING_CMR", found, "Upload what is missing.")


def self_pickup_is_declared(case: Case) -> Answer:
    """Contract 10: the collector's declaration, from the first pickup."""
    transport = case.transport
    if transport.type != "SELF_PICKUP" or not transport.picked_up:
        return NOT_APPLICABLE
    if transport.has_document("TRANSPORT_PICKUP_DECLARATION"):
        return MET
    found = "The pickup declaration signed by the collector (TRANSPORT_PICKUP_DECLARATION) is missing."
    return Blocker("transport", "MISSING_PICKUP_DECLARATION", found, "Upload it.")


def self_pickup_arrival_is_confirmed(case: Case) -> Answer:
    """Contract 10; in Germany § 17b UStDV, the buyer's confirmation of arrival."""
    transport = case.transport
    if transport.type != "SELF_PICKUP" or not transport.delivered:
        return NOT_APPLICABLE
    if transport.has_document("TRANSPORT_CONFIRMATION_OF_ARRIVAL"):
        return MET
    found = "The buyer's confirmation of arrival (TRANSPORT_CONFIRMATION_OF_ARRIVAL) is missing."
    return Blocker("transport", "MISSING_DELIVERY_PROOF", found, "Upload it.")


def daily_vies_check_is_recent(case: Case) -> Answer:
    """Contract 9 and 10: waits for an answer; what an answer says is `vat_number_is_valid`'s business."""
    vies = case.buyer.vies
    if not case.transport.daily_checks_on or vies.frozen or vies.result is None:
        return NOT_APPLICABLE
    if not vies.outstanding and not case.vies_is_stale:
        return MET
    until = case.policy.recheck_until.lower()
    found = f"The VIES check, repeated daily until {until}, has no result yet."
    return Blocker("transport", "VIES_PENDING", found, "Wait for the result.")


def destination_is_another_state(case: Case) -> Answer:
    """Directive 2006/112/EC, Article 138(1): transported out of the state of departure."""
    if not case.transport.delivered:
        return NOT_APPLICABLE
    wrong = [one.vin for one in case.transport.delivered if case.stayed_in_departure_state(one)]
    if not wrong:
        return MET
    found = f"Delivered in the state of departure: {listed(wrong)}."
    return Blocker(
        "transport", "DESTINATION_NOT_CROSS_BORDER", found, "Correct the delivery if this is wrong."
    )


def transport_stays_in_the_vat_territory(case: Case) -> Answer:
    """Contract 17.19; Directive 2006/112/EC, Articles 5 to 7: only within it a supply is an intra-Community one.

    Not fatal: the sale may be exempt as an export, which staff decide on the customs documents.
    """
    if not case.transport.picked_up:
        return NOT_APPLICABLE
    outside = [one.vin for one in case.transport.picked_up if case.is_outside_vat_territory(one)]
    if not outside:
        return MET
    found = f"Collected or delivered outside the VAT territory of the EU: {listed(outside)}."
    remedy = "Correct the address if it is wrong. An export may be exempt as such: send the customs exit note to NT24."
    return Blocker("transport", "DESTINATION_OUTSIDE_VAT_TERRITORY", found, remedy)


def delivery_proof_is_in_time(case: Case) -> Answer:
    """Contract 10, "Deadline", and 16.11: counts from each pickup; late uploads of timely proof count.

    Not applicable while a proof may still come in time.
    """
    late = [one.vin for one in case.transport.picked_up if case.is_past_proof_deadline(one)]
    if late:
        limit = f"{case.policy.delivery_proof_days} days after pickup"
        found = f"No proof of delivery dated within {limit}: {listed(late)}."
        return Blocker("transport", "EVIDENCE_DEADLINE_PASSED", found, "Upload one dated within that time.")
    is_open = any(case.proof_deadline(one) is not None for one in case.transport.picked_up)
    return NOT_APPLICABLE if is_open or not case.transport.picked_up else MET


# What the sentences share


def missing_cmr_notes(case: Case) -> list[str]:
    """The CMR notes that company transport needs by now and does not have, as words for a message."""
    transport, missing = case.transport, []
    if transport.picked_up and not transport.has_document("TRANSPORT_CMR"):
        missing.append("the CMR note of the pickup (TRANSPORT_CMR)")
    if transport.delivered and not transport.has_document("TRANSPORT_CMR_DELIVERY"):
        missing.append("the CMR note signed by the recipient (TRANSPORT_CMR_DELIVERY)")
    return missing


def listed(vins: list[str]) -> str:
    """VINs for a message, in the order's sequence: the first few, then how many more."""
    shown = ", ".join(vins[:VINS_NAMED])
    more = len(vins) - VINS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def kinds(invoices: Iterable[InvoiceFacts]) -> str:
    return " and the ".join(f"{one.type.lower()} invoice" for one in invoices)


BUYER_RULES: tuple[Rule, ...] = (
    buyer_documents_are_complete,
    vat_number_was_checked,
    vies_was_reachable,
    vat_number_is_valid,
    buyer_verification_is_finished,
    buyer_verification_is_not_rejected,
    money_laundering_check_is_finished,
    money_laundering_check_found_nothing,
    buyer_is_not_blocked,
    vat_number_is_of_another_state,
)
# What an invoice says, apart from whether it and its PDF are there
INVOICE_CONTENT_RULES: tuple[Rule, ...] = (
    invoice_total_equals_order_total,
    invoice_shows_vat_as_claimed,
    invoice_names_the_buyer,
    margin_scheme_is_never_exempt,
)
PAYMENT_CONTENT_RULES: tuple[Rule, ...] = (
    payment_equals_invoice,
    payment_comes_from_a_known_account,
)

# The contract's table, in its order; `final_invoice_agrees` needs the decision and runs after it.
RULES: tuple[Rule, ...] = (
    *BUYER_RULES,
    preliminary_invoice_is_there,
    preliminary_invoice_has_its_pdf,
    *INVOICE_CONTENT_RULES,
    payment_is_there,
    payment_has_its_proof,
    *PAYMENT_CONTENT_RULES,
    order_is_ready_for_pickup,
    pickup_is_confirmed,
    delivery_is_confirmed,
    company_transport_has_its_cmr,
    self_pickup_is_declared,
    self_pickup_arrival_is_confirmed,
    daily_vies_check_is_recent,
    destination_is_another_state,
    transport_stays_in_the_vat_territory,
    delivery_proof_is_in_time,
)
