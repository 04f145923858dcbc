"""Every blocker of the contract's table, brought about over HTTP and made to go again (contract 10)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from buyers.actions import assess_orders
from buyers.models import Buyer, Kyc
from compliance.tasks import reassess_due
from nt24.actors import system
from tests.deal import BERLIN, WARSAW, ZURICH, Deal, money, taken
from tests.ledger import at

Scenario = Callable[[Deal], Iterator[None]]

# The contract's table, word for word.
TABLE = {
    "buyer": (
        "DOCUMENTS_MISSING", "VIES_NOT_CHECKED", "VIES_UNAVAILABLE", "VIES_INVALID", "VERIFICATION_PENDING",
        "VERIFICATION_REJECTED", "AML_PENDING", "AML_FLAGGED", "BUYER_BLOCKED", "VAT_ID_OF_DEPARTURE_STATE",
    ),
    "invoice": (
        "MISSING_INVOICE", "MISSING_INVOICE_PDF", "INVOICE_TOTAL_MISMATCH", "INVOICE_VAT_MISMATCH",
        "BUYER_NAME_MISMATCH", "MARGIN_SCHEME", "FINAL_INVOICE_VAT_MISMATCH",
    ),
    "payment": (
        "MISSING_PAYMENT", "MISSING_PAYMENT_PROOF", "AMOUNT_MISMATCH", "IBAN_MISMATCH", "NOT_READY_FOR_PICKUP",
    ),
    "transport": (
        "PICKUP_NOT_CONFIRMED", "DELIVERY_NOT_CONFIRMED", "MISSING_CMR", "MISSING_PICKUP_DECLARATION",
        "MISSING_DELIVERY_PROOF", "VIES_PENDING", "DESTINATION_NOT_CROSS_BORDER",
        "DESTINATION_OUTSIDE_VAT_TERRITORY", "EVIDENCE_DEADLINE_PASSED",
    ),
}  # fmt: skip


# Each scenario stops where its blocker stands, and goes on until it is gone.


def documents_missing(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    yield
    deal.has_kyc()


def vies_not_checked(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    yield
    deal.run_workers()


def vies_says(deal: Deal, answer: str) -> None:
    body = {"vatNumber": deal.buyer["vatNumber"], "next": answer}
    taken(deal.partner.post("/v1/sandbox/vies", body), 204)
    is_asked(deal)


def is_asked(deal: Deal) -> None:
    taken(deal.partner.post(f"{deal.buyer_path}/kyc/vies-check"), 202)
    deal.run_workers()


def vies_unavailable(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    vies_says(deal, "SERVICE_UNAVAILABLE")
    yield
    is_asked(deal)


def vies_invalid(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    vies_says(deal, "INVALID")
    yield
    is_asked(deal)


def verification_says(deal: Deal, verification: str, aml: str) -> None:
    """What the verification of Mode B will write once it has a result."""
    buyer = Buyer.objects.get(uuid=deal.buyer["uuid"])
    Kyc.objects.filter(buyer=buyer).update(verification_status=verification, aml_status=aml)
    assess_orders(buyer, by=system("verification"))


def verification_pending(deal: Deal) -> Iterator[None]:
    deal.has_buyer(kycMode="NT24_LED").has_order()
    yield
    verification_says(deal, "VERIFIED", "CLEAR")


def verification_rejected(deal: Deal) -> Iterator[None]:
    deal.has_buyer(kycMode="NT24_LED").has_order()
    verification_says(deal, "REJECTED", "CLEAR")
    yield
    verification_says(deal, "VERIFIED", "CLEAR")


def aml_pending(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    taken(deal.partner.patch(deal.buyer_path, {"kycMode": "NT24_LED"}, version=0), 200)
    yield
    verification_says(deal, "VERIFIED", "CLEAR")


def aml_flagged(deal: Deal) -> Iterator[None]:
    deal.has_buyer(kycMode="NT24_LED").has_order()
    verification_says(deal, "VERIFIED", "FLAGGED")
    yield
    verification_says(deal, "VERIFIED", "CLEAR")


def buyer_blocked(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    taken(deal.partner.post(f"{deal.buyer_path}/block"), 200)
    yield
    taken(deal.partner.post(f"{deal.buyer_path}/unblock"), 200)


def vat_id_of_departure_state(deal: Deal) -> Iterator[None]:
    deal.has_buyer(vatNumber="DE123456789").has_order().has_payment().is_ready()
    yield
    deal.is_picked_up(collectionAddress={**BERLIN, "country": "NL"})


def missing_invoice(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    yield
    deal.has_invoice()


def missing_invoice_pdf(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    body = {
        "type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "1", "vatIncluded": False,
        "amount": money(1850000),
    }  # fmt: skip
    taken(deal.partner.post(f"{deal.path}/invoice", body), 201)
    yield
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")


def corrected(name: str, wrong: Any, right: Any, part: str = "invoice") -> Scenario:
    """A member that is submitted wrong and corrected with a PATCH."""

    def scenario(deal: Deal) -> Iterator[None]:
        deal.has_buyer().has_order()
        if part == "payment":
            deal.has_invoice().has_payment(**{name: wrong})
        else:
            deal.has_invoice(**{name: wrong})
        yield
        version = deal.partner.get(f"{deal.path}/{part}").json()["version"]
        taken(deal.partner.patch(f"{deal.path}/{part}", {name: right}, version=version), 200)

    return scenario


def final_invoice_vat_mismatch(deal: Deal) -> Iterator[None]:
    deal.is_judged()
    body = {
        "invoiceDate": "2026-04-25", "invoiceNumber": "2", "vatIncluded": True, "amount": money(1850000),
    }  # fmt: skip
    taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", body), 201)
    yield
    path = f"{deal.path}/invoice?type=FINAL"
    taken(deal.partner.patch(path, {"vatIncluded": False}, version=0), 200)


def missing_payment(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    yield
    deal.has_payment()


def missing_payment_proof(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order()
    body = {
        "paymentDate": "2026-04-20", "bankAmount": money(1850000), "cashAmount": money(0),
        "sourceIban": "DE89370400440532013000",
    }  # fmt: skip
    taken(deal.partner.post(f"{deal.path}/payment", body), 201)
    yield
    deal.uploads(f"{deal.path}/payment/documents", "PAYMENT_CONFIRMATION")


def iban_mismatch(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order(externalOrderId="FIRST").has_payment()
    deal.has_order().has_payment(sourceIban="PL61109010140000071219812874")
    yield
    taken(deal.partner.patch(f"{deal.path}/payment", {"newSourceIban": True}, version=1), 200)


def not_ready_for_pickup(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment()
    yield
    deal.is_ready()


def pickup_not_confirmed(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment().is_ready()
    yield
    deal.is_picked_up()


def delivery_not_confirmed(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment().is_ready().is_picked_up()
    yield
    deal.is_delivered()


def without_its_paper(step: str, type: str, paper: str) -> Scenario:
    """A milestone whose document is archived and uploaded anew."""

    def scenario(deal: Deal) -> Iterator[None]:
        deal.has_buyer().has_order().has_payment().is_ready().is_picked_up(type=type)
        if step == "delivery":
            deal.is_delivered()
        documents = f"{deal.path}/transport/documents"
        (row,) = deal.partner.get(f"{documents}?type={paper}").json()["data"]
        taken(deal.partner.patch(f"{documents}/{row['uuid']}", {"status": "ARCHIVED"}, version=0), 200)
        yield
        deal.uploads(documents, paper)

    return scenario


def vies_pending(deal: Deal) -> Iterator[None]:
    deal.has_buyer()
    is_asked(deal)
    deal.has_order().has_payment().is_ready()
    with at(deal.partner, "2026-04-26T10:01:00Z"):
        reassess_due()
        yield
        is_asked(deal)


def destination_not_cross_border(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment().is_ready().is_picked_up().is_delivered(deliveryAddress=BERLIN)
    yield
    taken(deal.partner.post(f"{deal.path}/transport/delivery/revoke", {"reason": "Typing error"}), 200)
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
    taken(deal.partner.post(f"{deal.path}/transport/delivery", body), 201)


def destination_outside_vat_territory(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment().is_ready().is_picked_up().is_delivered(deliveryAddress=ZURICH)
    yield
    taken(deal.partner.post(f"{deal.path}/transport/delivery/revoke", {"reason": "Typing error"}), 200)
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
    taken(deal.partner.post(f"{deal.path}/transport/delivery", body), 201)


def evidence_deadline_passed(deal: Deal) -> Iterator[None]:
    deal.has_buyer().has_order().has_payment().is_ready().is_picked_up()
    with at(deal.partner, "2026-07-22T00:00:01Z"):
        reassess_due()
        yield
        deal.uploads(f"{deal.path}/transport/documents", "TRANSPORT_CMR_DELIVERY", dated="2026-07-21")


COMPANY, SELF = "COMPANY_TRANSPORT", "SELF_PICKUP"
SCENARIOS: dict[str, Scenario] = {
    "DOCUMENTS_MISSING": documents_missing,
    "VIES_NOT_CHECKED": vies_not_checked,
    "VIES_UNAVAILABLE": vies_unavailable,
    "VIES_INVALID": vies_invalid,
    "VERIFICATION_PENDING": verification_pending,
    "VERIFICATION_REJECTED": verification_rejected,
    "AML_PENDING": aml_pending,
    "AML_FLAGGED": aml_flagged,
    "BUYER_BLOCKED": buyer_blocked,
    "VAT_ID_OF_DEPARTURE_STATE": vat_id_of_departure_state,
    "MISSING_INVOICE": missing_invoice,
    "MISSING_INVOICE_PDF": missing_invoice_pdf,
    "INVOICE_TOTAL_MISMATCH": corrected("amount", money(1), money(1850000)),
    "INVOICE_VAT_MISMATCH": corrected("vatIncluded", True, False),
    "BUYER_NAME_MISMATCH": corrected("buyerName", "Nobody", "Auto Handel Kowalski Sp. z o.o."),
    "MARGIN_SCHEME": corrected("marginScheme", True, False),
    "FINAL_INVOICE_VAT_MISMATCH": final_invoice_vat_mismatch,
    "MISSING_PAYMENT": missing_payment,
    "MISSING_PAYMENT_PROOF": missing_payment_proof,
    "AMOUNT_MISMATCH": corrected("bankAmount", money(1850001), money(1850000), part="payment"),
    "IBAN_MISMATCH": iban_mismatch,
    "NOT_READY_FOR_PICKUP": not_ready_for_pickup,
    "PICKUP_NOT_CONFIRMED": pickup_not_confirmed,
    "DELIVERY_NOT_CONFIRMED": delivery_not_confirmed,
    "MISSING_CMR": without_its_paper("delivery", COMPANY, "TRANSPORT_CMR_DELIVERY"),
    "MISSING_PICKUP_DECLARATION": without_its_paper("pickup", SELF, "TRANSPORT_PICKUP_DECLARATION"),
    "MISSING_DELIVERY_PROOF": without_its_paper("delivery", SELF, "TRANSPORT_CONFIRMATION_OF_ARRIVAL"),
    "VIES_PENDING": vies_pending,
    "DESTINATION_NOT_CROSS_BORDER": destination_not_cross_border,
    "DESTINATION_OUTSIDE_VAT_TERRITORY": destination_outside_vat_territory,
    "EVIDENCE_DEADLINE_PASSED": evidence_deadline_passed,
}


def test_every_code_of_the_table_has_its_scenario():
    assert list(SCENARIOS) == [code for codes in TABLE.values() for code in codes]


@pytest.mark.parametrize(
    ("module", "code"), [(module, code) for module, codes in TABLE.items() for code in codes]
)
def test_a_blocker_stands_while_its_cause_does(quick_deal, module, code):
    scenario = SCENARIOS[code](quick_deal)

    next(scenario)
    rollup = quick_deal.rollup()
    (blocker,) = [blocker for blocker in rollup["blockers"] if blocker["code"] == code]
    assert blocker["module"] == module
    assert set(blocker) == {"module", "code", "message"}
    assert blocker["message"].endswith(".")
    order = [code for codes in TABLE.values() for code in codes]
    assert quick_deal.codes() == sorted(quick_deal.codes(), key=order.index)
    assert next(scenario, "ended") == "ended"
    mended = quick_deal.rollup()
    assert code not in [blocker["code"] for blocker in mended["blockers"]]
    assert mended["version"] > rollup["version"]


def test_a_cmr_note_is_needed_at_the_pickup_too(quick_deal):
    deal = quick_deal
    without_cmr = without_its_paper("pickup", COMPANY, "TRANSPORT_CMR")(deal)

    next(without_cmr)
    assert "MISSING_CMR" in deal.codes()
    next(without_cmr, None)
    assert "MISSING_CMR" not in deal.codes()


def test_a_milestone_is_asked_for_only_after_the_one_before(quick_deal):
    deal = quick_deal.has_buyer().has_kyc().has_order()
    assert deal.codes() == ["MISSING_INVOICE", "MISSING_PAYMENT"]
    deal.has_invoice().has_payment()
    assert deal.codes() == ["NOT_READY_FOR_PICKUP"]
    deal.is_ready()
    assert deal.codes() == ["PICKUP_NOT_CONFIRMED"]
    deal.is_picked_up(type=SELF)
    assert deal.codes() == ["DELIVERY_NOT_CONFIRMED"]
    deal.is_delivered()
    assert deal.codes() == []
