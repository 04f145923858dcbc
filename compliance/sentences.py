"""What each rule says should be true, in the words of the Export File."""

from collections.abc import Mapping

from compliance import rules
from compliance.rules import Rule

# What each rule says should be true. Where a rule holds for some sales only, its sentence begins with the
# condition, so that "met" is true of the others as well.
SENTENCES: Mapping[Rule, tuple[str, str]] = {
    rules.buyer_documents_are_complete: ("buyer", "All documents of the buyer that are needed are there"),
    rules.vat_number_was_checked: ("buyer", "The buyer's VAT number was checked with VIES"),
    rules.vies_was_reachable: ("buyer", "VIES could be reached, or has answered for this number before"),
    rules.vat_number_is_valid: ("buyer", "VIES does not say that the VAT number is invalid"),
    rules.buyer_verification_is_finished: ("buyer", "If NT24 identifies the buyer, that is finished"),
    rules.buyer_verification_is_not_rejected: (
        "buyer",
        "If NT24 identifies the buyer, the identity was not rejected",
    ),
    rules.money_laundering_check_is_finished: (
        "buyer",
        "If NT24 identifies the buyer, the AML screening is finished",
    ),
    rules.money_laundering_check_found_nothing: (
        "buyer",
        "If NT24 identifies the buyer, the AML screening has no hit",
    ),
    rules.buyer_is_not_blocked: ("buyer", "The buyer is not blocked"),
    rules.vat_number_is_of_another_state: (
        "buyer",
        "The VAT number is of another state than that of departure",
    ),
    rules.preliminary_invoice_is_there: ("invoice", "There is a preliminary invoice"),
    rules.preliminary_invoice_has_its_pdf: ("invoice", "The preliminary invoice has its PDF"),
    rules.invoice_total_equals_order_total: ("invoice", "An invoice without VAT has the total of the order"),
    rules.invoice_shows_vat_as_claimed: ("invoice", "The invoices show VAT only where it may be shown"),
    rules.invoice_names_the_buyer: ("invoice", "An invoice that names a buyer names this one"),
    rules.margin_scheme_is_never_exempt: ("invoice", "No invoice is under the margin scheme"),
    rules.payment_is_there: ("payment", "There is a payment"),
    rules.payment_has_its_proof: ("payment", "The payment has its proof"),
    rules.payment_equals_invoice: ("payment", "Bank and cash together equal the preliminary invoice"),
    rules.payment_comes_from_a_known_account: (
        "payment",
        "The account is known for this buyer or declared as new",
    ),
    rules.order_is_ready_for_pickup: ("payment", "The vehicles were released for pickup"),
    rules.pickup_is_confirmed: ("transport", "Once released, the pickup of every vehicle is confirmed"),
    rules.delivery_is_confirmed: ("transport", "Once picked up, the delivery of every vehicle is confirmed"),
    rules.company_transport_has_its_cmr: (
        "transport",
        "If a company transports, the CMR note is there at pickup and, signed, at delivery",
    ),
    rules.self_pickup_is_declared: (
        "transport",
        "If the buyer collects, his declaration of the pickup is there",
    ),
    rules.self_pickup_arrival_is_confirmed: (
        "transport",
        "If the buyer collects, his confirmation of arrival is there",
    ),
    rules.daily_vies_check_is_recent: (
        "transport",
        "While the vehicles travel, the daily VIES check is recent",
    ),
    rules.destination_is_another_state: ("transport", "No vehicle was delivered in the state of departure"),
    rules.delivery_proof_is_in_time: ("transport", "The proof of delivery is dated in time after the pickup"),
}
FINAL_INVOICE_SENTENCE = ("invoice", "A final invoice shows VAT if VAT applies, and none otherwise")
