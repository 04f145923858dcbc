"""Committed entries are sealed in their order, each exactly once, and the chain is signed from time to time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from nt24.actors import Actor, ActorKind
from nt24.audit import chain
from nt24.audit.chain import seal_new
from nt24.audit.form import START, canonical, chain_after, digest_of, serialised
from nt24.audit.models import Checkpoint, Entry, Link
from nt24.audit.tasks import seal_entries
from tests.audit.trails import SUBJECT, entries, entry

pytestmark = pytest.mark.django_db

NOON = "2026-04-25T12:00:00Z"


def sealed_ids():
    return list(Link.objects.order_by("position").values_list("position", "entry_id"))


# --- The form


def test_an_entry_is_written_down_in_one_way_on_every_database():
    """The digest is that of `sha256sum`; one that changes here breaks every chain there is."""
    written = Entry.objects.create(
        pk=41, uuid=UUID(int=5), at=datetime(2026, 4, 25, 10, 0, tzinfo=UTC),
        actor_kind=ActorKind.API_CLIENT, actor_id="api-client-bank", actor_label="api-client-bank",
        action="payment.updated", subject_type="payment", subject_uuid=SUBJECT, organization_id=3,
        order_uuid=UUID(int=6), changes={"b": [None, 10], "a": ["ü", True]}, trace_id="t-1",
    )  # fmt: skip

    stored = Entry.objects.get(pk=written.pk)

    assert serialised(canonical(stored)).decode() == (
        '{"action":"payment.updated","actor_id":"api-client-bank","actor_kind":"API_CLIENT",'
        '"actor_label":"api-client-bank","at":"2026-04-25T10:00:00.000000Z","changes":{"a":["ü",true],'
        '"b":[null,10]},"format":1,"id":41,"order_uuid":"00000000-0000-0000-0000-000000000006",'
        '"organization_id":3,"purpose":"","retention":"RECORD","seller_uuid":null,'
        '"subject_type":"payment","subject_uuid":"11111111-2222-4333-8444-555555555555","trace_id":"t-1",'
        '"uuid":"00000000-0000-0000-0000-000000000005"}'
    )
    assert digest_of(canonical(stored)) == "8c0fdb70db701de0ec8989e678a77d5a92b97c37f17bb4a04d3f5cdc91c9d907"


def test_every_column_of_an_entry_is_in_its_form():
    columns = {field.column for field in Entry._meta.fields}

    assert set(canonical(entry())) == columns | {"format"}


def test_an_entry_has_the_same_form_before_and_after_it_was_stored():
    by = Actor(ActorKind.STAFF, "7", "Anna Schmidt, NT24 – „Prüfung“")
    written = entry(by=by, changes={"vins": [None, ("A", "B")], "amount": [1, 10**13]}, order_uuid=SUBJECT)

    assert serialised(canonical(Entry.objects.get(pk=written.pk))) == serialised(canonical(written))


# --- Sealing


def test_entries_are_sealed_in_the_order_of_their_ids():
    first, second, third = entries(3)

    assert seal_new() == 3
    assert sealed_ids() == [(1, first.pk), (2, second.pk), (3, third.pk)]
    previous = START
    for link in Link.objects.order_by("position").select_related("entry"):
        sealed_at = f"{link.sealed_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        assert (link.digest, link.entry_uuid) == (digest_of(canonical(link.entry)), link.entry.uuid)
        assert link.chain == chain_after(previous, link.position, link.digest, sealed_at)
        previous = link.chain


def test_an_entry_is_sealed_once():
    entries(2)
    seal_new()
    Checkpoint.objects.get()
    seal_new()  # the entry about the checkpoint

    assert seal_new() == 0
    assert Link.objects.count() == Entry.objects.count() == 3


def test_many_entries_are_sealed_in_batches(monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 4)
    entries(10)

    assert seal_new() == 10
    assert [position for position, _ in sealed_ids()] == list(range(1, 11))


def test_an_entry_of_a_long_transaction_is_sealed_when_it_appears():
    early, late = entries(2)
    late_id = late.pk + 10
    with time_machine.travel(NOON):
        entry_with_id(late_id)
        seal_new()
    with time_machine.travel("2026-04-26T11:00:00Z"):
        entry_with_id(late_id - 5)
        seal_new()

    assert [found for _, found in sealed_ids()][:3] == [early.pk, late.pk, late_id]
    assert late_id - 5 in dict(map(reversed, sealed_ids()))


def test_sealing_does_not_look_at_what_was_sealed_days_ago():
    with time_machine.travel(NOON):
        _, second = entries(2)
        seal_new()
    with time_machine.travel("2026-04-27T12:00:00Z"):
        assert chain.sealed_up_to(timezone.now()) == second.pk
    with time_machine.travel("2026-04-26T11:59:00Z"):
        assert chain.sealed_up_to(timezone.now()) == 0


def entry_with_id(pk):
    values = Entry.objects.values().order_by("pk").first()
    return Entry.objects.create(**{**values, "id": pk, "uuid": UUID(int=pk)})


# --- Checkpoints


def test_the_chain_is_signed_at_most_once_an_hour_and_only_when_it_has_grown():
    signed = []
    with time_machine.travel(NOON, tick=False) as clock:
        for has_entry in (True, True, False, True, False, False, False):
            if has_entry:
                entry()
            seal_new()
            signed.append(Checkpoint.objects.count())
            clock.shift(timedelta(minutes=30))

    assert signed == [1, 1, 2, 2, 3, 3, 3]


def test_a_checkpoint_is_an_entry_of_the_trail():
    entries(2)
    seal_new()

    checkpoint, told = Checkpoint.objects.get(), Entry.objects.get(action="checkpoint.signed")
    assert (checkpoint.position, checkpoint.chain) == (2, Link.objects.get(position=2).chain)
    assert (told.subject_uuid, told.actor_id) == (checkpoint.uuid, "seal-entries")
    assert told.changes["position"] == [None, 2]


def test_without_a_usable_key_entries_are_sealed_and_the_signature_waits(settings, tmp_path, caplog):
    caplog.set_level("WARNING")
    settings.SIGNING_PKCS12 = str(tmp_path / "lost.p12")
    entries(2)

    seal_entries()

    assert (Link.objects.count(), Checkpoint.objects.count()) == (2, 0)
    assert "audit_checkpoint_postponed" in caplog.text
    settings.SIGNING_PKCS12 = ""
    seal_entries()
    assert Checkpoint.objects.get().position == 2
