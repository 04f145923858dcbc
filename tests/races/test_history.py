"""Random callers, workers and clocks on one order; afterwards the whole history has to make sense (targets C9)."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from buyers import checks
from buyers.vies import set_next
from compliance import assess
from compliance.models import ExportFile, Rollup
from nt24.actors import system
from nt24.audit.models import Entry
from orders.models import Invoice, Order, Payment
from tests.deal import money
from tests.races import bodies
from tests.races.crowd import at_once
from tests.races.proofs import (
    assert_rollups_are_current,
    assert_served_version_is_the_stored_one,
    messages,
    slugs_of,
)
from transport.models import Milestone, Transport

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

STEPS = 25
REFUSALS = {
    "version-mismatch", "state-conflict", "milestone-already-set", "resource-exists-different-body", "not-found",
}  # fmt: skip
# The audit action that each write causes when it is answered with this status. A PATCH that repeats present values is
# answered 200 as well, with the version it named: it changes nothing and causes nothing.
CAUSES = {
    ("POST", "invoice", 201): "invoice.preliminary_submitted",
    ("PATCH", "invoice", 200): "invoice.updated",
    ("POST", "payment", 201): "payment.submitted",
    ("PATCH", "payment", 200): "payment.updated",
    ("PATCH", "", 200): "order.updated",
    ("POST", "transport/pickup", 201): "transport.pickup_confirmed",
    ("POST", "transport/pickup/revoke", 200): "transport.pickup_revoked",
    ("POST", "transport/delivery", 201): "transport.delivery_confirmed",
    ("POST", "transport/delivery/revoke", 200): "transport.delivery_revoked",
}


class Walker:
    """One partner system that does one thing after the other without asking what the others do."""

    def __init__(self, caller, path, buyer_path, seed):
        self.caller, self.path, self.buyer_path, self.dice = caller, path, buyer_path, random.Random(seed)  # noqa: S311  a repeatable walk, not a secret
        self.seen = {"": 0, "invoice": 0, "payment": 0, "compliance": 0, "transport": 0}
        self.answers, self.done = [], Counter()

    def walk(self):
        for n in range(STEPS):
            self.dice.choices(
                [self.read, self.patch, self.state, self.travel, self.touch_buyer], [3, 3, 2, 3, 2]
            )[0](n)
        return self

    def note(self, method, below, answer, named=None):
        self.answers.append(answer)
        cause = CAUSES.get((method, below, answer.status_code))
        unchanged = named is not None and answer.status_code == 200 and answer.json()["version"] == named
        if cause and "Idempotency-Replayed" not in answer and not unchanged:
            self.done[cause] += 1
        if below in self.seen and answer.status_code in {200, 201}:
            self.learn(below, answer)

    def learn(self, below, answer):
        assert_served_version_is_the_stored_one(answer)
        version = answer.json()["version"]
        assert version >= self.seen[below], (below, version, self.seen[below])
        self.seen[below] = version

    def read(self, n):
        below = self.dice.choice(list(self.seen))
        address = f"{self.path}/{below}".rstrip("/")
        self.note("GET", below, self.caller.get(address))

    def patch(self, n):
        below, body = self.dice.choice(
            [
                ("", {"purchaseDate": f"2026-04-{n % 20 + 1:02}"}),
                ("invoice", {"amount": self.dice.choice([bodies.PRICE, money(1)])}),
                ("payment", {"cashAmount": self.dice.choice([money(0), money(100)])}),
            ]
        )
        version = self.seen[below] + self.dice.choice([0, 0, 0, 1])
        answer = self.caller.patch(f"{self.path}/{below}".rstrip("/"), body, version=version)
        self.note("PATCH", below, answer, named=version)
        if answer.status_code == 409 and "currentResource" in answer.json():
            current = answer.json()["currentResource"]["version"]
            assert current >= self.seen[below]
            self.seen[below] = current

    def state(self, n):
        below, body = self.dice.choice(
            [("invoice", bodies.invoice()), ("payment", bodies.payment()), ("payment/ready-for-pickup", None)]
        )
        self.note("POST", below, self.caller.post(f"{self.path}/{below}", body))

    def travel(self, n):
        today = timezone.localdate().isoformat()
        below, body = self.dice.choice(
            [
                ("transport/pickup", bodies.pickup(pickupDate=today)),
                ("transport/pickup/revoke", {"reason": "Wrong"}),
                ("transport/delivery", bodies.delivery(deliveryDate=today)),
                ("transport/delivery/revoke", {"reason": "Wrong"}),
            ]
        )
        self.note("POST", below, self.caller.post(f"{self.path}/{below}", body))

    def touch_buyer(self, n):
        below = self.dice.choice(["block", "unblock", "kyc/vies-check"])
        body = {} if below == "block" else None
        self.answers.append(self.caller.post(f"{self.buyer_path}/{below}", body))


def work(seed, order_id, vat_number):
    """The workers and the clock: VIES says now yes, now no, and the order is assessed at odd moments."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(STEPS // 2):
        set_next(vat_number, dice.choice(["VALID", "INVALID", "INVALID", "MS_UNAVAILABLE"]))
        checks.ask_due()
        assess.reassess(order_id, by=system("test-clock"))


@pytest.fixture
def judged(partner, buyer, path):
    """The order has its first verdict: ready for pickup, and VIES says no."""
    set_next(buyer["vatNumber"], "INVALID")
    checks.ask_due()
    assert partner.post(f"{path}/payment", bodies.payment()).status_code == 201
    assert partner.post(f"{path}/payment/ready-for-pickup").status_code == 200
    assert Order.objects.get().status == Order.Status.COMPLIANCE_INVALID
    return Order.objects.get()


def test_any_mixture_of_writes_leaves_a_history_without_gaps_and_contradictions(callers, buyer, path, judged):
    buyer_path = f"P/buyers/{buyer['uuid']}"
    walkers = [Walker(caller, path, buyer_path, seed) for seed, caller in enumerate(callers(4))]
    walkers[0].done["payment.submitted"] += 1  # before the walk
    at_once([*(walker.walk for walker in walkers), lambda: work(99, judged.pk, buyer["vatNumber"])])

    answers = [answer for walker in walkers for answer in walker.answers]
    assert [answer.content for answer in answers if answer.status_code >= 500] == []
    assert set(slugs_of(answers)) <= REFUSALS
    assert_every_answered_write_is_in_the_trail_and_nothing_else(walkers)
    assert_versions_are_at_least_what_everybody_saw(walkers)
    assert_milestones_stand_as_the_trail_says()
    assert_events_form_a_chain()
    assert_rollups_are_current()


def assert_every_answered_write_is_in_the_trail_and_nothing_else(walkers):
    done = sum((walker.done for walker in walkers), Counter())
    trail = Counter(Entry.objects.filter(action__in=CAUSES.values()).values_list("action", flat=True))
    assert trail == done
    assert len(done) > 4  # the walk was not all refusals


def assert_versions_are_at_least_what_everybody_saw(walkers):
    kinds = {"": Order, "compliance": Rollup, "transport": Transport, "invoice": Invoice, "payment": Payment}
    for below, model in kinds.items():
        versions = model.objects.values_list("version", flat=True)
        assert max(walker.seen[below] for walker in walkers) <= max(versions, default=0)


def assert_milestones_stand_as_the_trail_says():
    for kind in ("pickup", "delivery"):
        confirmed, revoked = (
            Entry.objects.filter(action=f"transport.{kind}_{verb}").count()
            for verb in ("confirmed", "revoked")
        )
        standing = Milestone.objects.filter(kind=kind.upper(), revoked_at=None).count()
        assert confirmed - revoked == standing <= 1


def assert_events_form_a_chain():
    rollup = Rollup.objects.get()
    changes = messages("compliance.status_changed")
    path = ["INCOMPLETE", *(change["currentStatus"] for change in changes)]
    assert [change["previousStatus"] for change in changes] == path[:-1]
    assert path[-1] == rollup.compliance_status
    assert len(changes) == Entry.objects.filter(action="rollup.status_changed").count() > 0
    verdicts = [change for change in changes if change["currentStatus"] != "INCOMPLETE"]
    assert len(messages("compliance.decision_made")) == len(verdicts)
    numbers = list(ExportFile.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == list(range(1, len(verdicts) + 1))
    assert Entry.objects.filter(action="export_file.requested").count() == len(numbers)
