"""Data processing agreements: staff record who signed which version when, with the file, and all of them are kept."""

import hashlib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from nt24.actors import system
from nt24.audit.models import Entry
from nt24.documents.storage import UPLOADS, keys_older_than, sweep_orphans
from nt24.partners.actions import SignedAgreement, accept_dpa
from nt24.partners.models import Agreement, Organization
from tests.clamd import running
from tests.documents.hostile import encrypted_pdf
from tests.factories.partners import ApiClientFactory, OrganizationFactory
from tests.papers import pdf, photo
from tests.partner import Partner
from tests.races.crowd import at_once
from tests.staff.desk import Desk, member, move_of, newest, page_of, paper, problems_on

FILE = pdf("agreement")
SIGNED = {
    "version": "2026-09",
    "signedOn": "2026-09-02",
    "signerName": "Erika Mustermann",
    "signerRole": "Prokuristin",
}
COMMAND = system("a_command")
NOW = "2026-09-10T09:00:00Z"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_newest_version(settings):
    settings.DPA_VERSION, settings.DPA_VERSION_SINCE = "2026-09", "2026-09-01"
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def organization():
    return OrganizationFactory(without_dpa=True)


@pytest.fixture
def url(organization):
    return move_of(organization, "accept-agreement")


def file_of(agreement):
    return f"/admin/partners/organization/{agreement.organization_id}/agreements/{agreement.uuid}/"


def stored():
    return {*keys_older_than(timezone.now() + timedelta(days=999))}


@pytest.fixture
def nothing_is_recorded(organization):
    before = stored()

    def nothing_is_recorded():
        organization.refresh_from_db()
        facts = (organization.dpa_accepted_at, Agreement.objects.count(), Entry.objects.count())
        return facts == (None, 0, 0) and stored() == before

    return nothing_is_recorded


def test_the_agreement_is_kept_with_its_file_and_the_api_is_open(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE, "dpa.pdf"))

    agreement = Agreement.objects.get()
    assert (agreement.dpa_version, agreement.signed_on.isoformat()) == ("2026-09", "2026-09-02")
    assert (agreement.signer_name, agreement.signer_role) == ("Erika Mustermann", "Prokuristin")
    assert (agreement.sha256, agreement.size) == (hashlib.sha256(FILE).hexdigest(), len(FILE))
    me = Partner(ApiClientFactory(organization=organization)).get("/v1/me").json()
    assert (me["dpaVersion"], me["dpaAcceptedAt"][:16]) == ("2026-09", "2026-09-10T09:00")
    page = desk.opens(page_of(organization))
    for words in (
        "2026-09-02",
        "Erika Mustermann, Prokuristin",
        agreement.sha256,
        "2026-09-10 09:00 UTC by Anna Nowak",
    ):
        assert words in page


def test_the_trail_has_the_hash_and_nobodys_name(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE, "Vertrag Mustermann.pdf"))

    entry = newest("organization.dpa_accepted")
    assert entry.changes == {
        "dpa_version": ["", "2026-09"],
        "signed_on": [None, "2026-09-02"],
        "sha256": [None, hashlib.sha256(FILE).hexdigest()],
    }
    assert "Mustermann" not in str(Entry.objects.values())


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"signedOn": "2026-09-11"}, "lies in the future"),
        ({"signedOn": "2027-09-02"}, "lies in the future"),
        ({"signedOn": "2026-08-31"}, "not before 2026-09-01"),
        ({"version": "2026-02", "signedOn": "2026-01-31"}, "not before 2026-02-01"),
        ({"signedOn": ""}, "required"),
        ({"signedOn": "02.13.2026"}, ""),
        ({"signerName": "  "}, ""),
        ({"signerRole": ""}, ""),
        ({"version": "2026-10"}, "The newest version is 2026-09."),
        ({"version": "2026-00"}, "Write year and month"),
        ({"version": "2025-13"}, "Write year and month"),
        ({"version": "0000-01"}, "Write year and month"),
        ({"version": "latest"}, "Write year and month"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(desk, nothing_is_recorded, url, typed, words):
    answer = desk.presses(url, **{**SIGNED, **typed}, file=paper(FILE), status=422)

    assert words in " ".join(problems_on(answer))
    assert nothing_is_recorded()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (FILE[: len(FILE) // 3], 422),
        (encrypted_pdf(user="secret"), 422),
        (photo(), 422),
        (b"", 422),
        (b"%PDF-1.7\nno more than this", 422),
        (b"I accept.", 415),
    ],
    ids=["cut off", "encrypted", "picture", "empty", "only a beginning", "text"],
)
def test_a_file_that_nobody_can_read_records_nothing(desk, nothing_is_recorded, url, content, status):
    answer = desk.presses(url, **SIGNED, file=paper(content), status=status)

    assert problems_on(answer)
    assert 'value="Erika Mustermann"' in answer.content.decode()
    assert nothing_is_recorded()


def test_without_a_file_nothing_is_recorded(desk, nothing_is_recorded, url):
    desk.presses(url, **SIGNED, status=422)

    assert nothing_is_recorded()


def test_an_infected_file_is_not_kept(desk, nothing_is_recorded, url, settings):
    with running() as clamd:
        settings.CLAMD_URL, clamd.answer = clamd.url, b"stream: Eicar-Test FOUND\0"
        answer = desk.presses(url, **SIGNED, file=paper(FILE), status=422)

        assert "virus scanner found something" in " ".join(problems_on(answer))
        assert nothing_is_recorded()

        clamd.answer = b"stream: OK\0"
        desk.presses(url, **SIGNED, file=paper(FILE))
    assert Agreement.objects.get().scan_status == "CLEAN"


def test_nothing_is_recorded_unscanned(desk, nothing_is_recorded, url, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:1"  # nobody listens there

    answer = desk.presses(url, **SIGNED, file=paper(FILE), status=503)

    assert "try again later" in answer.content.decode()
    assert nothing_is_recorded()


def test_earlier_agreements_stay(desk, organization, url, settings):
    settings.DPA_VERSION = "2026-02"
    desk.presses(url, **{**SIGNED, "version": "2026-02", "signedOn": "2026-02-03"}, file=paper(pdf("first")))
    settings.DPA_VERSION = "2026-09"
    desk.presses(url, **SIGNED, file=paper(pdf("second")))

    page = desk.opens(page_of(organization))
    assert [*Agreement.objects.values_list("dpa_version", flat=True)] == ["2026-09", "2026-02"]
    assert "2026-02-03" in page
    assert "2026-09-02" in page


def test_a_correction_is_a_new_row_and_counts_from_when_it_was_accepted(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(pdf("of somebody else")))
    organization.refresh_from_db()
    accepted_at = organization.dpa_accepted_at
    with time_machine.travel("2026-09-10T09:20:00Z", tick=True):
        desk.presses(url, **SIGNED, file=paper(FILE))

    organization.refresh_from_db()
    assert (organization.dpa_accepted_at, Agreement.objects.count()) == (accepted_at, 2)


def test_an_older_version_than_the_accepted_one_is_refused(desk):
    organization = OrganizationFactory(dpa_version="2026-09")
    typed = {**SIGNED, "version": "2026-02", "signedOn": "2026-02-03"}

    answer = desk.presses(move_of(organization, "accept-agreement"), **typed, file=paper(FILE), status=422)

    assert "Version 2026-09 is accepted already." in " ".join(problems_on(answer))
    assert Agreement.objects.count() == 0


def test_a_form_that_is_sent_twice_records_once(desk, url):
    filled = {**desk.form(url), **SIGNED}

    answers = [desk.sends(url, {**filled, "file": paper(FILE)}).status_code for _ in range(2)]

    assert Agreement.objects.count() == 1
    assert Entry.objects.count() == 1
    assert answers[0] == 302


def test_what_somebody_else_has_recorded_meanwhile_is_shown_first(desk, second_desk, url):
    filled = {**desk.form(url), **SIGNED}
    second_desk.presses(url, **SIGNED, file=paper(pdf("second")))

    answer = desk.sends(url, {**filled, "file": paper(FILE)})

    assert answer.status_code == 409
    assert "Bernd Maier" in answer.content.decode()
    assert Agreement.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_recorded(django_user_model):
    organization = OrganizationFactory(without_dpa=True)
    url = move_of(organization, "accept-agreement")
    desks = [Desk(member(name, everything=True)) for name in ("anna", "bernd")]
    forms = [{**desk.form(url), **SIGNED} for desk in desks]

    def send(desk, form):
        return lambda: desk.sends(url, {**form, "file": paper(FILE)}).status_code

    answers = at_once([send(desk, form) for desk, form in zip(desks, forms, strict=True)])

    assert sorted(answers) == [302, 409]
    assert (Agreement.objects.count(), Entry.objects.count()) == (1, 1)


# --- Who reads it


def test_the_file_comes_as_it_was_sent_and_the_access_log_says_who_took_it(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE, "dpa.pdf"))
    agreement = Agreement.objects.get()
    assert desk.get(file_of(agreement)).status_code == 302  # asks what for
    assert not Entry.objects.filter(action="agreement.read").exists()

    desk.says_why(organization.uuid, "Audit of September")
    answer = desk.get(file_of(agreement))

    assert b"".join(answer.streaming_content) == FILE
    assert "dpa.pdf" in answer["Content-Disposition"]
    entry = newest("agreement.read")
    assert (entry.actor_label, entry.purpose, entry.retention) == (
        "Anna Nowak",
        "Audit of September",
        "PII_ACCESS",
    )
    assert (entry.subject_uuid, entry.organization_id) == (organization.uuid, organization.pk)
    assert entry.changes == {"agreement": str(agreement.uuid)}


def test_who_may_not_see_people_sees_no_name_and_no_file(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE))
    viewer = Desk(member("vera", "partners.view_organization"))

    page = viewer.opens(page_of(organization))

    assert "Erika Mustermann" not in page
    assert "Prokuristin" in page
    viewer.opens(file_of(Agreement.objects.get()), 403)
    Desk(member("otto", "buyers.view_personal_data")).opens(file_of(Agreement.objects.get()), 403)


def test_an_agreement_is_found_below_its_own_organization_alone(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE))
    other, agreement = OrganizationFactory(), Agreement.objects.get()
    desk.says_why(other.uuid)

    desk.opens(f"/admin/partners/organization/{other.pk}/agreements/{agreement.uuid}/", 404)
    accept_dpa(other, version="2026-09", by=COMMAND)
    desk.opens(file_of(Agreement.objects.get(organization=other)), 404)  # it has no file


def test_an_altered_file_is_not_handed_out_whole(desk, organization, url):
    desk.presses(url, **SIGNED, file=paper(FILE))
    agreement = Agreement.objects.get()
    default_storage.delete(agreement.storage_key)
    desk.says_why(organization.uuid)

    assert desk.get(file_of(agreement)).status_code == 503
    assert not Entry.objects.filter(action="agreement.read").exists()


def test_the_sweep_leaves_it(desk, url):
    desk.presses(url, **SIGNED, file=paper(FILE))
    agreement = Agreement.objects.get()

    sweep_orphans(timezone.now() + timedelta(days=9))

    assert agreement.storage_key.startswith(UPLOADS)
    assert default_storage.exists(agreement.storage_key)


# --- Without a file


def test_a_command_records_without_a_file_and_by_its_name(desk, settings):
    settings.PUBLIC_URL = "http://testserver"
    call_command("seed_demo", "--json")
    organization = Organization.objects.get(slug="demo")

    page = desk.opens(page_of(organization))

    assert "No file" in page
    assert "by command seed_demo" in page
    call_command("seed_demo", "--json")
    assert organization.agreements.count() == 1


@pytest.mark.parametrize("missing", ["signer_name", "signer_role", "sha256", "storage_key"])
def test_the_database_takes_no_half_agreement(organization, missing):
    whole = {"signed_on": datetime(2026, 9, 2, tzinfo=UTC).date(), "signer_name": "E. M.", "signer_role": "CEO",
             "file_name": "a.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64,
             "storage_key": "documents/2026/09/0", "scan_status": "SKIPPED"}  # fmt: skip

    with pytest.raises(IntegrityError), transaction.atomic():
        accept_dpa(
            organization, version="2026-09", by=COMMAND, signed=SignedAgreement(**{**whole, missing: ""})
        )


def test_what_was_accepted_before_is_copied_from_the_trail(organization):
    accept_dpa(organization, version="2026-02", by=COMMAND)
    accept_dpa(organization, version="2026-09", by=COMMAND)
    older = OrganizationFactory(dpa_version="2026-01")
    Agreement.objects.all().delete()

    migration = import_module("nt24.partners.migrations.0005_agreements_of_the_trail")
    migration.copy_from_trail(apps, SimpleNamespace(connection=connection))

    rows = Agreement.objects.order_by("pk").values_list("organization_id", "dpa_version", "recorded_by")
    assert sorted(rows) == sorted(
        [
            (organization.pk, "2026-02", "command a_command"),
            (organization.pk, "2026-09", "command a_command"),
            (older.pk, "2026-01", "NT24"),
        ]
    )
    assert Agreement.objects.get(organization=older).created_at == older.dpa_accepted_at
