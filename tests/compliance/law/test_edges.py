"""One step to either side of each line that the law draws: worked cases with one or two facts changed.

A change names a member of the case's facts by its path; `evidence.0` is the first document, `evidence.+` one more.
"""

from copy import deepcopy

import pytest

from compliance.law.cases import supplies_of
from compliance.law.verdict import judge, order_of
from tests.compliance.law.test_cases import CASE

NOTE = CASE["ID-02"]["facts"]["evidence"][0]
EXEMPT, TAXABLE, NOT_YET, NEEDS_REVIEW = "EXEMPT", "TAXABLE", "NOT_YET", "NEEDS_REVIEW"


def changed(base, changes):
    case = deepcopy(CASE[base])
    for path, value in changes.items():
        *above, last = path.split(".")
        place = case if path == "seller_state" else case["facts"]
        for name in above:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        if last == "+":
            place.append(value)
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return case


def ruled(base, changes):
    return order_of(tuple(judge(supply) for supply in supplies_of(changed(base, changes))))


def flags_of(order):
    return {flag for ruling in order.rulings for flag in ruling.flags}


EDGES = [
    # Sanctions: both limits, the fuel, what is not known, another currency
    ("EX-14", {"destination": "RU", "engineCc": 1900, "price.net": 50000}, EXEMPT, []),
    ("EX-14", {"destination": "RU", "engineCc": 1901, "price.net": 50000}, NEEDS_REVIEW, ["SANCTIONED_DESTINATION"]),
    ("EX-14", {"destination": "RU", "engineCc": 1900, "price.net": 50001}, NEEDS_REVIEW, ["SANCTIONED_DESTINATION"]),
    ("EX-14", {"destination": "RU", "engineCc": 1400, "price.currency": "USD"}, NEEDS_REVIEW, ["SANCTIONED_DESTINATION"]),
    ("EX-14", {"destination": "BY"}, NEEDS_REVIEW, ["SANCTIONED_DESTINATION"]),
    ("EX-14", {"destination": "BY", "engineCc": 1000, "fuel": "Electric"}, NEEDS_REVIEW, ["SANCTIONED_DESTINATION"]),
    ("EX-14", {"engineCc": 4000, "fuel": "electric"}, EXEMPT, []),
    ("EX-14", {"transit": ["BY"]}, NEEDS_REVIEW, ["DIVERSION_RISK"]),
    ("EX-14", {"transit": ["MD"]}, EXEMPT, []),
    ("EX-14", {"doubts": ["transit through Russia"]}, NEEDS_REVIEW, ["DIVERSION_RISK"]),
    # Places
    ("ID-02", {"destination": "DE"}, TAXABLE, ["DESTINATION_NOT_CROSS_BORDER"]),
    ("ID-02", {"departure": "MC", "buyerVatState": "FR", "destination": "FR"}, TAXABLE, ["DESTINATION_NOT_CROSS_BORDER"]),
    ("ID-02", {"destinationPostCode": "78266", "destination": "DE"}, NOT_YET, ["DESTINATION_OUTSIDE_VAT_TERRITORY", "EXPORT_EXIT_MISSING"]),
    ("ID-02", {"destination": "ES", "destinationPostCode": "38001", "buyerVatState": "ES"}, NOT_YET, ["DESTINATION_OUTSIDE_VAT_TERRITORY", "EXPORT_EXIT_MISSING"]),
    # Margin scheme
    ("MG-10", {"acquiredWith": None}, TAXABLE, ["MARGIN_SCHEME"]),
    ("MG-10", {"acquiredWith": None, "invoice.vatShown": True}, TAXABLE, ["MARGIN_SCHEME", "INVOICE_SHOWS_VAT"]),
    ("MG-10", {"acquiredWith": None, "invoice.kind": "none"}, TAXABLE, ["MARGIN_SCHEME"]),
    ("MG-08", {"invoice.newVehicleData": True}, NOT_YET, ["MARGIN_SCHEME"]),
    ("ID-02", {"invoice.marginWords": True}, NEEDS_REVIEW, ["MARGIN_SCHEME"]),
    ("EX-14", {"marginScheme": True, "invoice.marginWords": True, "invoice.exemptionReference": False}, EXEMPT, []),
    # New: 6,000 km, six months, what is not known
    ("NV-04", {"mileage": 6000}, EXEMPT, []),
    ("NV-04", {"mileage": None}, NOT_YET, ["NEW_VEHICLE_DATA"]),
    ("NV-04", {"firstRegistration": None}, NOT_YET, ["NEW_VEHICLE_DATA"]),
    ("NV-04", {"firstRegistration": None, "mileage": 5999}, EXEMPT, []),
    ("NV-04", {"firstRegistration": "2025-08-31", "dates.supply": "2026-02-28", "dates.arrival": "2026-03-12"}, EXEMPT, []),
    ("NV-04", {"firstRegistration": "2025-08-31", "dates.supply": "2026-03-01", "dates.arrival": "2026-03-12"}, TAXABLE, []),
    ("NV-03", {"invoice.kind": "none"}, NOT_YET, ["INVOICE_COPY_MISSING"]),
    # Chain
    ("CH-07", {"transportBy": "B (intermediary)"}, TAXABLE, ["CHAIN_SUPPLY_NOT_MOVED"]),
    ("CH-02", {"buyerVatState": "PL"}, EXEMPT, []),
    ("CH-02", {"buyerVatState": "PL", "transportBy": "unknown"}, NEEDS_REVIEW, ["CHAIN_UNCLEAR"]),
    ("CH-02", {"transportBy": "A (first)", "collectedBy": "carrier-for-seller"}, TAXABLE, ["VAT_ID_OF_DEPARTURE_STATE"]),
    ("CH-02", {"chain": None, "transportBy": ""}, TAXABLE, ["VAT_ID_OF_DEPARTURE_STATE"]),
    # Exports by the buyer
    ("EX-01", {"buyerEstablishedIn": "DE"}, TAXABLE, ["EXPORT_BUYER_ESTABLISHED"]),
    ("EX-01", {"buyerEstablishedIn": "CH"}, EXEMPT, []),
    ("EX-14", {"buyerEstablishedIn": "DE"}, EXEMPT, []),
    ("EX-14", {"evidence.2.mentionsVin": False}, NOT_YET, ["THIRD_COUNTRY_PROOF_MISSING"]),
    ("EX-14", {"evidence.2.mentionsVin": False, "firstRegistration": None}, EXEMPT, []),
    ("EX-01", {"evidence.0.exportPlates": None, "firstRegistration": None}, NOT_YET, ["THIRD_COUNTRY_PROOF_MISSING"]),
    ("EX-05", {"evidence.0.exportPlates": None}, NOT_YET, ["EXPORT_VIN_MISSING", "THIRD_COUNTRY_PROOF_MISSING"]),
    ("EX-07", {"evidence.1.kind": "EXPORT_PLATES"}, NOT_YET, ["THIRD_COUNTRY_PROOF_MISSING"]),
    ("EX-11", {"evidence.0.mentionsVin": False}, NOT_YET, ["EXPORT_VIN_MISSING"]),
    ("EX-14", {"sellerVatIdInDeparture": False, "recapStatement": "NOT_FILED"}, EXEMPT, []),
    # The number on the day of the supply
    ("ID-01", {"viesAtSupply": "NOT_CHECKED", "vatCheck.lastCheckedOn": "2026-01-24"}, EXEMPT, []),
    ("ID-01", {"viesAtSupply": "NOT_CHECKED", "vatCheck.lastCheckedOn": "2026-01-23"}, NEEDS_REVIEW, ["VIES_NOT_CHECKED_AT_SUPPLY"]),
    ("ID-01", {"viesAtSupply": "NOT_CHECKED", "viesBefore": "NOT_CHECKED"}, NOT_YET, ["VIES_NOT_CHECKED_AT_SUPPLY"]),
    ("ID-01", {"viesAtSupply": "UNKNOWN", "viesBefore": "UNKNOWN"}, NOT_YET, ["VIES_NOT_CHECKED_AT_SUPPLY"]),
    ("ID-01", {"viesAtSupply": "INVALID"}, TAXABLE, ["VIES_NOT_VALID_AT_SUPPLY"]),
    ("ID-01", {"viesAtDelivery": "INVALID", "viesAfter": "INVALID"}, EXEMPT, []),
    ("ID-05", {"vatIdValidFrom": "2026-03-10", "vatCheck": {}}, EXEMPT, []),
    ("ID-05", {"vatIdValidFrom": "2026-03-11", "vatCheck": {}}, TAXABLE, ["VIES_NOT_VALID_AT_SUPPLY"]),
    ("ID-01", {"vatIdValidUntil": "2026-03-10"}, EXEMPT, []),
    ("ID-01", {"vatIdValidUntil": "2026-03-09"}, TAXABLE, ["VIES_NOT_VALID_AT_SUPPLY"]),
    ("ID-17", {"buyerVatState": "XI", "viesAtSupply": "VALID"}, EXEMPT, []),
    ("ID-23", {"vatCheck.holder": None, "vatCheck.nameMatch": "MATCH"}, EXEMPT, []),
    ("ID-22", {"vatCheck": {"nameMatch": "NO_MATCH"}}, NEEDS_REVIEW, ["QUALIFIED_MISMATCH"]),
    # Recapitulative statement
    ("RS-01", {"dates.assessed": "2026-04-25"}, EXEMPT, []),
    ("RS-01", {"dates.assessed": "2026-04-26"}, NOT_YET, ["RECAP_STATEMENT_PENDING"]),
    ("RS-01", {"recapStatement": "FILED_WRONG"}, NOT_YET, ["RECAP_STATEMENT_WRONG"]),
    ("RS-01", {"recapStatement": None}, EXEMPT, []),
    ("RS-01", {"dates.supply": "2025-12-18", "dates.assessed": "2026-01-25"}, EXEMPT, []),
    ("RS-01", {"dates.supply": "2025-12-18", "dates.assessed": "2026-01-26"}, NOT_YET, ["RECAP_STATEMENT_PENDING"]),
    ("TR-09", {"sellerVatIdInDeparture": False}, NOT_YET, ["SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE"]),
    ("NV-03", {"recapStatement": "NOT_FILED"}, EXEMPT, []),
    # Invoice
    ("ID-01", {"invoice.buyerVatId": False}, NOT_YET, ["INVOICE_VAT_IDS_MISSING"]),
    ("ID-01", {"invoice.sellerVatId": False}, NOT_YET, ["INVOICE_VAT_IDS_MISSING"]),
    ("PL-01", {"invoice.sellerVatId": False}, EXEMPT, []),
    ("PL-01", {"invoice.kind": "none"}, NOT_YET, ["INVOICE_COPY_MISSING"]),
    # Documents against each other
    ("ID-02", {"evidence.0.receivedOn": "2026-03-09"}, NEEDS_REVIEW, ["EVIDENCE_PREDATES_ARRIVAL"]),
    ("ID-02", {"evidence.0.receivedOn": "2026-03-10"}, EXEMPT, []),
    ("ID-01", {"evidence.0.date": "2026-03-11"}, NEEDS_REVIEW, ["EVIDENCE_PREDATES_ARRIVAL"]),
    ("ID-01", {"evidence.0.date": "2026-03-12"}, EXEMPT, []),
    ("ID-01", {"evidence.0.date": "2026-03-09", "dates.arrival": None}, NEEDS_REVIEW, ["EVIDENCE_PREDATES_ARRIVAL"]),
    ("ID-01", {"evidence.0.date": "2026-03-10", "dates.arrival": None}, EXEMPT, []),
    ("ID-03", {"buyerVatIdIndicated": True, "buyerVatState": "PL", "viesAtSupply": "VALID", "invoice.buyerVatId": True,
               "evidence.1.receiptMonth": "2026-04"}, NEEDS_REVIEW, ["EVIDENCE_CONTRADICTS"]),
    ("ID-01", {"evidence.0.place.country": "CZ"}, NEEDS_REVIEW, ["EVIDENCE_CONTRADICTS"]),
    ("PY-18", {"evidence.0.place.country": "EL"}, EXEMPT, []),
    ("Q-16", {"evidence.2.arrivalPlace": "PARIS FR"}, EXEMPT, []),
    # Cash, payers, doubts, collectors
    ("NL-07", {"doubts": ["new company"], "payment.payer": "buyer"}, EXEMPT, []),
    ("NL-07", {"doubts": ["new company"]}, NEEDS_REVIEW, ["FRAUD_KNOWLEDGE"]),
    ("NL-07", {"doubts": ["new company"], "payment.explained": True}, EXEMPT, []),
    ("NL-07", {"doubts": []}, NEEDS_REVIEW, ["PAYER_NOT_BUYER"]),
    # Germany
    ("DE-13", {"evidence.0.collective.from": "2026-01"}, EXEMPT, []),
    ("DE-13", {"evidence.0.collective.from": "2025-12"}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.buyerNameAddress": False}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.quantityDescription": None}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.place": None}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.place.city": None}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.signedBy": []}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("ID-01", {"evidence.0.signedBy": ["carrier"]}, NOT_YET, ["CONFIRMATION_NOT_FROM_BUYER"]),
    ("DE-01", {"evidence.0.transmission.startedIn": "free mail"}, NOT_YET, ["CONFIRMATION_NOT_FROM_BUYER"]),
    ("DE-57", {"evidence.0.translated": True}, EXEMPT, []),
    ("DE-57", {"evidence.0.language": "fr"}, EXEMPT, []),
    ("ID-02", {"evidence.0.boxes.22": None}, NOT_YET, ["CMR_BOX22_UNSIGNED"]),
    ("ID-02", {"evidence.0.boxes.24": None}, NOT_YET, ["CMR_BOX24_UNSIGNED"]),
    ("ID-02", {"evidence.0.party": "seller", "collectedBy": "seller"}, NOT_YET, ["EVIDENCE_NOT_INDEPENDENT", "SECOND_ITEM_MISSING"]),
    ("DE-21", {"evidence.0.complete": False}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("DE-21", {"evidence.0.receiptMonth": None}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("DE-21", {"evidence.0.mentionsVin": False}, NOT_YET, ["VIN_MISSING_ON_PROOF"]),
    ("DE-28", {"evidence.0.kind": "COMMERCIAL_SET"}, NOT_YET, ["SECOND_ITEM_MISSING"]),
    ("DE-28", {"evidence.1.place.country": "DE"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-28", {"evidence.1.mentionsVin": False}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-23", {"collectedBy": "carrier-for-seller"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-23", {"evidence.1.account": "company T"}, NOT_YET, ["BUYER_PAYMENT_PROOF_MISSING"]),
    ("DE-36", {"evidence.0.mentionsVin": False}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-35", {"evidence.0.place.country": "DE"}, NEEDS_REVIEW, ["EVIDENCE_CONTRADICTS"]),
    ("DE-33", {"evidence.0.holder": "customer of the buyer"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-40", {"evidence.0.place.country": "DE"}, NEEDS_REVIEW, ["EVIDENCE_CONTRADICTS"]),
    ("DE-41", {"evidence.1.scope": "general"}, TAXABLE, ["AUTHORITY_OF_COLLECTOR_MISSING"]),
    ("DE-41", {"evidence.2.kind": "COMMERCIAL_SET"}, TAXABLE, ["COLLECTOR_ID_MISSING"]),
    ("DE-41", {"evidence.3.account": "company T"}, TAXABLE, ["BUYER_PAYMENT_PROOF_MISSING"]),
    ("DE-41", {"vatCheck.qualified": False}, TAXABLE, ["QUALIFIED_MISMATCH"]),
    ("DE-41", {"collectedBy": "buyer", "evidence.1.scope": "general"}, EXEMPT, []),
    ("DE-41", {"evidence.+": NOTE}, EXEMPT, []),
    ("DE-39", {"evidence.0.date": "2028-12-31"}, EXEMPT, []),
    ("DE-39", {"evidence.0.date": "2029-01-01"}, TAXABLE, ["ARRIVAL_PROOF_MISSING"]),
    ("DE-39", {"evidence.0.date": "2029-01-01", "dates.assessed": "2028-12-31"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    # Article 45a
    ("P-04", {"evidence.1.issuer": "carrier A"}, NOT_YET, ["EVIDENCE_SAME_ISSUER"]),
    ("P-04", {"evidence.1.mentionsVin": False}, NEEDS_REVIEW, ["VIN_MISSING_ON_PROOF"]),
    ("P-05", {"evidence.1.mentionsVin": False}, EXEMPT, []),
    ("P-04", {"evidence.0.boxes.23": None}, NOT_YET, ["LIST_A_ITEM_MISSING"]),
    ("P-10", {"evidence.0.mentionsVin": False, "evidence.1.kind": "COMMERCIAL_SET"}, NEEDS_REVIEW, ["SECOND_ITEM_MISSING", "VIN_MISSING_ON_PROOF"]),
    ("P-17", {"evidence.1.place.country": "DE"}, EXEMPT, []),
    ("P-32", {"evidence.1.relatedTo": None}, NOT_YET, ["EVIDENCE_NOT_INDEPENDENT"]),
    ("Q-02", {"evidence.2.namesPersonWhoAccepted": False}, NOT_YET, ["BUYER_STATEMENT_INCOMPLETE"]),
    ("Q-02", {"evidence.2.namesDestination": None}, NOT_YET, ["BUYER_STATEMENT_INCOMPLETE"]),
    ("Q-07", {"evidence.0.kind": "CMR", "evidence.0.signedBy": ["carrier"]}, EXEMPT, []),
    ("TR-09", {"evidence.1.issuer": "carrier A", "evidence.2.account": "company T"}, NOT_YET,
     ["EVIDENCE_SAME_ISSUER", "BUYER_PAYMENT_PROOF_MISSING"]),
    # The other states
    ("AT-01", {"evidence.2.kind": "COMMERCIAL_SET"}, NOT_YET, ["COLLECTOR_ID_MISSING"]),
    ("AT-01", {"evidence.3.kind": "COMMERCIAL_SET"}, NOT_YET, ["AT_REGISTRATION_LOCK_MISSING"]),
    ("AT-01", {"evidence.1.kind": "COMMERCIAL_SET"}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("AT-01", {"evidence.0.place.city": None}, EXEMPT, []),
    ("AT-01", {"evidence.0.place.city": None, "evidence.1.place.city": None}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("AT-01", {"collectedBy": "carrier-for-buyer"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("AT-02", {"evidence.2.scope": "special"}, EXEMPT, []),
    ("P-18", {"evidence.2.kind": "COMMERCIAL_SET"}, NOT_YET, ["AT_REGISTRATION_LOCK_MISSING"]),
    ("BE-01", {"evidence.0.period": "3 months"}, EXEMPT, []),
    ("BE-01", {"evidence.0.period": "4 months"}, NOT_YET, ["BE_DESTINATION_DOCUMENT_INCOMPLETE"]),
    ("BE-01", {"evidence.0.complete": False}, NOT_YET, ["BE_DESTINATION_DOCUMENT_INCOMPLETE"]),
    ("BE-01", {"evidence.0.signedBy": ["seller"]}, NOT_YET, ["BE_DESTINATION_DOCUMENT_INCOMPLETE"]),
    ("BE-04", {"evidence.0.signedBy": ["buyer", "warehouse W"]}, EXEMPT, []),
    ("BE-06", {"evidence.1.kind": "PACKING_SPEC"}, EXEMPT, []),
    ("BE-06", {"evidence.1.kind": "PACKING_SPEC", "evidence.2.kind": "PACKING_SPEC"}, NOT_YET, ["SECOND_ITEM_MISSING"]),
    ("FR-03", {"evidence.1.kind": "PACKING_SPEC", "evidence.2.kind": "PACKING_SPEC"}, NEEDS_REVIEW, ["SECOND_ITEM_MISSING"]),
    ("Q-12", {"evidence.1.holder": "customer of the buyer"}, NOT_YET, ["LIST_A_ITEM_MISSING"]),
    ("IT-02", {"evidence.0.boxes.24": None}, NOT_YET, ["CMR_BOX24_UNSIGNED"]),
    ("IT-02", {"evidence.1.account": "company T"}, NOT_YET, ["SECOND_ITEM_MISSING", "BUYER_STATEMENT_MISSING"]),
    ("NL-02", {"previousDeals": 3}, EXEMPT, []),
    ("NL-02", {"previousDeals": 2}, NOT_YET, ["NL_REGULAR_CUSTOMER", "ARRIVAL_PROOF_MISSING"]),
    ("NL-02", {"evidence.0.complete": False}, NOT_YET, ["CONFIRMATION_INCOMPLETE"]),
    ("NL-02", {"evidence.2.account": "company T"}, NOT_YET, ["NL_REGULAR_CUSTOMER", "ARRIVAL_PROOF_MISSING"]),
    ("NL-02", {"collectedBy": "carrier-for-buyer"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("NL-01", {"evidence.3.account": "company T"}, NOT_YET, ["EVIDENCE_SAME_ISSUER", "BUYER_PAYMENT_PROOF_MISSING"]),
    ("PL-01", {"evidence.1.kind": "COMMERCIAL_SET"}, NOT_YET, ["CARGO_SPECIFICATION_MISSING"]),
    ("PL-01", {"evidence.0.boxes.24": None}, NOT_YET, ["CMR_BOX24_UNSIGNED"]),
    ("PL-02", {"evidence.0.complete": False}, NOT_YET, ["PL_OWN_TRANSPORT_DOC_INCOMPLETE"]),
    ("PL-02", {"evidence.1.kind": "COMMERCIAL_SET"}, NOT_YET, ["CARGO_SPECIFICATION_MISSING"]),
    ("PL-02", {"collectedBy": "carrier-for-buyer"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("PL-04", {"evidence.3.kind": "COMMERCIAL_SET", "evidence.1.kind": "COMMERCIAL_SET"}, NOT_YET, ["CARGO_SPECIFICATION_MISSING"]),
    ("PL-04", {"evidence.1.kind": "PACKING_SPEC", "evidence.2.kind": "PACKING_SPEC"}, NOT_YET, ["SECOND_ITEM_MISSING"]),
    ("ES-01", {"evidence.0.signedBy": ["seller"]}, NOT_YET, ["SECOND_ITEM_MISSING"]),
    ("ES-01", {"evidence.1.kind": "PACKING_SPEC"}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("ES-03", {"evidence.1.kind": "PACKING_SPEC"}, NOT_YET, ["SECOND_ITEM_MISSING"]),
    ("CZ-04", {"evidence.0.complete": False}, NOT_YET, ["ARRIVAL_PROOF_MISSING"]),
    ("CZ-04", {"evidence.1.account": "company T"}, NOT_YET, ["SECOND_ITEM_MISSING"]),
]  # fmt: skip


@pytest.mark.parametrize(("base", "changes", "verdict", "missing"), EDGES)
def test_one_step_beside_the_line(base, changes, verdict, missing):
    order = ruled(base, changes)

    assert (order.verdict, set(order.missing)) == (verdict, set(missing)), order


FLAGS = [
    ("PY-11", {"payment.paid": 1000}, {"CASH_LIMIT"}, set()),
    ("PY-11", {"payment.paid": 999}, set(), {"CASH_LIMIT"}),
    ("DE-43", {"payment.paid": 10000}, {"CASH_ID_DUTY"}, set()),
    ("DE-43", {"payment.paid": 9999}, set(), {"CASH_ID_DUTY"}),
    ("DE-43", {"payment.paid": 41500, "price.currency": "CHF"}, set(), {"CASH_ID_DUTY"}),
    ("NL-05", {"payment.paid": 3000}, {"CASH_LIMIT"}, set()),
    ("NL-05", {"payment.paid": 3000, "dates.supply": "2025-12-31"}, set(), {"CASH_LIMIT"}),
    ("DE-56", {}, set(), {"COLLECTOR_ID_MISSING"}),
    ("DE-56", {"evidence.1.kind": "COMMERCIAL_SET"}, {"COLLECTOR_ID_MISSING"}, set()),
    ("DE-01", {}, set(), {"COLLECTOR_ID_MISSING"}),
    ("ID-14", {}, {"VAT_ID_NOT_OF_DESTINATION"}, set()),
    ("CH-05", {}, set(), {"VAT_ID_NOT_OF_DESTINATION"}),
    ("ID-01", {}, set(), {"VAT_ID_NOT_OF_DESTINATION", "RECAP_STATEMENT_PENDING", "QUALIFIED_MISMATCH"}),
    ("RS-01", {"dates.assessed": "2026-04-25"}, {"RECAP_STATEMENT_PENDING"}, set()),
    ("ID-31", {}, {"QUALIFIED_MISMATCH"}, set()),
    ("NV-05", {}, {"NEW_VEHICLE_DATA", "NEW_VEHICLE_REPORT"}, set()),
    ("NV-03", {}, {"NEW_VEHICLE_REPORT"}, {"NEW_VEHICLE_DATA"}),
    ("NV-13", {}, set(), {"NEW_VEHICLE_REPORT"}),
    ("NV-06", {}, set(), {"NEW_VEHICLE_REPORT"}),
    ("ID-30", {}, {"TAX_DUE_IN_DESTINATION"}, set()),
    ("ID-29", {}, set(), {"TAX_DUE_IN_DESTINATION"}),
    ("Q-03", {}, {"BUYER_STATEMENT_LATE"}, set()),
    ("Q-03", {"evidence.2.date": "2026-04-10"}, set(), {"BUYER_STATEMENT_LATE"}),
    ("Q-15", {"evidence.2.date": "2026-01-11"}, {"BUYER_STATEMENT_LATE"}, set()),
    ("IT-02", {"dates.arrival": "2026-06-08"}, set(), {"IT_90_DAYS"}),
    ("IT-02", {"dates.arrival": "2026-06-09"}, {"IT_90_DAYS"}, set()),
    ("IT-06", {}, set(), {"IT_90_DAYS"}),
    ("DE-35", {}, {"TRANSLATION_MAY_BE_ASKED"}, set()),
    ("DE-35", {"destination": "AT", "evidence.0.place.country": "AT"}, set(), {"TRANSLATION_MAY_BE_ASKED"}),
    ("DE-33", {}, set(), {"TRANSLATION_MAY_BE_ASKED"}),
    ("TR-09", {"sellerVatIdInDeparture": None}, {"SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE"}, set()),
    ("TR-09", {}, set(), {"SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE"}),
    ("IN-06", {}, {"INVOICE_EXEMPTION_REFERENCE_MISSING"}, set()),
    ("PL-01", {"invoice.buyerVatId": False}, {"INVOICE_VAT_IDS_MISSING"}, set()),
    ("EX-19", {}, {"STOP"}, set()),
    ("PY-02", {}, {"PAYER_NOT_BUYER"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("base", "changes", "there", "absent"), FLAGS)
def test_a_remark_is_made_where_it_is_due_and_nowhere_else(base, changes, there, absent):
    flags = flags_of(ruled(base, changes))

    assert there <= flags
    assert not absent & flags


@pytest.mark.parametrize(
    ("base", "tax"),
    [
        ("ID-01", "NONE"),
        ("ID-29", "DOMESTIC"),
        ("ID-30", "DESTINATION"),
        ("IN-07", "DOMESTIC"),
        ("MG-04", "DOMESTIC"),
    ],
)
def test_which_tax_is_due(base, tax):
    assert {ruling.tax for ruling in ruled(base, {}).rulings} == {tax}


def test_a_margin_car_is_taxed_in_its_margin():
    assert ruled("MG-10", {"acquiredWith": None}).rulings[0].tax == "MARGIN"


@pytest.mark.parametrize(
    ("base", "asks"),
    [
        ("DE-50", "The buyer's confirmation of arrival with VIN, place and month"),
        (
            "EX-13",
            "The customs exit note with the VIN, and the registration or clearance in the third country",
        ),
        ("BE-05", "The destination document, signed by the buyer"),
        ("ID-01", None),
        ("RS-01", None),
        ("ID-04", None),
        ("DE-39", None),
    ],
)
def test_the_next_document_is_that_of_the_cheapest_route(base, asks):
    assert ruled(base, {}).rulings[0].next == asks
