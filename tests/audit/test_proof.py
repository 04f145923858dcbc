"""Whoever removes the triggers first can alter the trail, and `verify_audit` names what was altered."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from nt24.audit import proof
from nt24.audit.chain import seal_new
from nt24.audit.form import canonical, chain_after, digest_of, stamp
from nt24.audit.models import Checkpoint, Entry, Link
from nt24.documents import certificates
from tests.audit.trails import entries, entry, run, triggers_removed

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(db, april):
    """Six entries, a checkpoint at the sixth, the entry about it, and another one: links 1 to 8."""
    entries(6)
    seal_new()
    entry(purpose="number 8")
    seal_new()
    assert list(Link.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 9))
    return {link.position: link for link in Link.objects.select_related("entry")}


@pytest.fixture
def verified(capsys):
    """`verified()`: the lines that the command prints, and its exit code."""

    def run() -> tuple[list[str], int]:
        try:
            call_command("verify_audit")
        except SystemExit as ended:
            return capsys.readouterr().out.splitlines(), int(str(ended.code))
        return capsys.readouterr().out.splitlines(), 0

    return run


def altered(sql, *params):
    with triggers_removed():
        run(sql, *params)


def assert_first_fault(said, what, link=None):
    """The command names it, with the entry of the link if there is one."""
    lines, code = said
    assert (lines[0], lines[1], code) == ("BROKEN", f"  First fault:  {what}", 1)
    if link is not None:
        assert lines[2] == f"  Entry:        {link.entry_uuid}"


# --- An honest trail


def test_an_untouched_trail_is_intact(trail, verified):
    entry()

    lines, code = verified()

    assert (lines, code) == (
        [
            "INTACT",
            "  Checked:      8 links with their entries, 1 checkpoints",
            "  Not sealed:   1 new entries",
            f"  Head:         link 8, chain {trail[8].chain}",
        ],
        0,
    )


def test_an_empty_trail_is_intact(verified):
    lines, code = verified()

    assert (lines[0], lines[1], code) == (
        "INTACT",
        "  Checked:      0 links with their entries, 0 checkpoints",
        0,
    )


def test_the_trail_of_a_whole_deal_is_intact(deal, verified):
    deal.is_judged()
    seal_new()
    seal_new()

    lines, code = verified()

    assert (lines[0], code) == ("INTACT", 0)
    assert lines[1] == f"  Checked:      {Entry.objects.count()} links with their entries, 1 checkpoints"


def test_a_long_chain_is_read_in_batches(trail, verified, monkeypatch):
    monkeypatch.setattr(proof, "BATCH", 3)

    assert verified()[0][1] == "  Checked:      8 links with their entries, 1 checkpoints"


# --- Entries


ALTERATIONS = {
    "action": "order.cancelled", "actor_kind": "STAFF", "actor_id": "x", "actor_label": "x",
    "at": "2026-04-25 11:00:00+00:00", "subject_type": "x", "subject_uuid": UUID(int=9), "uuid": UUID(int=9),
    "organization_id": 1, "seller_uuid": UUID(int=9), "order_uuid": UUID(int=9),
    "changes": '{"status": [null, "VALID"]}', "purpose": "x", "trace_id": "x", "retention": "PII_ACCESS",
}  # fmt: skip


def test_every_column_is_altered_below():
    assert {field.column for field in Entry._meta.fields} == {*ALTERATIONS, "id"}


@pytest.mark.parametrize("column", ALTERATIONS)
def test_an_altered_entry_is_named(trail, verified, column):
    value = ALTERATIONS[column]
    if isinstance(value, UUID) and connection.vendor == "sqlite":
        value = value.hex
    altered(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", value, trail[3].entry_id)  # noqa: S608

    assert_first_fault(verified(), "the entry of link 3 was altered after it was sealed", trail[3])


def test_an_entry_with_a_number_that_no_entry_can_have_is_named(trail, verified):
    changes = '{"total": [null, 99999999999999999999999999]}'
    altered("UPDATE audit_entry SET changes = %s WHERE id = %s", changes, trail[3].entry_id)

    assert_first_fault(verified(), "the entry of link 3 was altered after it was sealed", trail[3])


def test_an_entry_is_named_with_what_it_says(trail, verified):
    altered("UPDATE audit_entry SET action = 'order.cancelled' WHERE id = %s", trail[3].entry_id)

    assert (
        verified()[0][3] == f"  It says:      order.cancelled at {trail[3].entry.at:%Y-%m-%d %H:%M:%S}+00:00"
    )


@pytest.mark.parametrize(
    "nonsense", ["at = 'yesterday'", "at = '2026-02-31 10:00'", "uuid = 'x'", "purpose = x'ff'"]
)
def test_an_entry_that_cannot_be_read_any_more_is_named(trail, verified, nonsense):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    altered(f"UPDATE audit_entry SET {nonsense} WHERE id = %s", trail[3].entry_id)  # noqa: S608

    assert_first_fault(verified(), "the entry of link 3 was altered after it was sealed", trail[3])


def test_a_removed_entry_is_named(trail, verified):
    altered("DELETE FROM audit_entry WHERE id = %s", trail[5].entry_id)

    assert_first_fault(verified(), "the entry of link 5 is missing", trail[5])


# --- Links


@pytest.mark.parametrize("column", ["digest", "chain"])
def test_an_altered_link_is_named(trail, verified, column):
    altered(f"UPDATE audit_link SET {column} = %s WHERE position = 4", "0" * 64)  # noqa: S608

    what = "link 4 was altered: it does not follow from the one before"
    assert_first_fault(verified(), what, trail[4])


def test_a_link_with_another_time_is_named(trail, verified):
    later = trail[4].sealed_at + timedelta(microseconds=1)
    altered("UPDATE audit_link SET sealed_at = %s WHERE position = 4", later.isoformat(" "))

    what = "link 4 was altered: it does not follow from the one before"
    assert_first_fault(verified(), what, trail[4])


def test_a_link_that_names_another_entry_is_named(trail, verified):
    value = UUID(int=9).hex if connection.vendor == "sqlite" else UUID(int=9)
    altered("UPDATE audit_link SET entry_uuid = %s WHERE position = 4", value)

    assert verified()[0][1] == "  First fault:  link 4 was altered: it names another entry"


def test_a_link_that_cannot_be_read_any_more_is_named(trail, verified):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    altered("UPDATE audit_link SET sealed_at = 'yesterday' WHERE position = 4")

    what = "link 4 was altered: it does not follow from the one before"
    assert_first_fault(verified(), what, trail[4])


def test_a_link_whose_uuid_is_none_any_more_is_named(trail, verified):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    altered("UPDATE audit_link SET entry_uuid = 'nobody' WHERE position = 4")

    assert_first_fault(verified(), "link 4 was altered: it cannot be read")


def test_a_link_without_a_number_is_a_missing_link(trail, verified):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    altered("UPDATE audit_link SET position = 'nowhere' WHERE position = 4")

    assert_first_fault(verified(), "link 4 is missing")


@pytest.mark.parametrize("position", [1, 4])
def test_a_removed_link_is_named(trail, verified, position):
    altered("DELETE FROM audit_link WHERE position = %s", position)

    assert_first_fault(verified(), f"link {position} is missing")


def test_the_first_of_several_faults_is_named(trail, verified):
    altered("DELETE FROM audit_entry WHERE id = %s", trail[6].entry_id)
    altered("UPDATE audit_entry SET purpose = 'x' WHERE id = %s", trail[2].entry_id)

    assert_first_fault(verified(), "the entry of link 2 was altered after it was sealed", trail[2])


# --- The chain


def recompute(first):
    """What a forger does who knows how the chain is made but does not have the key."""
    chain = Link.objects.get(position=first - 1).chain
    for link in Link.objects.filter(position__gte=first).order_by("position").select_related("entry"):
        digest = digest_of(canonical(link.entry))
        chain = chain_after(chain, link.position, digest, stamp(link.sealed_at))
        run("UPDATE audit_link SET digest = %s, chain = %s WHERE position = %s", digest, chain, link.position)


def test_a_chain_that_was_computed_anew_is_not_the_signed_one(trail, verified):
    with triggers_removed():
        run("UPDATE audit_entry SET purpose = 'x' WHERE id = %s", trail[3].entry_id)
        recompute(3)

    what = "the chain up to link 6 is not the one that was signed there"
    assert_first_fault(verified(), what, trail[6])


def test_a_chain_that_was_computed_anew_up_to_its_checkpoint_has_no_signature(trail, verified):
    with triggers_removed():
        run("UPDATE audit_entry SET purpose = 'x' WHERE id = %s", trail[3].entry_id)
        recompute(3)
        run("UPDATE audit_checkpoint SET chain = (SELECT chain FROM audit_link WHERE position = 6)")

    assert_first_fault(verified(), "the signature of the checkpoint at link 6 is wrong", trail[6])


def test_a_chain_that_ends_before_its_newest_checkpoint_is_named(trail, verified):
    altered("DELETE FROM audit_link WHERE position > 4")

    assert_first_fault(verified(), "the chain ends at link 4, but link 6 was signed")


def test_a_chain_whose_end_was_removed_with_its_entries_is_named(trail, verified):
    altered("DELETE FROM audit_entry WHERE id > %s", trail[4].entry_id)
    altered("DELETE FROM audit_link WHERE position > 4")

    assert_first_fault(verified(), "the chain ends at link 4, but link 6 was signed")


def test_links_removed_after_the_last_checkpoint_leave_entries_that_were_never_sealed(trail, verified):
    altered("DELETE FROM audit_link WHERE position > 7")
    assert verified()[1] == 0  # the next sealing would link it again

    with time_machine.travel("2026-04-25T12:00:00Z"):
        what = "an entry has no link: it was never sealed, or its link was removed"
        assert_first_fault(verified(), what, trail[8])


# --- Checkpoints


def test_a_checkpoint_of_a_stranger_is_named(trail, verified, settings, tmp_path):
    settings.KEYS_DIR = tmp_path

    assert_first_fault(verified(), "the checkpoint at link 6 is signed by a stranger", trail[6])


def test_a_checkpoint_that_was_signed_anew_by_a_stranger_is_named(trail, verified, tmp_path):
    stranger = certificates._loaded("", "", tmp_path)
    from nt24.audit.checkpoints import signed

    forged = signed(trail[6], trail[6].sealed_at, stranger)
    altered(
        "UPDATE audit_checkpoint SET signature = %s, certificate = %s", forged.signature, forged.certificate
    )

    assert_first_fault(verified(), "the checkpoint at link 6 is signed by a stranger", trail[6])


def test_a_removed_checkpoint_is_named(trail, verified):
    altered("DELETE FROM audit_checkpoint")

    what = "the checkpoint that link 7 tells of is missing or was altered"
    assert_first_fault(verified(), what, trail[7])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("signature = 'AAAA'", "the signature of the checkpoint at link 6 is wrong"),
        ("signature = 'no base64'", "the signature of the checkpoint at link 6 is wrong"),
        ("signed_at = '2026-04-25 11:00:00+00:00'", "the signature of the checkpoint at link 6 is wrong"),
        ("certificate = 'no certificate'", "the checkpoint at link 6 is signed by a stranger"),
        ("certificate = certificate || ' '", "the checkpoint that link 7 tells of is missing or was altered"),
        ("position = 5", "the signature of the checkpoint at link 5 is wrong"),
    ],
)
def test_an_altered_checkpoint_is_named(trail, verified, change, what):
    altered(f"UPDATE audit_checkpoint SET {change}")  # noqa: S608

    assert_first_fault(verified(), what)


def test_a_checkpoint_with_another_uuid_is_named(trail, verified):
    value = UUID(int=9).hex if connection.vendor == "sqlite" else UUID(int=9)
    altered("UPDATE audit_checkpoint SET uuid = %s", value)

    what = "the checkpoint that link 7 tells of is missing or was altered"
    assert_first_fault(verified(), what, trail[7])


def test_a_checkpoint_of_an_earlier_key_is_good_while_its_root_is_trusted(
    trail, verified, settings, tmp_path
):
    roots = tmp_path / certificates.TRUSTED_DIR
    roots.mkdir()
    earlier = settings.KEYS_DIR / certificates.DEVELOPMENT_CA_FILE
    (roots / "earlier.pem").write_bytes(earlier.read_bytes())
    settings.KEYS_DIR = tmp_path

    assert verified()[1] == 0


# --- What it costs


def test_verifying_costs_the_same_statements_for_few_and_for_many(django_assert_num_queries):
    entries(3)
    seal_new()
    with django_assert_num_queries(7):
        assert proof.verify().position == 3
    entries(40)
    seal_new()
    with django_assert_num_queries(8):  # and the checkpoint that one of them is about
        assert proof.verify().position == 44
    assert Checkpoint.objects.count() == 1
