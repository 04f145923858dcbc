"""Since when a verdict and each of its blockers stand, for lists and the start page; partners see none of it."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
import time_machine
from django.apps import apps

from compliance.models import Rollup
from tests.deal import money

LATER = "2026-04-25T10:03:00Z"


@pytest.fixture
def rollup(deal):
    def now():
        return Rollup.objects.get(order__uuid=deal.order["uuid"])

    return now


def test_a_blocker_that_stays_keeps_its_time_and_a_new_one_has_its_own(deal, rollup):
    deal.has_buyer().has_kyc().has_order()
    first = rollup().blocked_since
    with time_machine.travel(LATER, tick=False):
        deal.has_invoice()
        deal.partner.post(
            f"{deal.path}/payment",
            {"paymentDate": "2026-04-20", "cashAmount": money(1850000), "bankAmount": money(0)},
        )

    assert set(first) == {"MISSING_INVOICE", "MISSING_PAYMENT"}
    assert rollup().blocked_since == {"MISSING_PAYMENT_PROOF": LATER, "NOT_READY_FOR_PICKUP": LATER}
    with time_machine.travel("2026-04-25T10:04:00Z", tick=False):
        deal.uploads(f"{deal.path}/payment/documents", "PAYMENT_CONFIRMATION")
    assert rollup().blocked_since == {"NOT_READY_FOR_PICKUP": LATER}


def test_a_decision_counts_from_when_it_was_made(deal, rollup):
    deal.has_buyer().has_kyc().has_order()
    assert rollup().decided_at is None
    deal.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    decided = rollup().decided_at
    assert decided is not None

    with time_machine.travel(LATER, tick=False):
        final = {"type": "FINAL", "invoiceNumber": "F-1", "invoiceDate": "2026-04-25", "vatIncluded": True}
        deal.partner.post(f"{deal.path}/invoice", {**final, "amount": deal.order["totalAmount"]})

    assert rollup().decided_at == decided
    assert rollup().blocked_since == {"FINAL_INVOICE_VAT_MISMATCH": LATER}


@pytest.mark.parametrize("is_judged", [False, True])
def test_rollups_of_before_get_their_times_from_the_trail(deal, rollup, is_judged):
    deal.has_buyer().has_kyc().has_order()
    if is_judged:
        deal.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    was = rollup()
    Rollup.objects.update(decided_at=None, blocked_since=None, updated_at=datetime(2026, 4, 1, tzinfo=UTC))

    import_module("compliance.migrations.0003_decided_at_from_the_trail").fill(apps, None)

    now = rollup()
    assert (now.decided_at is None) is (not is_judged)
    assert set(now.blocked_since or ()) == set(was.blocker_codes)
    assert set((now.blocked_since or {}).values()) <= {"2026-04-01T00:00:00Z"}
