"""The commands people and tools rely on, and the timetable behind them."""

import json
import os
import stat
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from celery import current_app
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nt24.actors import system
from nt24.api.models import Call
from nt24.api.tasks import forget_old_calls
from nt24.demo.client import DemoClient, Refused
from nt24.demo.organizations import secrets_path
from nt24.documents.models import Document
from nt24.documents.storage import UPLOADS, store_blob
from nt24.documents.tasks import sweep_orphaned_files
from nt24.partners.actions import Terms, change_terms
from nt24.partners.models import ApiClient, Organization, Seller
from nt24.partners.tokens import client_with
from tests.factories.partners import OrganizationFactory

MEMBERS = {
    "baseUrl",
    "tokenUrl",
    "organizationUuid",
    "clientId",
    "clientSecret",
    "sellerId",
    "secondSellerId",
    "secondOrganization",
    "dpaPendingOrganization",
    "staff",
    "auditor",
}


@pytest.fixture
def keys(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.KEYS_DIR = tmp_path / "keys"
    settings.KEYS_DIR.mkdir()
    return settings.KEYS_DIR


@pytest.fixture
def seed(db, keys, capsys):
    def run():
        call_command("seed_demo", "--json")
        return json.loads(capsys.readouterr().out)

    return run


# --- seed_demo


def test_the_seed_answers_with_exactly_the_members_of_the_contract(seed):
    demo = seed()

    assert set(demo) == MEMBERS
    assert set(demo["secondOrganization"]) == {"organizationUuid", "clientId", "clientSecret", "sellerId"}
    assert set(demo["dpaPendingOrganization"]) == {"clientId", "clientSecret", "sellerId"}
    assert set(demo["staff"]) == set(demo["auditor"]) == {"username", "password"}
    assert demo["baseUrl"] == "http://testserver"
    assert demo["tokenUrl"] == "http://testserver/realms/nt24-idp/protocol/openid-connect/token"


def test_seeding_again_changes_nothing(seed):
    first = seed()
    versions = list(Organization.objects.order_by("pk").values_list("slug", "version"))

    assert seed() == first
    assert list(Organization.objects.order_by("pk").values_list("slug", "version")) == versions
    assert (Organization.objects.count(), ApiClient.objects.count(), Seller.objects.count()) == (3, 3, 4)


def test_the_first_organization_may_do_everything_and_the_second_nothing_special(seed):
    demo = seed()

    first = Organization.objects.get(uuid=demo["organizationUuid"])
    second = Organization.objects.get(uuid=demo["secondOrganization"]["organizationUuid"])
    assert (first.rate_limit_tier, first.read_limit, first.write_limit, first.webhook_limit) == (
        "ENTERPRISE",
        60_000,
        60_000,
        6_000,
    )
    assert (second.rate_limit_tier, second.read_limit) == ("STANDARD", None)
    flags = ("marketplace_led_kyc", "multi_vin_orders", "contact_personal_data", "kyc_document_download")
    assert {flag: getattr(first, f"allow_{flag}") for flag in flags} == dict.fromkeys(flags, True)
    assert {flag: getattr(second, f"allow_{flag}") for flag in flags} == dict.fromkeys(flags, False)
    assert first.dpa_accepted_at is not None
    assert second.dpa_accepted_at is not None


def test_every_seller_sits_in_germany_and_belongs_to_its_organization(seed):
    demo = seed()

    rows = Seller.objects.values_list("uuid", "organization__uuid", "country")
    of = {str(uuid): (str(organization), country) for uuid, organization, country in rows}
    assert of[demo["sellerId"]] == of[demo["secondSellerId"]] == (demo["organizationUuid"], "DE")
    second = demo["secondOrganization"]
    assert of[second["sellerId"]] == (second["organizationUuid"], "DE")
    assert of[demo["dpaPendingOrganization"]["sellerId"]][1] == "DE"


def test_every_secret_and_password_opens_its_door(seed):
    demo = seed()

    for tenant in (demo, demo["secondOrganization"], demo["dpaPendingOrganization"]):
        assert client_with(tenant["clientId"], tenant["clientSecret"]).client_id == tenant["clientId"]
    staff, auditor = authenticate(**demo["staff"]), authenticate(**demo["auditor"])
    assert (staff.is_staff, staff.is_superuser) == (True, False)
    assert (auditor.is_staff, auditor.is_superuser) == (True, False)
    assert auditor.has_perm("orders.view_order")
    assert not auditor.has_perm("orders.change_order")
    assert not auditor.has_perm("auth.change_user")
    assert [staff.groups.get().name, auditor.groups.get().name] == ["Administrator", "Auditor"]


def test_the_seed_prints_a_login_for_each_role(seed, capsys):
    demo = seed()
    call_command("seed_demo")

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " / " in line]
    logins = {line[-3]: (" ".join(line[:-3]), line[-1]) for line in lines}
    assert {name: role for name, (role, _) in logins.items()} == {
        "admin": "Administrator",
        "auditor": "Auditor",
        "handler": "Case handler",
        "second": "Case handler",
        "viewer": "Viewer",
    }
    assert logins["admin"][1] == demo["staff"]["password"]
    for name, (role, password) in logins.items():
        assert authenticate(username=name, password=password).groups.get().name == role


def test_the_third_organization_waits_for_its_dpa(seed):
    pending = seed()["dpaPendingOrganization"]

    organization = ApiClient.objects.get(client_id=pending["clientId"]).organization
    assert (organization.dpa_version, organization.dpa_accepted_at) == ("", None)


def test_the_secrets_lie_in_a_file_for_its_owner_only(seed):
    demo = seed()

    assert stat.S_IMODE(secrets_path().stat().st_mode) == 0o600
    assert json.loads(secrets_path().read_text())[demo["clientId"]] == demo["clientSecret"]


def test_a_lost_secrets_file_brings_new_secrets_that_work(seed):
    before = seed()
    secrets_path().unlink()

    after = seed()

    assert after["clientSecret"] != before["clientSecret"]
    assert client_with(after["clientId"], after["clientSecret"]) is not None
    assert authenticate(**after["staff"]) is not None
    assert after["sellerId"] == before["sellerId"]


def test_a_secrets_file_of_another_database_is_brought_up_to_date(seed, keys):
    secrets_path().write_text(
        json.dumps({"api-client-demo": "of-another-database", "admin": "kept-password"})
    )

    demo = seed()

    assert demo["clientSecret"] != "of-another-database"
    assert client_with(demo["clientId"], demo["clientSecret"]) is not None
    assert demo["staff"] == {"username": "admin", "password": "kept-password"}
    assert authenticate(**demo["staff"]) is not None


def test_changed_terms_are_brought_back(seed):
    demo = seed()
    organization = Organization.objects.get(uuid=demo["organizationUuid"])
    change_terms(organization, Terms(), by=system("test"))

    seed()

    organization.refresh_from_db()
    assert (organization.rate_limit_tier, organization.allow_multi_vin_orders) == ("ENTERPRISE", True)


def test_people_see_the_logins_and_not_the_api_secrets(db, keys, capsys):
    call_command("seed_demo")

    shown = capsys.readouterr().out
    kept = json.loads(secrets_path().read_text())
    assert kept["admin"] in shown
    assert kept["api-client-demo"] not in shown


def test_the_shell_form_can_be_evaluated(db, keys, capsys):
    call_command("seed_demo", "--shell")

    lines = capsys.readouterr().out
    script = f'{lines}\nprintf "%s %s" "$CLIENT_ID" "$BASE_URL"'
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == "api-client-demo http://testserver"


# --- the timetable


def test_every_entry_of_the_timetable_is_a_task_and_expires_before_it_comes_again():
    current_app.loader.import_default_modules()
    timetable = current_app.conf.beat_schedule

    assert {entry["task"] for entry in timetable.values()} <= set(current_app.tasks)
    for entry in timetable.values():
        if isinstance(entry["schedule"], float):
            assert entry["options"]["expires"] <= entry["schedule"]
        else:
            assert entry["options"]["expires"] <= 3600


def test_the_sweeps_that_lose_nothing_run_every_few_seconds():
    timetable = {entry["task"]: entry["schedule"] for entry in current_app.conf.beat_schedule.values()}

    for task in (
        "buyers.tasks.ask_vies",
        "compliance.tasks.render_export_files",
        "compliance.tasks.reassess_due",
    ):
        assert timetable[task] == 5.0


def test_calls_are_remembered_for_a_day_and_then_forgotten(db):
    organization, now = OrganizationFactory(), timezone.now()
    for key, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
        Call.objects.create(
            organization=organization, key=key, fingerprint="f", status=201, created_at=now - age
        )

    forget_old_calls()

    assert list(Call.objects.values_list("key", flat=True)) == ["young"]


def test_the_nightly_sweep_removes_what_no_document_refers_to(db, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    orphan = tmp_path / store_blob(ContentFile(b"orphan"), "0" * 64, folder=UPLOADS)
    export_file = tmp_path / store_blob(ContentFile(b"sealed"), "0" * 64)
    two_days_ago = time.time() - 2 * 86400
    for path in (orphan, export_file):
        os.utime(path, (two_days_ago, two_days_ago))

    sweep_orphaned_files()

    assert (orphan.exists(), export_file.exists()) == (False, True)
    assert not Document.objects.exists()


# --- Beside a portal that serves


class WatchfulHasher(MD5PasswordHasher):
    """Says for each password whether it is hashed inside a transaction."""

    algorithm = "watchful"
    inside: ClassVar[list[bool]] = []

    def encode(self, password, salt):
        self.inside.append(connection.in_atomic_block)
        return super().encode(password, salt)


@pytest.fixture
def hashed_inside(settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["tests.test_commands.WatchfulHasher"]
    monkeypatch.setattr(WatchfulHasher, "inside", [])
    return lambda: set(WatchfulHasher.inside)


@pytest.mark.django_db(transaction=True)
def test_no_password_is_hashed_while_other_writers_wait(hashed_inside, keys, capsys):
    for _ in range(2):  # what is made, and what is found again
        call_command("seed_demo", "--json")
    secrets_path().unlink()
    call_command("seed_demo", "--json")  # new passwords for users who exist
    call_command("add_administrator", "first", "--email", "first@nt24.example")

    assert hashed_inside() == {False}


@pytest.mark.django_db(transaction=True)
def test_a_seed_that_finds_everything_writes_no_login(keys, capsys):
    call_command("seed_demo", "--json")

    with CaptureQueriesContext(connection) as captured:
        call_command("seed_demo", "--json")

    assert [
        query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ] == []


# --- The demo's client


@contextmanager
def answering(*answers):
    """A server that gives these answers (status, headers, body) in turn, and the keys it was sent."""
    keys, waiting = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            keys.append(self.headers["Idempotency-Key"])
            status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *what):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", keys
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


NOW = {"Retry-After": "0"}
TWIN = b'{"type": "https://api.novatrade24.com/problems/request-in-progress"}'


@pytest.mark.parametrize(
    "refusal", [(503, NOW, b"{}"), (429, NOW, b"{}"), (409, NOW, TWIN)], ids=["busy", "too fast", "twin"]
)
def test_a_call_that_is_refused_for_the_moment_is_repeated_with_its_key(refusal):
    with answering(refusal, refusal, (201, {}, b'{"uuid": "a"}')) as (url, keys):
        answer = DemoClient(url, heard=lambda answer: None).post("/v1/orders", {})

    assert answer == {"uuid": "a"}
    assert len(keys) == 3
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    "refusal", [(409, NOW, b"{}"), (422, NOW, b"{}"), (500, NOW, b"{}"), (403, NOW, b"{}")]
)
def test_a_call_that_is_refused_for_good_is_not_repeated(refusal):
    with answering(refusal) as (url, keys), pytest.raises(Refused):
        DemoClient(url, heard=lambda answer: None).post("/v1/orders", {})

    assert len(keys) == 1
