"""Auditors take copies of the trail, check them without us, and open them in a spreadsheet (contract 13)."""

import csv
import hashlib
import json
import stat
from html import unescape
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.urls import reverse

from nt24.audit import export
from nt24.audit.chain import seal_new
from nt24.audit.models import Entry, Link
from tests.audit.trails import ANNA, entries, entry

COLUMNS = [
    "position", "previous", "digest", "sealed_at", "chain", "id", "uuid", "at", "actor_kind", "actor_id",
    "actor_label", "action", "subject_type", "subject_uuid", "organization_id", "seller_uuid", "order_uuid",
    "changes", "purpose", "trace_id", "retention", "format",
]  # fmt: skip


@pytest.fixture
def trail(db, april):
    """Four sealed entries, and the one about their checkpoint, which is not sealed yet."""
    entry("order.placed", by=ANNA, changes={"status": [None, "CREATED"]}, purpose='Ärger; "quoted"\nline 2')
    entries(3)
    seal_new()


@pytest.fixture
def exported(tmp_path):
    """`exported(…)` runs the command and returns the path of its file."""

    def run(*options):
        path = tmp_path / f"trail-{len(list(tmp_path.iterdir()))}"
        call_command("export_audit", *options, "--output", str(path))
        return path

    return run


@pytest.fixture
def verified(capsys):
    """`verified(path)`: what `verify_audit --file` prints, and its exit code."""

    def run(path):
        try:
            call_command("verify_audit", "--file", str(path))
        except SystemExit as ended:
            return capsys.readouterr().out.splitlines(), ended.code
        return capsys.readouterr().out.splitlines(), 0

    return run


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def cells_of(path):
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


# --- JSON lines


def test_each_line_can_be_checked_with_any_sha256(trail, exported):
    lines = lines_of(exported())

    previous = "0" * 64
    for position, line in enumerate(lines[:4], start=1):
        form = json.dumps(line["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        chained = f"{previous} {position} {line['digest']} {line['sealed_at']}"
        assert line["digest"] == hashlib.sha256(form.encode()).hexdigest()
        assert line["chain"] == hashlib.sha256(chained.encode()).hexdigest()
        assert (line["position"], line["previous"]) == (position, previous)
        previous = line["chain"]
    assert previous == Link.objects.get(position=4).chain


def test_what_is_not_sealed_yet_stands_at_the_end_without_a_position(trail, exported):
    lines = lines_of(exported())

    assert [line["position"] for line in lines] == [1, 2, 3, 4, None, None]
    assert [line["entry"]["action"] for line in lines[4:]] == ["checkpoint.signed", "audit.exported"]
    assert lines[5]["chain"] is None


def test_a_long_trail_is_read_in_batches(trail, exported, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 3)

    assert [line["position"] for line in lines_of(exported())] == [1, 2, 3, 4, None, None]


@pytest.fixture
def sold(deal):
    """Two orders of one organization, one of another, all sealed."""
    deal.has_buyer().has_order().has_invoice()
    first = deal.order["uuid"]
    deal.has_order(externalOrderId="OTHER")
    seal_new()
    return first


def test_one_order_is_exported(sold, exported):
    lines = lines_of(exported("--order", sold))

    assert {line["entry"]["order_uuid"] for line in lines} == {sold}
    assert len(lines) == Entry.objects.filter(order_uuid=sold).count() > 2


def test_one_organization_is_exported(sold, deal, exported):
    organization = deal.partner.seller.organization
    lines = lines_of(exported("--organization", organization.slug))

    assert {line["entry"]["organization_id"] for line in lines} == {organization.pk}
    assert len(lines) == Entry.objects.filter(organization_id=organization.pk).count()


def test_a_span_of_time_is_exported(trail, exported):
    moments = [line["entry"]["at"] for line in lines_of(exported())]

    some = lines_of(exported("--since", moments[1], "--until", moments[3]))

    assert [line["position"] for line in some] == [2, 3]


def test_an_export_is_an_entry_itself(sold, deal, exported):
    slug = deal.partner.seller.organization.slug
    exported("--organization", slug, "--since", "2026-04-01", "--format", "csv")

    written = Entry.objects.get(action="audit.exported")
    assert (written.actor_kind, written.actor_id) == ("SYSTEM", "export_audit")
    assert written.organization_id == deal.partner.seller.organization_id
    assert written.changes == {
        "format": [None, "csv"],
        "organization": [None, slug],
        "since": [None, "2026-04-01 00:00:00+00:00"],
    }


def test_without_a_file_it_goes_to_standard_output(trail, capsys):
    call_command("export_audit", "--until", "2026-04-25T11:00:00+00:00")

    out, err = capsys.readouterr()
    assert [json.loads(line)["position"] for line in out.splitlines()] == [1, 2, 3, 4, None, None]
    assert err == f"Export {Entry.objects.get(action='audit.exported').subject_uuid} is done.\n"


def test_a_file_is_never_written_over(trail, exported, tmp_path):
    path = exported()
    before = path.read_bytes()

    with pytest.raises(CommandError, match="File exists"):
        call_command("export_audit", "--output", str(path))

    assert path.read_bytes() == before
    assert Entry.objects.filter(action="audit.exported").count() == 1


def test_a_file_is_for_its_owner_only(trail, exported):
    assert stat.S_IMODE(exported().stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--organization", "nobody", "There is no organization with the slug nobody"),
        ("--since", "yesterday", "yesterday is no ISO 8601 time"),
        ("--order", "7", "invalid UUID value"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(db, option, value, said):
    with pytest.raises(CommandError, match=said):
        call_command("export_audit", option, value)

    assert not Entry.objects.exists()


# --- Checking a file


def test_an_export_is_intact(trail, exported, verified):
    path = exported()

    assert verified(path) == (
        [
            "INTACT",
            "  Checked:      4 sealed entries in 6 lines",
            "  Positions:    1 to 4, 0 of them not in this file",
            f"  Head:         link 4, chain {Link.objects.get(position=4).chain}",
        ],
        0,
    )


def test_a_selection_is_intact_and_says_how_much_it_leaves_out(sold, exported, verified):
    lines, code = verified(exported("--order", sold))

    positions = list(Link.objects.filter(entry__order_uuid=sold).values_list("position", flat=True))
    missing = max(positions) - min(positions) + 1 - len(positions)
    assert (lines[0], code) == ("INTACT", 0)
    assert lines[2] == (
        f"  Positions:    {min(positions)} to {max(positions)}, {missing} of them not in this file"
    )
    assert missing > 0


@pytest.mark.parametrize("is_selection", [False, True])
def test_any_changed_byte_of_a_sealed_line_is_found_in_its_line(trail, exported, verified, is_selection):
    path = exported("--until", "2026-04-25T11:00:00", "--since", "2026-04-25T09:00:00")
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [lines[0], lines[2]] if is_selection else lines[:3]
    broken = kept[-1]
    for place in range(0, len(broken), 3):
        other = bytes([broken[place] ^ 1])
        path.write_bytes(b"".join([*kept[:-1], broken[:place], other, broken[place + 1 :]]))
        said, code = verified(path)

        assert (said[0], code) == ("BROKEN", 1), (place, other)
        assert said[1].startswith(f"  First fault:  line {len(kept)}: "), (place, other)


@pytest.mark.parametrize(
    ("written", "rewritten"),
    [(b',"entry"', b', "entry"'), (b'"action":', b'"action":"order.cancelled","action":')],
)
def test_a_line_that_says_the_same_in_another_way_is_found(trail, exported, verified, written, rewritten):
    """Of two members of one name a reader takes the first, another the last."""
    path = exported()
    path.write_bytes(path.read_bytes().replace(written, rewritten, 1))

    said = "  First fault:  line 1: this is no line of export_audit, or it was altered"
    assert verified(path)[0][:2] == ["BROKEN", said]


def test_a_changed_entry_is_named(trail, exported, verified):
    path = exported()
    path.write_bytes(path.read_bytes().replace(b"number 2", b"number 9"))

    altered = lines_of(path)[2]["entry"]
    assert verified(path)[0][1] == (
        f"  First fault:  line 3: entry {altered['uuid']} (order.updated, {altered['at']}) was altered: "
        "its digest is not the one sealed at position 3"
    )


@pytest.mark.parametrize(
    ("order", "what"),
    [
        ([1, 0], "after position 2"),
        ([0, 0], "after position 1"),
    ],
)
def test_lines_in_another_order_are_found(trail, exported, verified, order, what):
    path = exported()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[place] for place in order))

    said, code = verified(path)
    assert (said[1].endswith(what), code) == (True, 1)


def test_a_removed_line_is_counted(trail, exported, verified):
    path = exported()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[3]]))

    assert verified(path)[0][2] == "  Positions:    1 to 4, 2 of them not in this file"


def test_lines_of_two_chains_do_not_fit_together(trail, exported, verified, monkeypatch):
    path = exported()
    first, second, *_ = (json.loads(line) for line in path.read_bytes().splitlines())
    from nt24.audit.form import chain_after, serialised

    second["previous"] = "1" * 64
    second["chain"] = chain_after(second["previous"], 2, second["digest"], second["sealed_at"])
    path.write_bytes(serialised(first) + b"\n" + serialised(second) + b"\n")

    assert verified(path)[0][1].endswith("at position 2 does not follow the line before it")


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"[]\n", b'{"position":1}\n', b"7\n"])
def test_another_file_is_no_export(verified, tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)

    assert verified(path)[0][:2] == [
        "BROKEN",
        "  First fault:  line 1: this is no line of export_audit, or it was altered",
    ]


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("verify_audit", "--file", str(tmp_path / "missing"))


# --- CSV


def test_a_spreadsheet_has_a_column_for_each_member(trail, exported):
    path = exported("--format", "csv")

    first, *_ = rows = cells_of(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfposition,previous,")
    assert list(first) == COLUMNS
    assert [row["position"] for row in rows] == ["1", "2", "3", "4", "", ""]
    assert (first["changes"], first["purpose"]) == ('{"status":[null,"CREATED"]}', 'Ärger; "quoted"\nline 2')
    assert first["digest"] == Link.objects.get(position=1).digest


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(db, exported, start):
    entry(purpose=f'{start}HYPERLINK("https://evil.example")', trace_id="a=b")

    cell, *_ = cells_of(exported("--format", "csv"))
    assert cell["purpose"] == f'\'{start}HYPERLINK("https://evil.example")'
    assert cell["trace_id"] == "a=b"


# --- The admin


@pytest.fixture
def auditor_client(client, db):
    """Reads the trail and takes copies of it, and nothing else."""
    group = Group.objects.create(name="auditors")
    group.permissions.set(
        Permission.objects.filter(codename__in=("view_entry", "view_link", "export_evidence"))
    )
    user = User.objects.create_user("olga", is_staff=True)
    user.groups.add(group)
    client.force_login(user)
    return client


def selects(client, action, rows, query=""):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(reverse("admin:audit_entry_changelist") + query, chosen)


@pytest.mark.parametrize(
    ("action", "format", "media_type"),
    [
        ("export_as_csv", "csv", "text/csv; charset=utf-8"),
        ("export_as_json_lines", "jsonl", "application/x-ndjson"),
    ],
)
def test_an_auditor_takes_a_copy_of_what_is_selected(auditor_client, trail, action, format, media_type):
    chosen = Entry.objects.order_by("pk")[1:3]
    response = selects(auditor_client, action, chosen, "?actor_kind__exact=SYSTEM")
    content = b"".join(response.streaming_content).decode()

    written = Entry.objects.get(action="audit.exported")
    assert (response.status_code, response["Content-Type"]) == (200, media_type)
    assert response["Content-Disposition"] == f'attachment; filename="audit-{written.subject_uuid}.{format}"'
    assert [str(row.uuid) in content for row in Entry.objects.order_by("pk")[:4]] == [
        False,
        True,
        True,
        False,
    ]
    assert (written.actor_kind, written.actor_label) == ("STAFF", "olga")
    assert written.changes == {
        "format": [None, format],
        "entries": [None, 2],
        "filters": [None, "actor_kind__exact=SYSTEM"],
    }


def test_a_copy_from_the_admin_is_checked_like_any_other(auditor_client, trail, verified, tmp_path):
    response = selects(auditor_client, "export_as_json_lines", Entry.objects.all())
    (tmp_path / "copy").write_bytes(b"".join(response.streaming_content))

    assert verified(tmp_path / "copy")[0][:2] == ["INTACT", "  Checked:      4 sealed entries in 5 lines"]


@pytest.mark.parametrize(("permissions", "status"), [((), 403), (("view_entry",), 200)])
def test_staff_without_the_right_to_it_get_no_copy(client, trail, permissions, status):
    paul = User.objects.create_user("paul", is_staff=True)
    paul.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(paul)

    assert selects(client, "export_as_csv", Entry.objects.all()).status_code == status
    assert not Entry.objects.filter(action="audit.exported").exists()


def test_the_admin_shows_every_column_and_the_position(auditor_client, trail):
    [first, *_, last] = Entry.objects.order_by("pk")
    pages = [auditor_client.get(reverse("admin:audit_entry_change", args=[row.pk])) for row in (first, last)]

    shown, unsealed = (unescape(page.content.decode()) for page in pages)
    for name in {field.name for field in Entry._meta.fields} - {
        "at",
        "changes",
        "retention",
        "organization_id",
    }:
        assert str(getattr(first, name) or "—") in shown, name
    assert "2026-04-25 10:00:00 UTC" in shown
    assert first.get_retention_display() in shown
    assert "<dt>Link</dt><dd>1</dd>" in shown
    assert "Not sealed yet" in unsealed
    assert "anna.schmidt" in shown
