"""How verdicts are reached, left and reached again, by writes, by VIES and by the clock (contract 10, 16.11)."""

from collections.abc import Iterator

import pytest

from compliance.models import Rollup
from compliance.tasks import reassess_due
from tests.compliance.test_blockers_over_http import is_asked, verification_says, vies_says
from tests.deal import BERLIN, WARSAW, Deal, taken
from tests.ledger import at, everything, messages, nothing_moves

VALID, INVALID, OPEN = ("VALID", "VALID_EXPORT"), ("INVALID", "VAT_APPLICABLE"), ("INCOMPLETE", None)


def verdict_of(deal: Deal) -> tuple[str, str | None]:
    rollup = deal.rollup()
    return rollup["complianceStatus"], rollup["decision"]


def changes_invoice(deal: Deal, **change: object) -> None:
    path = f"{deal.path}/invoice?type=PRELIMINARY"
    version = deal.partner.get(path).json()["version"]
    taken(deal.partner.patch(path, change, version=version), 200)


@pytest.fixture
def moving(quick_deal):
    """Everything is in order and the vehicle is on its way."""
    deal = quick_deal.has_buyer().has_kyc().has_order()
    return deal.has_invoice().has_payment().is_ready().is_picked_up()


# --- Fatal reasons of an order that is under way ----------------------------------------------------------


def margin_scheme(deal: Deal) -> Iterator[None]:
    changes_invoice(deal, marginScheme=True)
    yield
    changes_invoice(deal, marginScheme=False)


def vies_invalid(deal: Deal) -> Iterator[None]:
    vies_says(deal, "INVALID")
    yield
    is_asked(deal)


def verification_rejected(deal: Deal) -> Iterator[None]:
    taken(deal.partner.patch(deal.buyer_path, {"kycMode": "NT24_LED"}, version=0), 200)
    verification_says(deal, "REJECTED", "CLEAR")
    yield
    verification_says(deal, "VERIFIED", "CLEAR")


def collected_in_the_buyers_state(deal: Deal) -> Iterator[None]:
    revoke = f"{deal.path}/transport/pickup/revoke"
    taken(deal.partner.post(revoke, {"reason": "Wrong address"}), 200)
    deal.is_picked_up(collectionAddress=WARSAW)
    yield
    taken(deal.partner.post(revoke, {"reason": "Wrong address"}), 200)
    deal.is_picked_up()


def delivered_at_home(deal: Deal) -> Iterator[None]:
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": BERLIN}
    taken(deal.partner.post(f"{deal.path}/transport/delivery", body), 201)
    yield
    taken(deal.partner.post(f"{deal.path}/transport/delivery/revoke", {"reason": "Wrong address"}), 200)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (margin_scheme, "MARGIN_SCHEME"),
        (vies_invalid, "VIES_INVALID"),
        (verification_rejected, "VERIFICATION_REJECTED"),
        (collected_in_the_buyers_state, "VAT_ID_OF_DEPARTURE_STATE"),
        (delivered_at_home, "DESTINATION_NOT_CROSS_BORDER"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fatal_reason_taxes_the_order_until_it_is_corrected(moving, scenario, code):
    steps = scenario(moving)

    next(steps)
    assert verdict_of(moving) == INVALID
    assert code in moving.codes()
    assert moving.now()["status"] == "COMPLIANCE_INVALID"
    assert [row["complianceStatus"] for row in moving.now()["vins"]] == ["INVALID"]
    assert moving.rollup()["modules"]["order"]["vins"][0]["complianceStatus"] == "INVALID"
    invoice = taken(moving.partner.get(f"{moving.path}/invoice"), 200)
    assert invoice["finalInvoiceRequired"] is True

    next(steps, None)
    assert verdict_of(moving) == OPEN
    assert moving.now()["status"] == "TRANSPORT_IN_PROGRESS"
    assert moving.now()["vins"][0]["complianceStatus"] == "TRANSPORT_PENDING"
    invoice = taken(moving.partner.get(f"{moving.path}/invoice"), 200)
    assert invoice["finalInvoiceRequired"] is True
    moving.is_delivered()
    assert verdict_of(moving) == VALID


def test_a_proven_order_turns_invalid_and_back(quick_deal):
    quick_deal.is_judged()
    assert verdict_of(quick_deal) == VALID

    changes_invoice(quick_deal, marginScheme=True)
    assert verdict_of(quick_deal) == INVALID
    assert quick_deal.now()["status"] == "COMPLIANCE_INVALID"
    changes_invoice(quick_deal, marginScheme=False)
    assert verdict_of(quick_deal) == VALID
    assert quick_deal.now()["status"] == "COMPLIANCE_VALID"


def test_an_order_with_vat_still_lists_what_is_missing(moving):
    changes_invoice(moving, marginScheme=True)

    assert moving.codes() == ["MARGIN_SCHEME", "DELIVERY_NOT_CONFIRMED"]


def test_evidence_that_is_taken_back_reopens_a_proven_order(quick_deal):
    quick_deal.is_judged()
    documents = f"{quick_deal.path}/transport/documents"
    (row,) = quick_deal.partner.get(f"{documents}?type=TRANSPORT_CMR").json()["data"]

    archive = {"status": "ARCHIVED", "reason": "Illegible"}
    taken(quick_deal.partner.patch(f"{documents}/{row['uuid']}", archive, version=0), 200)
    assert (verdict_of(quick_deal), quick_deal.codes()) == (OPEN, ["MISSING_CMR"])
    assert quick_deal.now()["status"] == "TRANSPORT_COMPLETED"
    quick_deal.uploads(documents, "TRANSPORT_CMR")
    assert verdict_of(quick_deal) == VALID


def test_a_proven_order_keeps_the_buyer_it_was_proven_with(quick_deal):
    quick_deal.is_judged()
    before = quick_deal.rollup()
    documents = f"{quick_deal.buyer_path}/kyc/documents"
    for row in quick_deal.partner.get(documents).json()["data"]:
        taken(quick_deal.partner.patch(f"{documents}/{row['uuid']}", {"status": "ARCHIVED"}, version=0), 200)
    vies_says(quick_deal, "INVALID")
    taken(quick_deal.partner.post(f"{quick_deal.buyer_path}/block"), 200)

    # Also when the order is looked at again for another reason.
    body = {"purchaseDate": "2026-04-17"}
    taken(quick_deal.partner.patch(quick_deal.path, body, version=quick_deal.now()["version"]), 200)
    assert quick_deal.rollup() == before


# --- The clock ----------------------------------------------------------------------------------------------


def test_the_deadline_of_the_proof_passes_with_the_ninetieth_day(moving):
    taken(moving.partner.post(f"{moving.path}/transport/delivery",
                              {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}), 201)  # fmt: skip
    with at(moving.partner, "2026-07-21T23:59:00Z"):
        reassess_due()
        assert (verdict_of(moving), moving.codes()) == (OPEN, ["MISSING_CMR"])

    with at(moving.partner, "2026-07-22T00:00:05Z"):
        reassess_due()
        assert (verdict_of(moving), moving.codes()) == (INVALID, ["MISSING_CMR", "EVIDENCE_DEADLINE_PASSED"])
        assert moving.now()["status"] == "COMPLIANCE_INVALID"
        with nothing_moves():
            reassess_due()


def test_proof_of_the_time_counts_however_late_it_is_uploaded(moving):
    documents = f"{moving.path}/transport/documents"
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
    taken(moving.partner.post(f"{moving.path}/transport/delivery", body), 201)

    with at(moving.partner, "2026-09-01T10:00:00Z"):
        reassess_due()
        moving.uploads(documents, "TRANSPORT_CMR_DELIVERY", dated="2026-07-22")
        assert (verdict_of(moving), moving.codes()) == (INVALID, ["EVIDENCE_DEADLINE_PASSED"])
        moving.uploads(documents, "TRANSPORT_CMR_DELIVERY", dated="2026-07-21")
        assert (verdict_of(moving), moving.codes()) == (VALID, [])


def test_the_deadline_is_a_setting(moving, settings):
    settings.DELIVERY_PROOF_DAYS = 3
    with at(moving.partner, "2026-04-25T23:00:00Z"):
        taken(
            moving.partner.patch(
                moving.path, {"purchaseDate": "2026-04-18"}, version=moving.now()["version"]
            ),
            200,
        )
        assert verdict_of(moving) == OPEN

    with at(moving.partner, "2026-04-26T00:00:05Z"):
        reassess_due()
        assert verdict_of(moving) == INVALID


def test_an_answer_of_vies_grows_old_by_the_clock(moving):
    with at(moving.partner, "2026-04-26T09:59:00Z"):
        reassess_due()
        assert moving.codes() == ["DELIVERY_NOT_CONFIRMED"]

    with at(moving.partner, "2026-04-26T10:01:00Z"):
        reassess_due()
        assert moving.codes() == ["DELIVERY_NOT_CONFIRMED", "VIES_PENDING"]
        assert verdict_of(moving) == OPEN
        is_asked(moving)
        assert moving.codes() == ["DELIVERY_NOT_CONFIRMED"]


def test_the_clock_leaves_cancelled_and_settled_orders_alone(quick_deal):
    quick_deal.is_judged()
    quick_deal.has_order(externalOrderId="SECOND", vins=("WVWZZZ1JZXW000002",)).has_invoice()
    quick_deal.has_payment().is_ready().is_picked_up()
    taken(quick_deal.partner.post(f"{quick_deal.path}/cancel", {"reason": "x"}), 200)
    assert set(Rollup.objects.values_list("reassess_at", flat=True)) == {None}

    with at(quick_deal.partner, "2026-09-01T10:00:00Z"), nothing_moves():
        reassess_due()


def test_a_cancelled_order_answers_with_its_last_facts_and_no_verdict(moving):
    last = moving.rollup()
    told = messages()

    taken(moving.partner.post(f"{moving.path}/cancel", {"reason": "Buyer withdrew"}), 200)
    rollup = moving.rollup()
    assert (rollup["complianceStatus"], rollup["decision"], rollup["blockers"]) == ("INCOMPLETE", None, [])
    assert rollup["modules"] == {
        **last["modules"],
        "order": {**last["modules"]["order"], "status": "CANCELLED"},
        "invoice": {**last["modules"]["invoice"], "finalInvoiceRequired": False},
        "transport": {**last["modules"]["transport"], "dailyViesChecksActive": False},
    }
    assert rollup["version"] == last["version"] + 1
    assert messages() == told
    before = everything()["compliance.Rollup"]
    vies_says(moving, "INVALID")
    assert everything()["compliance.Rollup"] == before
