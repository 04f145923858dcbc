"""The law and the contract's rules as sentences: one small pure function for each blocker (contract 10).

Standard library only, no clock, no I/O. All rules always run and none raises. A rule is named as the
sentence that should be true and answers None when it is, a `Blocker` when it is not. Messages hold no
personal data and nothing that changes by itself, because they are stored in the versioned rollup.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from buyers.kyc import missing_needs
from compliance.case import Case, InvoiceFacts, state

RULESET = "2026.2"  # bump with any change of this file that can change a verdict

# Contract 10, the table's ✗: with one of these a supply that is ready for pickup is taxed.
FATAL: frozenset[str] = frozenset(
    {
        "VIES_INVALID",
        "VERIFICATION_REJECTED",
        "VAT_ID_OF_DEPARTURE_STATE",
        "MARGIN_SCHEME",
        "DESTINATION_NOT_CROSS_BORDER",
        "EVIDENCE_DEADLINE_PASSED",
    }
)

VINS_NAMED = 3  # an order has up to 100 vehicles (contract 7); a message names the first few


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something the verdict waits for or fails on: module, code, and what to do in plain words."""

    module: str
    code: str
    message: str

    @property
    def is_fatal(self) -> bool:
        return self.code in FATAL


Rule = Callable[[Case], Blocker | None]


# Buyer


def buyer_documents_are_complete(case: Case) -> Blocker | None:
    """Contract 6, "Documents needed"."""
    missing = missing_needs(case.buyer.kyc_mode, case.buyer.document_types)
    if not missing:
        return None
    names = ", ".join(f"{need.title} ({need.name})" for need in missing)
    return Blocker("buyer", "DOCUMENTS_MISSING", f"Upload what the buyer's file still lacks: {names}.")


def vat_number_was_checked(case: Case) -> Blocker | None:
    """Contract 10: never completed, and no outage is the reason."""
    if case.buyer.vies.result is not None or case.buyer.vies.outage:
        return None
    message = "The buyer's VAT number has not been checked with VIES yet: wait for the check or start one."
    if case.buyer.vies.requester_refused:
        message = (
            "VIES rejects the seller's own VAT number, so it does not answer about the buyer: correct the seller's"
            " number. The check is then repeated automatically."
        )
    return Blocker("buyer", "VIES_NOT_CHECKED", message)


def vies_was_reachable(case: Case) -> Blocker | None:
    """Contract 10: an outage is never an answer; it only blocks while there is no earlier one."""
    if case.buyer.vies.result is not None or not case.buyer.vies.outage:
        return None
    message = "VIES could not be reached and has never answered for this buyer. The check is repeated."
    return Blocker("buyer", "VIES_UNAVAILABLE", message)


def vat_number_is_valid(case: Case) -> Blocker | None:
    """Directive 2006/112/EC, Article 138(1)(b): the buyer is identified for VAT in another member state."""
    if case.buyer.vies.result != "INVALID":
        return None
    message = (
        "VIES says the buyer's VAT number is not valid: ask the buyer for a valid one or for a correction."
    )
    return Blocker("buyer", "VIES_INVALID", message)


def buyer_verification_is_finished(case: Case) -> Blocker | None:
    """Contract 6, Mode B."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.verification_status in {"VERIFIED", "REJECTED"}:
        return None
    message = "The buyer's identity verification is not finished: start it, or have the buyer complete it."
    return Blocker("buyer", "VERIFICATION_PENDING", message)


def buyer_verification_is_not_rejected(case: Case) -> Blocker | None:
    """Contract 6, Mode B: who bought must be known."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.verification_status != "REJECTED":
        return None
    message = "The buyer's identity verification was rejected: start a new verification if this was an error."
    return Blocker("buyer", "VERIFICATION_REJECTED", message)


def money_laundering_check_is_finished(case: Case) -> Blocker | None:
    """Contract 6, Mode B needs CLEAR: a check that has not begun is waited for like one that runs."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.aml_status in {"CLEAR", "FLAGGED"}:
        return None
    message = "The anti-money-laundering check has no result yet: it follows the identity verification."
    return Blocker("buyer", "AML_PENDING", message)


def money_laundering_check_found_nothing(case: Case) -> Blocker | None:
    """Contract 6, Mode B: a hit waits for a person's decision, it does not decide by itself."""
    if case.buyer.kyc_mode != "NT24_LED" or case.buyer.aml_status != "FLAGGED":
        return None
    message = "The anti-money-laundering check found a possible match: compliance staff must review it."
    return Blocker("buyer", "AML_FLAGGED", message)


def buyer_is_not_blocked(case: Case) -> Blocker | None:
    """Contract 6, `POST …/block`."""
    if not case.buyer.blocked:
        return None
    return Blocker("buyer", "BUYER_BLOCKED", "The buyer is blocked: unblock the buyer before going on.")


def vat_number_is_of_another_state(case: Case) -> Blocker | None:
    """Directive 2006/112/EC, Article 138(1)(b): not a number of the state of departure."""
    issuer = state(case.buyer.vat_country)
    if issuer not in case.departure_states:
        return None
    message = f"The transport starts in {issuer}, which issued the buyer's VAT number: use another state's."
    return Blocker("buyer", "VAT_ID_OF_DEPARTURE_STATE", message)


# Invoice


def preliminary_invoice_is_there(case: Case) -> Blocker | None:
    """Contract 8."""
    if case.preliminary is not None:
        return None
    return Blocker("invoice", "MISSING_INVOICE", "Submit the preliminary invoice.")


def preliminary_invoice_has_its_pdf(case: Case) -> Blocker | None:
    """Contract 10, "PDF attached"."""
    if case.preliminary is None or case.preliminary.has_pdf:
        return None
    message = "Upload the PDF of the preliminary invoice."
    if case.preliminary.pdf_waiting:
        message = "The PDF of the preliminary invoice is being scanned: wait for the result."
    return Blocker("invoice", "MISSING_INVOICE_PDF", message)


def invoice_total_equals_order_total(case: Case) -> Blocker | None:
    """Contract 10. The order total is VAT-free, so only VAT-free invoices compare with it."""
    wrong = [one for one in case.invoices if not one.vat_included and one.amount != case.order.total]
    if not wrong:
        return None
    message = (
        f"Not the order total of {case.order.total}: the {kinds(wrong)}. Correct the amount that is wrong."
    )
    return Blocker("invoice", "INVOICE_TOTAL_MISMATCH", message)


def invoice_shows_vat_as_claimed(case: Case) -> Blocker | None:
    """Contract 16.7. Article 325 of Directive 2006/112/EC: a margin scheme invoice shows no VAT."""
    if any(one.vat_included and one.margin_scheme for one in case.invoices):
        message = "An invoice under the margin scheme cannot show VAT: correct the invoice data."
    elif case.preliminary is not None and case.preliminary.vat_included:
        message = "The preliminary invoice includes VAT, but an exemption is claimed: submit it without VAT."
    else:
        return None
    return Blocker("invoice", "INVOICE_VAT_MISMATCH", message)


def invoice_names_the_buyer(case: Case) -> Blocker | None:
    """Contract 10, "buyer name"; compared without case, spaces and punctuation."""
    wrong = [one for one in case.invoices if one.buyer_name and not case.buyer.is_named(one.buyer_name)]
    if not wrong:
        return None
    message = f"The buyer's name on the {kinds(wrong)} is not the buyer's company name: correct one of them."
    return Blocker("invoice", "BUYER_NAME_MISMATCH", message)


def margin_scheme_is_never_exempt(case: Case) -> Blocker | None:
    """Directive 2006/112/EC, Article 139(3): no exemption for supplies taxed under the margin scheme."""
    margin = [one for one in case.invoices if one.margin_scheme]
    if not margin:
        return None
    message = f"Margin scheme on the {kinds(margin)}: such a sale is not exempt across the border either."
    return Blocker("invoice", "MARGIN_SCHEME", message)


def final_invoice_agrees(case: Case, decision: str | None) -> Blocker | None:
    """Contract 10, "Final invoice", and 16.11: stands beside the decision and never unmakes it."""
    if case.final is None or decision is None or case.final.vat_included == (decision == "VAT_APPLICABLE"):
        return None
    message = "The decision is VAT_APPLICABLE, but the final invoice has no VAT: submit it with VAT."
    if case.final.vat_included:
        message = "The decision is VALID_EXPORT, but the final invoice includes VAT: submit it without VAT."
    return Blocker("invoice", "FINAL_INVOICE_VAT_MISMATCH", message)


# Payment


def payment_is_there(case: Case) -> Blocker | None:
    """Contract 8."""
    if case.payment is not None:
        return None
    return Blocker("payment", "MISSING_PAYMENT", "Submit the payment.")


def payment_has_its_proof(case: Case) -> Blocker | None:
    """Contract 10, "proof attached"."""
    if case.payment is None or case.payment.has_proof:
        return None
    message = "Upload a proof of the payment."
    if case.payment.proof_waiting:
        message = "The proof of payment is being scanned: wait for the result."
    return Blocker("payment", "MISSING_PAYMENT_PROOF", message)


def payment_equals_invoice(case: Case) -> Blocker | None:
    """Contract 10: payment = invoice total = bank + cash."""
    if case.payment is None or case.preliminary is None or case.amount_matches_invoice:
        return None
    paid = f"{case.payment.bank} by bank and {case.payment.cash} in cash"
    message = f"Paid were {paid}, invoiced {case.preliminary.amount}: correct the payment or the invoice."
    return Blocker("payment", "AMOUNT_MISMATCH", message)


def payment_comes_from_a_known_account(case: Case) -> Blocker | None:
    """Contract 10 and 16.7."""
    if case.payment is None or case.payment.iban_known:
        return None
    message = "The buyer has not paid from this IBAN before: check it with the buyer and declare it as new."
    return Blocker("payment", "IBAN_MISMATCH", message)


def order_is_ready_for_pickup(case: Case) -> Blocker | None:
    """Contract 10: shown once a payment is there."""
    if case.payment is None or case.is_ready:
        return None
    return Blocker("payment", "NOT_READY_FOR_PICKUP", "Declare the order ready for pickup.")


# Transport


def pickup_is_confirmed(case: Case) -> Blocker | None:
    """Contract 10: shown from ready-for-pickup until every vehicle is picked up."""
    if not case.is_ready or case.transport.all_picked_up:
        return None
    waiting = [one.vin for one in case.transport.vehicles if one.picked_up_on is None]
    return Blocker("transport", "PICKUP_NOT_CONFIRMED", f"Confirm the pickup of {listed(waiting)}.")


def delivery_is_confirmed(case: Case) -> Blocker | None:
    """Contract 10: shown once every vehicle is picked up, until every one is delivered."""
    if not case.transport.all_picked_up or case.transport.all_delivered:
        return None
    waiting = [one.vin for one in case.transport.vehicles if one.delivered_on is None]
    return Blocker("transport", "DELIVERY_NOT_CONFIRMED", f"Confirm the delivery of {listed(waiting)}.")


def company_transport_has_its_cmr(case: Case) -> Blocker | None:
    """Contract 10: the CMR note at pickup, the one signed by the recipient at delivery."""
    if case.transport.type != "COMPANY_TRANSPORT":
        return None
    missing = missing_cmr_notes(case)
    message = f"Upload {' and '.join(missing)}."
    return Blocker("transport", "MISSING_CMR", message) if missing else None


def self_pickup_is_declared(case: Case) -> Blocker | None:
    """Contract 10: the collector's declaration, from the first pickup."""
    transport = case.transport
    if transport.type != "SELF_PICKUP" or not transport.picked_up:
        return None
    message = "Upload the pickup declaration signed by the collector (TRANSPORT_PICKUP_DECLARATION)."
    declared = transport.has_document("TRANSPORT_PICKUP_DECLARATION")
    return None if declared else Blocker("transport", "MISSING_PICKUP_DECLARATION", message)


def self_pickup_arrival_is_confirmed(case: Case) -> Blocker | None:
    """Contract 10; in Germany § 17b UStDV, the buyer's confirmation of arrival."""
    transport = case.transport
    if transport.type != "SELF_PICKUP" or not transport.delivered:
        return None
    message = "Upload the buyer's confirmation of arrival (TRANSPORT_CONFIRMATION_OF_ARRIVAL)."
    confirmed = transport.has_document("TRANSPORT_CONFIRMATION_OF_ARRIVAL")
    return None if confirmed else Blocker("transport", "MISSING_DELIVERY_PROOF", message)


def daily_vies_check_is_recent(case: Case) -> Blocker | None:
    """Contract 9 and 10: waits for an answer; what an answer says is `vat_number_is_valid`'s business."""
    vies = case.buyer.vies
    if not case.transport.daily_checks_on or vies.frozen or vies.result is None:
        return None
    if not vies.outstanding and not case.vies_is_stale:
        return None
    until = case.policy.recheck_until.lower()
    message = f"The VIES check, repeated daily until {until}, is due for the buyer: wait for its result."
    return Blocker("transport", "VIES_PENDING", message)


def destination_is_another_state(case: Case) -> Blocker | None:
    """Directive 2006/112/EC, Article 138(1): transported out of the state of departure."""
    wrong = [one.vin for one in case.transport.delivered if case.stayed_in_departure_state(one)]
    if not wrong:
        return None
    message = f"Delivered in the state of departure: {listed(wrong)}. Correct the delivery if this is wrong."
    return Blocker("transport", "DESTINATION_NOT_CROSS_BORDER", message)


def delivery_proof_is_in_time(case: Case) -> Blocker | None:
    """Contract 10, "Deadline", and 16.11: counts from each pickup; late uploads of timely proof count."""
    late = [one.vin for one in case.transport.picked_up if case.is_past_proof_deadline(one)]
    if not late:
        return None
    limit = f"{case.policy.delivery_proof_days} days after pickup"
    message = f"No proof of delivery dated within {limit}: {listed(late)}. Upload one dated within that time."
    return Blocker("transport", "EVIDENCE_DEADLINE_PASSED", message)


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
    delivery_proof_is_in_time,
)
