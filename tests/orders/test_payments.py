"""Payments: amounts, accounts, and the release for pickup (contract 8, 16.7)."""

from unittest.mock import ANY

import pytest

from buyers.models import ViesCheck
from nt24.audit.models import Entry
from orders.models import Payment
from tests.deal import money, taken
from tests.ledger import fields_of, nothing_moves, refused

FIRST, SECOND, THIRD = "DE89370400440532013000", "PL61109010140000071219812874", "FR1420041010050500013M02606"
BODY = {
    "paymentDate": "2026-04-20",
    "bankAmount": money(1850000),
    "cashAmount": money(0),
    "sourceIban": FIRST,
}


def payment_of(deal):
    return taken(deal.partner.get(f"{deal.path}/payment"), 200)


def another_order(deal, name, **payment):
    """One more order of the same buyer with its payment; the payment's answer."""
    deal.has_order(externalOrderId=name)
    return taken(deal.partner.post(f"{deal.path}/payment", {**BODY, **payment}), 201)


def test_a_payment_is_judged_with_its_proof_and_its_invoice(ordered):
    path = f"{ordered.has_kyc().path}/payment"
    response = ordered.partner.post(path, BODY)

    assert taken(response, 201) == {
        **BODY,
        "newSourceIban": False,
        "status": "DRAFT",
        "amountMatchesInvoice": False,
        "ibanConsistent": True,
        "readyForPickup": False,
        "version": 0,
        "updatedAt": ANY,
    }
    assert response["Location"] == ordered.partner.path(path)
    assert ordered.now()["status"] == "PAYMENT_SUBMITTED"
    assert {"MISSING_PAYMENT_PROOF", "NOT_READY_FOR_PICKUP"} < set(ordered.codes())

    ordered.uploads(f"{path}/documents", "PAYMENT_BANK_TRANSFER_SCREENSHOT")
    assert (payment_of(ordered)["status"], payment_of(ordered)["version"]) == ("SUBMITTED", 1)
    ordered.has_invoice()
    now = payment_of(ordered)
    assert (now["status"], now["amountMatchesInvoice"], now["version"]) == ("VALID", True, 2)
    assert ordered.codes() == ["NOT_READY_FOR_PICKUP"]


def test_a_source_of_funds_declaration_is_no_proof_of_payment(ordered):
    taken(ordered.partner.post(f"{ordered.path}/payment", BODY), 201)

    ordered.uploads(f"{ordered.path}/payment/documents", "PAYMENT_SOURCE_OF_FUNDS_DECLARATION")
    assert payment_of(ordered)["status"] == "DRAFT"


def test_bank_and_cash_together_pay_the_invoice(ordered):
    ordered.has_invoice().has_payment(bankAmount=money(1000000), cashAmount=money(850000))

    assert payment_of(ordered)["amountMatchesInvoice"] is True
    assert "AMOUNT_MISMATCH" not in ordered.codes()


def test_cash_alone_needs_no_account_and_shows_none(ordered):
    cash = {"paymentDate": "2026-04-20", "bankAmount": money(0), "cashAmount": money(1850000)}

    payment = taken(ordered.partner.post(f"{ordered.path}/payment", cash), 201)
    assert "sourceIban" not in payment
    assert payment["ibanConsistent"] is True


def test_another_sum_than_the_invoice_is_a_mismatch_until_it_is_corrected(ordered):
    ordered.has_invoice().has_payment(bankAmount=money(1849999))
    payment = payment_of(ordered)
    assert (payment["status"], payment["amountMatchesInvoice"]) == ("INVALID", False)
    assert "AMOUNT_MISMATCH" in ordered.codes()

    change = {"cashAmount": money(1)}
    patched = taken(ordered.partner.patch(f"{ordered.path}/payment", change, version=payment["version"]), 200)
    assert patched == {
        **payment,
        "cashAmount": money(1),
        "status": "VALID",
        "amountMatchesInvoice": True,
        "version": payment["version"] + 1,
        "updatedAt": ANY,
    }
    assert "AMOUNT_MISMATCH" not in ordered.codes()


def test_a_currency_that_differs_from_the_invoice_never_matches(ordered):
    ordered.has_invoice().has_payment(bankAmount=money(1850000, "PLN"), cashAmount=money(0, "PLN"))

    assert payment_of(ordered)["amountMatchesInvoice"] is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sourceIban": "DE89370400440532013001"}, "sourceIban"),
        ({"sourceIban": "DE8937040044053201300"}, "sourceIban"),
        ({"sourceIban": ""}, "sourceIban"),
        ({"sourceIban": None}, "sourceIban"),
        ({"cashAmount": money(0, "PLN")}, "cashAmount"),
        ({"paymentDate": "2026-04-27"}, "paymentDate"),
        ({"bankAmount": money(-1)}, "bankAmount.value"),
        ({"newSourceIban": "true"}, "newSourceIban"),
        ({"readyForPickup": True}, "readyForPickup"),
        ({"ibanConsistent": True}, "ibanConsistent"),
    ],
)
def test_an_invalid_payment_is_refused_and_nothing_is_stored(ordered, change, field):
    with nothing_moves():
        response = ordered.partner.post(f"{ordered.path}/payment", {**BODY, **change})
        problem = refused(response, 422, "validation-error")
    assert fields_of(problem) == [field]
    assert field != "sourceIban" or "rejectedValue" not in problem["errors"][0]
    assert not Payment.objects.exists()


def test_money_by_bank_needs_the_account_also_when_it_is_corrected(deal):
    deal.has_buyer().has_order()
    without = {name: value for name, value in BODY.items() if name != "sourceIban"}
    path = f"{deal.path}/payment"

    with nothing_moves():
        problem = refused(deal.partner.post(path, without), 422, "validation-error")
    assert fields_of(problem) == ["sourceIban"]
    cash = {**without, "bankAmount": money(0), "cashAmount": money(1850000)}
    taken(deal.partner.post(path, cash), 201)
    refused(deal.partner.patch(path, {"bankAmount": money(5)}, version=0), 422, "validation-error")
    both = {"bankAmount": money(5), "cashAmount": money(1849995), "sourceIban": FIRST}
    assert taken(deal.partner.patch(path, both, version=0), 200)["sourceIban"] == FIRST


def test_an_iban_is_kept_in_capitals_without_spaces(deal):
    deal.has_buyer().has_order()

    body = {**BODY, "sourceIban": "de89 3704 0044 0532 0130 00"}
    assert taken(deal.partner.post(f"{deal.path}/payment", body), 201)["sourceIban"] == FIRST
    assert taken(deal.partner.post(f"{deal.path}/payment", BODY), 200)["version"] == 0


def test_the_trail_shows_the_account_only_masked(ordered):
    ordered.has_payment()
    taken(ordered.partner.patch(f"{ordered.path}/payment", {"sourceIban": SECOND}, version=1), 200)

    submitted, updated = (
        Entry.objects.get(action=action).changes for action in ("payment.submitted", "payment.updated")
    )
    assert submitted["source_iban"] == [None, "DE••3000"]
    assert updated == {"source_iban": ["DE••3000", "PL••2874"]}
    assert FIRST not in str(list(Entry.objects.values()))


def test_the_same_payment_again_is_found_and_another_one_is_a_conflict(deal):
    deal.has_buyer().has_order()
    first = taken(deal.partner.post(f"{deal.path}/payment", BODY), 201)

    with nothing_moves():
        assert taken(deal.partner.post(f"{deal.path}/payment", BODY), 200) == first
        other = deal.partner.post(f"{deal.path}/payment", {**BODY, "cashAmount": money(1)})
        problem = refused(other, 409, "resource-exists-different-body")
    assert problem["currentResource"] == first


# --- Whose account ------------------------------------------------------------------------------------------


def test_the_first_account_of_a_buyer_is_consistent_and_stays_known(deal):
    deal.has_buyer()

    assert another_order(deal, "ONE")["ibanConsistent"] is True
    assert another_order(deal, "TWO")["ibanConsistent"] is True


def test_a_later_account_is_a_mismatch_until_it_is_declared_new(deal):
    deal.has_buyer()
    another_order(deal, "ONE")
    second = another_order(deal, "TWO", sourceIban=SECOND)
    assert second["ibanConsistent"] is False
    assert "IBAN_MISMATCH" in deal.codes()

    declared = taken(deal.partner.patch(f"{deal.path}/payment", {"newSourceIban": True}, version=0), 200)
    assert (declared["ibanConsistent"], declared["newSourceIban"]) == (True, True)
    assert "IBAN_MISMATCH" not in deal.codes()
    # Declared, but on an order without a verdict: not accepted yet.
    assert another_order(deal, "THREE", sourceIban=SECOND)["ibanConsistent"] is False


def test_an_account_that_was_accepted_with_a_verdict_is_known_afterwards(deal):
    deal.has_buyer()
    another_order(deal, "ONE")
    deal.has_kyc().has_order(externalOrderId="TWO").has_invoice()
    deal.has_payment(sourceIban=SECOND, newSourceIban=True).is_ready().is_picked_up().is_delivered()
    assert deal.now()["status"] == "COMPLIANCE_VALID"

    assert another_order(deal, "THREE", sourceIban=SECOND)["ibanConsistent"] is True
    assert another_order(deal, "FOUR", sourceIban=THIRD)["ibanConsistent"] is False


def test_an_account_that_was_questioned_is_not_accepted_by_a_verdict_with_vat(deal):
    deal.has_buyer()
    another_order(deal, "ONE")
    deal.has_order(externalOrderId="TWO").has_invoice(marginScheme=True).has_payment(sourceIban=SECOND)
    deal.is_ready()
    assert deal.now()["status"] == "COMPLIANCE_INVALID"
    assert "IBAN_MISMATCH" in deal.codes()

    assert another_order(deal, "THREE", sourceIban=SECOND)["ibanConsistent"] is False


def test_the_accounts_of_another_buyer_say_nothing(deal):
    deal.has_buyer()
    another_order(deal, "ONE")
    deal.has_buyer(vatNumber="PL1111111111")

    assert another_order(deal, "TWO", sourceIban=SECOND)["ibanConsistent"] is True


# --- Ready for pickup ---------------------------------------------------------------------------------------


def test_ready_for_pickup_needs_a_payment(deal):
    deal.has_buyer().has_order()

    with nothing_moves():
        response = deal.partner.post(f"{deal.path}/payment/ready-for-pickup")
        assert "payment" in refused(response, 409, "state-conflict")["detail"]


def test_ready_for_pickup_is_repeatable_and_starts_the_daily_checks(ordered):
    ordered.has_kyc().has_invoice().has_payment()
    before, path = payment_of(ordered), f"{ordered.path}/payment/ready-for-pickup"

    response = ordered.partner.post(path)
    ready = taken(response, 200)
    assert ready == {**before, "readyForPickup": True, "version": before["version"] + 1, "updatedAt": ANY}
    assert response["ETag"] == f'"{ready["version"]}"'
    assert ordered.now()["status"] == "READY_FOR_PICKUP"
    assert ordered.now()["vins"][0]["complianceStatus"] == "PENDING"
    transport = taken(ordered.partner.get(f"{ordered.path}/transport"), 200)
    assert transport["dailyViesChecksActive"] is True
    with nothing_moves():
        assert taken(ordered.partner.post(path), 200) == ready
    assert ViesCheck.objects.count() == 1  # answered a moment ago, so not asked again


def test_ready_for_pickup_takes_no_body(ordered):
    ordered.has_payment()

    with nothing_moves():
        response = ordered.partner.post(f"{ordered.path}/payment/ready-for-pickup", {"ready": True})
        refused(response, 422, "validation-error")


def test_a_fatal_reason_decides_only_once_the_order_is_ready(ordered):
    ordered.has_invoice(marginScheme=True).has_payment()
    assert "MARGIN_SCHEME" in ordered.codes()
    assert ordered.rollup()["complianceStatus"] == "INCOMPLETE"

    ordered.is_ready()
    assert (ordered.rollup()["complianceStatus"], ordered.now()["status"]) == (
        "INVALID",
        "COMPLIANCE_INVALID",
    )
    assert ordered.now()["vins"][0]["complianceStatus"] == "INVALID"


def test_a_payment_is_corrected_after_the_verdict_and_assessed_anew(deal):
    deal.is_judged()
    version = payment_of(deal)["version"]

    wrong = deal.partner.patch(f"{deal.path}/payment", {"bankAmount": money(1)}, version=version)
    assert (taken(wrong, 200)["status"], wrong.json()["version"]) == ("INVALID", version + 1)
    assert deal.rollup()["complianceStatus"] == "INCOMPLETE"
    right = deal.partner.patch(f"{deal.path}/payment", {"bankAmount": money(1850000)}, version=version + 1)
    assert (taken(right, 200)["status"], right.json()["version"]) == ("VALID", version + 2)
    assert deal.rollup()["decision"] == "VALID_EXPORT"


def test_without_a_payment_there_is_none_to_read_or_change(deal):
    deal.has_buyer().has_order()

    with nothing_moves():
        refused(deal.partner.get(f"{deal.path}/payment"), 404, "not-found")
        refused(
            deal.partner.patch(f"{deal.path}/payment", {"cashAmount": money(1)}, version=0), 404, "not-found"
        )


def test_a_payment_answers_304_and_refuses_a_stale_version(ordered):
    ordered.has_payment()
    path, now = f"{ordered.path}/payment", payment_of(ordered)

    assert ordered.partner.get(path, If_None_Match='"1"').status_code == 304
    with nothing_moves():
        stale = ordered.partner.patch(path, {"cashAmount": money(1)}, version=0)
        assert refused(stale, 409, "version-mismatch")["currentResource"] == now
