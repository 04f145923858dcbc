"""What each rule says should be true, in the words of the Export File."""

from collections.abc import Mapping

from compliance import rules
from compliance.rules import Rule

SENTENCES: Mapping[Rule, tuple[str, str]] = {
    rules.buyer_documents_are_complete: ("buyer", "All required buyer documents are on file"),
    rules.vat_number_was_checked: ("buyer", "The buyer's VAT number was checked with VIES"),
    rules.vies_was_reachable: ("buyer", "VIES could be reached"),
    rules.vat_number_is_valid: ("buyer", "VIES did not report the VAT number as invalid"),
    rules.buyer_verification_is_finished: ("buyer", "The identity verification by NT24 is finished"),
    rules.buyer_verification_is_not_rejected: ("buyer", "The identity was not rejected"),
    rules.money_laundering_check_is_finished: ("buyer", "The AML screening is finished"),
    rules.money_laundering_check_found_nothing: ("buyer", "The AML screening has no open hit"),
    rules.buyer_is_not_blocked: ("buyer", "The buyer is not blocked"),
    rules.vat_number_is_of_another_state: (
        "buyer",
        "The VAT number was issued by another Member State than that of departure",
    ),
    rules.preliminary_invoice_is_there: ("invoice", "A preliminary invoice was submitted"),
    rules.preliminary_invoice_has_its_pdf: ("invoice", "The preliminary invoice is on file as a PDF"),
    rules.invoice_total_equals_order_total: ("invoice", "An invoice without VAT has the total of the order"),
    rules.invoice_shows_vat_as_claimed: ("invoice", "The invoices show VAT only where it may be shown"),
    rules.invoice_names_the_buyer: ("invoice", "An invoice that names a buyer names this one"),
    rules.margin_scheme_is_never_exempt: ("invoice", "No invoice is under the margin scheme"),
    rules.payment_is_there: ("payment", "A payment was submitted"),
    rules.payment_has_its_proof: ("payment", "A proof of payment is on file"),
    rules.payment_equals_invoice: ("payment", "Bank and cash together equal the preliminary invoice"),
    rules.payment_comes_from_a_known_account: (
        "payment",
        "The account is known for this buyer or was declared as new",
    ),
    rules.order_is_ready_for_pickup: ("payment", "The vehicles were released for pickup"),
    rules.pickup_is_confirmed: ("transport", "The pickup of every vehicle is confirmed"),
    rules.delivery_is_confirmed: ("transport", "The delivery of every vehicle is confirmed"),
    rules.company_transport_has_its_cmr: (
        "transport",
        "Carrier: the CMR note is on file at pickup and, signed by the recipient, at delivery",
    ),
    rules.self_pickup_is_declared: ("transport", "Buyer collects: the pickup declaration is on file"),
    rules.self_pickup_arrival_is_confirmed: (
        "transport",
        "Buyer collects: the confirmation of arrival is on file",
    ),
    rules.daily_vies_check_is_recent: ("transport", "The daily VIES check is recent"),
    rules.destination_is_another_state: (
        "transport",
        "Every vehicle was delivered in another Member State than that of departure",
    ),
    rules.transport_stays_in_the_vat_territory: (
        "transport",
        "Every vehicle was collected and delivered within the VAT territory of the EU",
    ),
    rules.delivery_proof_is_in_time: ("transport", "The proof of delivery is dated in time after the pickup"),
}
FINAL_INVOICE_SENTENCE = ("invoice", "The final invoice shows VAT if VAT applies, and none otherwise")
