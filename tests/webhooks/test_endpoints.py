"""Registering, changing and removing endpoints, and their secrets (contract 12, 16.13)."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from nt24.api.models import Call
from nt24.audit.models import Entry
from nt24.vault import CannotDecrypt, decrypt
from nt24.webhooks.actions import MAX_ENDPOINTS
from nt24.webhooks.models import Endpoint
from tests.factories.partners import ApiClientFactory, SellerFactory
from tests.ledger import fields_of, nothing_moves, refused
from tests.partner import Partner
from tests.webhooks.conftest import endpoint_of

HOOK = {"url": "https://hooks.example.com/novatrade?key=abc", "events": ["compliance.*"]}


@pytest.fixture
def strangers_endpoint(partner):
    """An endpoint of another organization, and its client."""
    seller = SellerFactory()
    stranger = Partner(ApiClientFactory(organization=seller.organization), seller)
    answer = stranger.post("/v1/webhooks", HOOK)
    assert answer.status_code == 201
    return stranger, answer.json()


def test_an_endpoint_is_registered_and_its_secret_shown_once(partner):
    answer = partner.post("/v1/webhooks", HOOK)

    body = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/v1/webhooks/{body['id']}"
    assert body["id"].startswith("wh_")
    assert body["secret"].startswith("whsec_")
    assert len(body["secret"]) >= 40
    assert body["status"] == "ACTIVE"
    assert body["partnerIds"] is None
    assert {name: body[name] for name in HOOK} == HOOK
    shown = partner.get(answer["Location"]).json()
    assert shown == {name: value for name, value in body.items() if name != "secret"}
    assert partner.get("/v1/webhooks").json() == [shown]


TWICE = (
    (["compliance.*", "compliance.*"], ["compliance.*"]),
    (
        ["export_file.generated", "kyc.*", "export_file.generated", "kyc.*"],
        ["export_file.generated", "kyc.*"],
    ),
    (["prospect.submitted"] * 50, ["prospect.submitted"]),
    (["*.used", "self_service_invitation.used", "*.used"], ["*.used", "self_service_invitation.used"]),
)


@pytest.mark.parametrize(("sent", "kept"), TWICE)
def test_an_event_that_is_named_twice_is_kept_once_and_in_its_place(partner, sent, kept):
    made = partner.post("/v1/webhooks", {**HOOK, "events": sent}).json()

    assert made["events"] == kept
    assert endpoint_of(made).events == kept
    version = endpoint_of(made).version
    partner.patch(f"/v1/webhooks/{made['id']}", {"events": sent})
    assert endpoint_of(made).version == version  # nothing has changed


def test_a_secret_of_the_partners_own_is_taken_as_it_is(partner):
    own = "s3cret of my own, 24+ chars: =;,"

    body = partner.post("/v1/webhooks", {**HOOK, "secret": own}).json()

    assert body["secret"] == own
    assert decrypt(endpoint_of(body).secret) == own


def test_no_secret_is_readable_in_the_database_or_the_trail(partner):
    body = partner.post("/v1/webhooks", HOOK, key="k-1").json()

    endpoint, call, entry = Endpoint.objects.get(), Call.objects.get(), Entry.objects.get()
    for kept in (bytes(endpoint.secret), bytes(call.body), repr(entry.__dict__).encode()):
        assert body["secret"].encode() not in kept
        assert body["secret"].removeprefix("whsec_").encode() not in kept
    assert "key=abc" not in repr(entry.changes)


def test_a_replay_shows_the_same_secret_again(partner):
    first = partner.post("/v1/webhooks", HOOK, key="k-1")
    again = partner.post("/v1/webhooks", HOOK, key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["*"]}, "events[0]"),
        ({"events": ["compliance.*", "compliance"]}, "events[1]"),
        ({"events": ["compliance.unknown"]}, "events[0]"),
        ({"events": ["compliance.**"]}, "events[0]"),
        ({"events": ["Compliance.*"]}, "events[0]"),
        ({"events": "compliance.*"}, "events"),
        ({"secret": "x" * 23}, "secret"),
        ({"secret": "x" * 201}, "secret"),
        ({"secret": "geheim-geheim-geheim-gehäm"}, "secret"),
        ({"partnerIds": [str(uuid.uuid4())]}, "partnerIds[0]"),
        ({"partnerIds": []}, "partnerIds"),
        ({"partnerIds": ["no-uuid"]}, "partnerIds[0]"),
        ({"status": "ACTIVE"}, "status"),
        ({"url": "http//nothing"}, "url"),
        ({"acceptedSchemaVersions": []}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": [2]}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": [2, 3, 2]}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": 1}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": "1"}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": None}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": {"1": 1}}, "acceptedSchemaVersions"),
        ({"acceptedSchemaVersions": ["1"]}, "acceptedSchemaVersions[0]"),
        ({"acceptedSchemaVersions": [1, 2.0]}, "acceptedSchemaVersions[1]"),
        ({"acceptedSchemaVersions": [1, True]}, "acceptedSchemaVersions[1]"),
        ({"acceptedSchemaVersions": [1, None]}, "acceptedSchemaVersions[1]"),
        ({"acceptedSchemaVersions": [1, 0]}, "acceptedSchemaVersions[1]"),
        ({"acceptedSchemaVersions": [-1, 1]}, "acceptedSchemaVersions[0]"),
        ({"acceptedSchemaVersions": [1, 2**60]}, "acceptedSchemaVersions[1]"),
        ({"acceptedSchemaVersions": [[1]]}, "acceptedSchemaVersions[0]"),
    ],
)
def test_what_makes_no_sense_is_refused(partner, changes, field):
    Call.objects.all().delete()
    with nothing_moves():
        problem = refused(partner.post("/v1/webhooks", {**HOOK, **changes}), 422, "validation-error")

    assert fields_of(problem) == [field]
    assert str(changes.get("secret", "—")) not in str(problem)


def test_somebody_elses_seller_is_no_partner(partner):
    other = SellerFactory()

    problem = refused(
        partner.post("/v1/webhooks", {**HOOK, "partnerIds": [str(partner.seller.uuid), str(other.uuid)]}),
        422,
        "validation-error",
    )

    assert fields_of(problem) == ["partnerIds[1]"]


def test_a_change_takes_effect_without_if_match(partner):
    path = partner.post("/v1/webhooks", HOOK)["Location"]
    wanted = {
        "url": "https://other.example.com/in",
        "events": ["kyc.vies_check_failed"],
        "partnerIds": [str(partner.seller.uuid)],
    }

    answer = partner.patch(path, wanted)

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in wanted} == wanted
    assert partner.get(path).json() == answer.json()
    assert partner.patch(path, {"partnerIds": None}).json()["partnerIds"] is None
    assert Entry.objects.filter(action="endpoint.updated").count() == 2


def test_equal_values_change_nothing(partner):
    path = partner.post("/v1/webhooks", HOOK)["Location"]
    before = partner.get(path).json()

    assert partner.patch(path, {**HOOK, "status": "ACTIVE"}).json() == before
    assert not Entry.objects.filter(action="endpoint.updated").exists()


def test_a_secret_is_not_changed_by_patch(partner):
    path = partner.post("/v1/webhooks", HOOK)["Location"]

    assert fields_of(refused(partner.patch(path, {"secret": "x" * 30}), 422, "validation-error")) == [
        "secret"
    ]


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED"])
def test_an_endpoint_is_stopped_and_resumed_by_hand(partner, status):
    path = partner.post("/v1/webhooks", HOOK)["Location"]

    stopped = partner.patch(path, {"status": status}).json()
    resumed = partner.patch(path, {"status": "ACTIVE"}).json()

    assert stopped["status"] == status
    assert stopped.get("pauseReason") == ("REQUESTED" if status == "PAUSED" else None)
    assert (resumed["status"], "pausedAt" in resumed) == ("ACTIVE", False)
    assert [entry.action for entry in Entry.objects.order_by("pk")][1:] == [
        f"endpoint.{status.lower()}",
        "endpoint.active",
    ]


def test_a_deleted_endpoint_is_gone_with_its_secret(partner):
    answer = partner.post("/v1/webhooks", HOOK)
    path = answer["Location"]

    assert partner.delete(path).status_code == 204

    assert partner.get("/v1/webhooks").json() == []
    for gone in (partner.get(path), partner.patch(path, {"status": "PAUSED"}), partner.delete(path)):
        refused(gone, 404, "not-found")
    assert bytes(Endpoint.objects.get().secret) == b""


def test_a_rotation_keeps_the_secret_before_for_a_day(partner):
    answer = partner.post("/v1/webhooks", HOOK)
    first = answer.json()["secret"]

    rotated = partner.post(f"{answer['Location']}/rotate-secret")

    body = rotated.json()
    assert rotated.status_code == 200
    assert body["secret"] != first
    endpoint = endpoint_of(body)
    assert decrypt(endpoint.secret) == body["secret"]
    assert decrypt(endpoint.previous_secret) == first
    left = endpoint.previous_secret_until - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [([1], [1]), ([2, 1], [1, 2]), ([1, 1, 1], [1]), ([3, 1, 3, 2], [1, 2, 3]), ([1000, 1], [1, 1000])],
)
def test_the_versions_that_a_receiver_reads_are_a_set(partner, sent, answered):
    answer = partner.post("/v1/webhooks", {**HOOK, "acceptedSchemaVersions": sent})

    assert answer.json()["acceptedSchemaVersions"] == answered
    assert partner.get(answer["Location"]).json()["acceptedSchemaVersions"] == answered


def test_versions_that_were_not_named_are_the_first_one_and_may_be_changed(partner):
    answer = partner.post("/v1/webhooks", HOOK)
    path = answer["Location"]

    assert answer.json()["acceptedSchemaVersions"] == [1]
    assert partner.get("/v1/webhooks").json()[0]["acceptedSchemaVersions"] == [1]
    changed = partner.patch(path, {"acceptedSchemaVersions": [2, 1]})
    assert changed.json()["acceptedSchemaVersions"] == [1, 2]
    assert partner.patch(path, {"status": "PAUSED"}).json()["acceptedSchemaVersions"] == [1, 2]
    with nothing_moves():
        refused(partner.patch(path, {"acceptedSchemaVersions": [7]}), 422, "validation-error")


def test_a_cutover_that_is_confirmed_ends_the_old_secret(partner):
    path = partner.post("/v1/webhooks", HOOK)["Location"]
    partner.post(f"{path}/rotate-secret")
    assert "previousSecretUntil" in partner.get(path).json()

    confirmed = partner.post(f"{path}/confirm-secret")

    assert confirmed.status_code == 200
    assert confirmed.json() == partner.get(path).json()
    assert "previousSecretUntil" not in confirmed.json()
    assert "secret" not in confirmed.json()
    assert Endpoint.objects.get().previous_secret is None
    assert Entry.objects.filter(action="endpoint.secret_confirmed").count() == 1


@pytest.mark.parametrize("before", ["never-rotated", "confirmed", "run-out"])
def test_confirming_again_changes_nothing(partner, before):
    path = partner.post("/v1/webhooks", HOOK)["Location"]
    if before != "never-rotated":
        partner.post(f"{path}/rotate-secret")
    if before == "confirmed":
        partner.post(f"{path}/confirm-secret")
    if before == "run-out":
        Endpoint.objects.update(previous_secret_until=timezone.now() - timedelta(minutes=1))
    was, entries = Endpoint.objects.get().version, Entry.objects.count()
    again = partner.post(f"{path}/confirm-secret")

    assert again.status_code == 200
    assert "previousSecretUntil" not in again.json()
    assert (Endpoint.objects.get().version, Entry.objects.count()) == (was, entries)


def test_confirming_is_replayed_and_takes_no_body(partner):
    path = partner.post("/v1/webhooks", HOOK)["Location"]
    partner.post(f"{path}/rotate-secret")

    refused(partner.post(f"{path}/confirm-secret", {"secret": "x"}), 422, "validation-error")
    first = partner.post(f"{path}/confirm-secret", key="k-9")
    again = partner.post(f"{path}/confirm-secret", key="k-9")

    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content


def test_a_client_secret_is_rotated_over_the_api(partner):
    answer = partner.post(f"/v1/clients/{partner.client.client_id}/rotate-secret", key="k-1")

    secret = answer.json()["secret"]
    form = {"grant_type": "client_credentials", "client_id": partner.client.client_id}
    token = "/realms/nt24-idp/protocol/openid-connect/token"
    assert answer.status_code == 200
    sent = urlencode({**form, "client_secret": secret})
    assert partner.http.post(token, sent, "application/x-www-form-urlencoded").status_code == 200
    assert secret.encode() not in bytes(Call.objects.get(key="k-1").body)
    assert (
        partner.post(f"/v1/clients/{partner.client.client_id}/rotate-secret", key="k-1").json()
        == answer.json()
    )


def test_another_organizations_client_is_not_there(partner):
    other = ApiClientFactory()

    with nothing_moves():
        refused(partner.post(f"/v1/clients/{other.client_id}/rotate-secret"), 404, "not-found")
        refused(partner.post("/v1/clients/nobody/rotate-secret"), 404, "not-found")


def test_another_organizations_endpoint_is_not_there(partner, strangers_endpoint):
    _, theirs = strangers_endpoint
    path = f"/v1/webhooks/{theirs['id']}"
    delivery = f"{path}/deliveries/del_{uuid.uuid4().hex}"

    with nothing_moves():
        for answer in (
            partner.get(path),
            partner.patch(path, {"status": "PAUSED"}),
            partner.delete(path),
            partner.post(f"{path}/rotate-secret"),
            partner.post(f"{path}/confirm-secret"),
            partner.post(f"{path}/test", {"eventType": "kyc.vies_check_failed", "data": {}}),
            partner.get(f"{path}/deliveries"),
            partner.post(f"{path}/deliveries/replay", {"status": "FAILED", "since": "2026-01-01T00:00:00Z"}),
            partner.get(delivery),
            partner.post(f"{delivery}/replay"),
        ):
            refused(answer, 404, "not-found")
    assert partner.get("/v1/webhooks").json() == []


def test_there_are_only_so_many_endpoints(partner):
    for _ in range(MAX_ENDPOINTS):
        assert partner.post("/v1/webhooks", HOOK).status_code == 201

    problem = refused(partner.post("/v1/webhooks", HOOK), 409, "state-conflict")

    assert "delete one first" in problem["detail"]


def test_a_key_is_rotated_without_losing_a_secret(partner, settings):
    body = partner.post("/v1/webhooks", HOOK).json()
    old, new = "A" * 43 + "=", "B" * 43 + "="

    settings.ENCRYPTION_KEYS = [old]
    call_command("reencrypt_secrets")
    under_old = bytes(endpoint_of(body).secret)
    settings.ENCRYPTION_KEYS = [new, old]
    call_command("reencrypt_secrets")
    settings.ENCRYPTION_KEYS, settings.SECRET_KEY = (
        [new],
        "another-secret-key-so-that-nothing-derived-opens-it",
    )

    assert decrypt(endpoint_of(body).secret) == body["secret"]
    with pytest.raises(CannotDecrypt):
        decrypt(under_old)


def test_a_lost_key_is_named_with_what_to_do(partner, settings):
    body = partner.post("/v1/webhooks", HOOK).json()
    settings.SECRET_KEY = "another-secret-key-so-that-nothing-derived-opens-it"

    with pytest.raises(CommandError, match=body["id"]):
        call_command("reencrypt_secrets")


def test_endpoints_are_managed_within_their_own_limit(partner):
    answer = partner.get("/v1/webhooks")

    assert answer["X-RateLimit-Category"] == "webhook-management"
    with time_machine.travel(timezone.now(), tick=True):
        assert partner.post("/v1/webhooks", HOOK)["X-RateLimit-Limit"] == "6000"
