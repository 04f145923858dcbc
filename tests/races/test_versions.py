"""Two writers with one version: exactly one wins; and what readers see meanwhile (contract 4.4, 16.3)."""

import random
import threading
from datetime import date, timedelta

import pytest

from buyers.models import Buyer
from orders.models import Invoice, Order, Payment
from tests.races import bodies
from tests.races.crowd import at_once
from tests.races.proofs import (
    assert_rollups_are_current,
    assert_served_version_is_the_stored_one,
    slugs_of,
    statuses_of,
)

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def resources(partner, buyer, path):
    """Path, model and a member that touches no other resource, for each kind that PATCH changes."""
    for below, body in (("invoice", bodies.invoice()), ("payment", bodies.payment())):
        assert partner.post(f"{path}/{below}", body).status_code == 201
    contact = {"firstName": "A", "email": "a@example.com"}
    return {
        "order": (path, Order, lambda n: {"responsibleContact": {**contact, "lastName": f"N{n}"}}),
        "invoice": (f"{path}/invoice", Invoice, lambda n: {"invoiceNumber": f"CHANGED-{n}"}),
        "payment": (
            f"{path}/payment",
            Payment,
            lambda n: {"paymentDate": str(date(2020, 1, 1) + timedelta(days=n))},
        ),
        "buyer": (f"P/buyers/{buyer['uuid']}", Buyer, lambda n: {"companyName": f"Firma {n}"}),
    }


@pytest.mark.parametrize("kind", ["order", "invoice", "payment", "buyer"])
def test_of_four_changes_with_one_version_exactly_one_is_taken(callers, partner, resources, kind):
    address, model, change = resources[kind]
    version = partner.get(address).json()["version"]
    answers = at_once(
        [lambda c=c, n=n: c.patch(address, change(n), version=version) for n, c in enumerate(callers(4))]
    )

    assert statuses_of(answers) == [200, 409, 409, 409]
    assert slugs_of(answers) == ["version-mismatch"] * 3
    now = partner.get(address)
    assert now.json()["version"] == version + 1 == model.objects.get().version
    for answer in answers:
        shown = answer.json() if answer.status_code == 200 else answer.json()["currentResource"]
        assert shown == now.json()
    assert_rollups_are_current()


def test_after_two_hundred_random_changes_each_version_has_moved_once_per_change_taken(
    callers, partner, resources
):
    first = {kind: partner.get(address).json()["version"] for kind, (address, _, _) in resources.items()}

    def change_at_random(caller, seed):
        """Fifty changes, each with the version this caller has seen last: often a stale one."""
        dice = random.Random(seed)  # noqa: S311  the same choices in each run
        seen, taken = dict(first), []
        for n in range(50):
            kind = dice.choice(list(resources))
            address, _, change = resources[kind]
            # Another value in each call: what changes nothing moves no version (contract 17.24).
            answer = caller.patch(address, change(50 * seed + n), version=seen[kind])
            assert answer.status_code in {200, 409}, answer.content
            if answer.status_code == 200:
                assert_served_version_is_the_stored_one(answer)
                assert answer.json()["version"] == seen[kind] + 1
                taken.append(kind)
            else:
                assert slugs_of([answer]) == ["version-mismatch"]
            shown = answer.json() if answer.status_code == 200 else answer.json()["currentResource"]
            seen[kind] = shown["version"]
        return taken

    taken = at_once([lambda c=c, seed=seed: change_at_random(c, seed) for seed, c in enumerate(callers(4))])

    counts = {kind: sum(mine.count(kind) for mine in taken) for kind in resources}
    for kind, (address, model, _) in resources.items():
        answer = partner.get(address)
        assert_served_version_is_the_stored_one(answer)
        assert answer.json()["version"] == model.objects.get().version == first[kind] + counts[kind]
    assert sum(counts.values()) > 50
    assert_rollups_are_current()


class Reader:
    """Polls one address with the version it has, and objects to everything older than what was already known."""

    def __init__(self, caller, address):
        self.caller, self.address = caller, address
        self.known = -1  # the newest version that a writer was answered with, or that this reader has seen
        self.answers = {200: 0, 304: 0}
        self.is_over = threading.Event()

    def learn(self, version):
        self.known = max(self.known, version)

    def poll(self):
        tag = ""
        while not self.is_over.is_set():
            known = self.known
            answer = self.caller.get(self.address, **({"If_None_Match": tag} if tag else {}))
            assert answer.status_code in self.answers, answer.content
            self.answers[answer.status_code] += 1
            if answer.status_code == 200:
                assert_served_version_is_the_stored_one(answer)
                tag = answer["ETag"]
            assert answer["ETag"] == tag
            assert int(tag.strip('"')) >= known
            self.learn(int(tag.strip('"')))
        return self.answers


@pytest.mark.parametrize("kind", ["order", "payment", "buyer"])
def test_a_reader_is_never_told_that_an_old_version_is_still_fresh(callers, partner, resources, kind):
    address, model, change = resources[kind]
    writer, caller = callers(2)
    reader = Reader(caller, address)

    def write():
        try:
            version = partner.get(address).json()["version"]
            for n in range(10):
                answer = writer.patch(address, change(n), version=version)
                assert answer.status_code == 200, answer.content
                version = answer.json()["version"]
                reader.learn(version)
        finally:
            reader.is_over.set()

    answers, _ = at_once([reader.poll, write])

    assert answers[200] > 1
    assert partner.get(address).json()["version"] == model.objects.get().version


def test_a_reader_of_the_rollup_sees_each_answered_write(callers, partner, path):
    writer, caller = callers(2)
    reader = Reader(caller, f"{path}/compliance")

    def write():
        try:
            steps = [
                ("invoice", bodies.invoice()),
                ("payment", bodies.payment()),
                ("payment/ready-for-pickup", None),
            ]
            steps += [("transport/pickup", bodies.pickup()), ("transport/pickup/revoke", {"reason": "x"})] * 3
            for below, body in steps:
                assert writer.post(f"{path}/{below}", body).status_code in {200, 201}
                reader.learn(writer.get(f"{path}/compliance").json()["version"])
        finally:
            reader.is_over.set()

    answers, _ = at_once([reader.poll, write])

    assert answers[200] > 1
    assert partner.get(f"{path}/compliance").json()["version"] == reader.known == 9
