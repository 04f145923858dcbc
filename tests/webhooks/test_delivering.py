"""What is sent, when it is sent again, and when it is given up (contract 12)."""

import hashlib
import hmac
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from nt24 import claims
from nt24.audit.models import Entry
from nt24.webhooks.models import Attempt, Delivery, Message
from nt24.webhooks.retention import forget_old_messages
from tests.factories.partners import SellerFactory
from tests.ledger import messages
from tests.servers.scripted import unused_port
from tests.test_claims import ASK_DATABASE, WRONG_CLOCKS
from tests.webhooks.conftest import endpoint_of, make_due

OFFSETS = [60, 300, 900, 3600, 14400, 28800, 57600, 86400, 129600, 172800]  # seconds, contract 12


def test_an_event_arrives_signed_with_the_contracts_headers(partner, receiver, subscribe, happens, deliver):
    endpoint = subscribe(receiver)

    happens()
    deliver()

    (request,) = receiver.requests
    (delivery,) = Delivery.objects.all()
    (message,) = Message.objects.all()
    assert request.body == bytes(message.body)
    assert request.is_signed_with(endpoint["secret"])
    assert (
        abs(int(request.headers["x-novatrade-signature"][2:].split(",")[0]) - timezone.now().timestamp()) < 60
    )
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-novatrade-event-id"] == request.event["id"] == message.event_id
    assert request.headers["x-novatrade-event-type"] == request.event["type"] == "compliance.decision_made"
    assert request.headers["x-novatrade-delivery-id"] == delivery.public_id
    assert request.headers["x-novatrade-endpoint-id"] == endpoint["id"]
    assert request.event["partnerUuid"] == str(partner.seller.uuid)
    assert (delivery.status, delivery.http_status, delivery.attempts) == ("DELIVERED", 200, 1)


def test_what_is_done_is_not_sent_again(receiver, subscribe, happens, deliver):
    subscribe(receiver)
    happens()

    deliver()
    deliver()

    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(receiver, subscribe, happens, deliver, status):
    subscribe(receiver)
    receiver.answers, receiver.body = [status], b""

    happens()
    deliver()

    assert Delivery.objects.get().status == "DELIVERED"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_everything_else_is_a_failure_that_is_tried_again(receiver, subscribe, happens, deliver, status):
    subscribe(receiver)
    receiver.answers = [status]

    happens()
    deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.http_status, delivery.attempts) == ("PENDING", status, 1)
    assert len(receiver.requests) == 1


def test_a_receiver_that_is_not_there_is_a_failure_without_a_status(partner, subscribe, happens, deliver):
    answer = partner.post(
        "/v1/webhooks", {"url": f"http://127.0.0.1:{unused_port()}/", "events": ["compliance.*"]}
    )
    assert answer.status_code == 201

    happens()
    deliver()

    assert Delivery.objects.get().http_status is None
    assert Attempt.objects.get().failure == "CONNECTION_FAILED"


def test_the_tries_follow_the_contracts_plan_to_its_end(receiver, subscribe, happens, deliver):
    """One delivery fails eleven times; the plan counts from the event, with ten per cent of jitter."""
    subscribe(receiver)
    receiver.answers = [500]
    happens()
    event_at = Message.objects.get().created_at

    for offset in OFFSETS:
        make_due()
        deliver()
        planned = (Delivery.objects.get().due_at - event_at).total_seconds()
        assert 0.9 * offset <= planned <= 1.1 * offset + 60
    make_due()
    deliver()

    delivery = Delivery.objects.exclude(message__type="webhook.delivery_failed_terminal").get()
    assert (delivery.status, delivery.attempts, delivery.due_at) == ("FAILED", 11, None)
    assert len(receiver.requests) == 11
    assert len(set(receiver.event_ids)) == 1
    assert [entry["data"] for entry in messages("webhook.delivery_failed_terminal")] == [
        {
            "endpointId": endpoint_id(delivery),
            "deliveryId": delivery.public_id,
            "eventId": delivery.message.event_id,
            "eventType": "compliance.decision_made",
            "attempts": 11,
        }
    ]


def endpoint_id(delivery):
    return delivery.endpoint.public_id


def test_every_try_is_signed_at_its_own_time(receiver, subscribe, happens, deliver, later):
    secret = subscribe(receiver)["secret"]
    receiver.answers = [500, 200]
    happens()
    deliver()
    with later(minutes=2):
        deliver()

    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["x-novatrade-delivery-id"] == second.headers["x-novatrade-delivery-id"]
    assert first.headers["x-novatrade-signature"] != second.headers["x-novatrade-signature"]
    assert first.is_signed_with(secret)
    assert second.is_signed_with(secret)


def test_a_try_that_is_late_does_not_use_up_the_ones_after_it(receiver, subscribe, happens, deliver, later):
    """An outage of ours: three hours have passed, and with them three planned times."""
    subscribe(receiver)
    receiver.answers = [500]
    happens()
    deliver()
    with later(hours=3):
        deliver()
        delivery = Delivery.objects.get()
        assert (delivery.failures, delivery.attempts) == (2, 2)
        assert timedelta(seconds=50) < delivery.due_at - timezone.now() <= timedelta(seconds=60)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
def test_a_worker_with_a_wrong_clock_plans_the_next_try_by_that_of_the_database(
    monkeypatch, receiver, subscribe, happens, deliver, wrong
):
    monkeypatch.setattr(claims, "told_by_database", ASK_DATABASE)
    subscribe(receiver)
    receiver.answers = [500]
    happens()

    with time_machine.travel(timezone.now() + wrong, tick=True):
        deliver()

    delivery = Delivery.objects.get()
    assert timedelta(seconds=50) < delivery.due_at - timezone.now() < timedelta(seconds=70)
    for moment in (delivery.created_at, delivery.last_attempt_at, Attempt.objects.get().at):
        assert abs(moment - timezone.now()) < timedelta(seconds=30)


def keeps_the_last_v1(secret):
    """A published verifier: of several `v1` it keeps the last one (contract 17.3)."""

    def status_for(request):
        kept = dict(part.split("=", 1) for part in request.headers["x-novatrade-signature"].split(","))
        signed = f"{kept['t']}.".encode() + request.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return 204 if hmac.compare_digest(kept["v1"], expected) else 401

    return status_for


@pytest.mark.parametrize("has_changed_over", [False, True])
def test_a_verifier_that_keeps_the_last_signature_loses_nothing_during_a_rotation(
    partner, receiver, subscribe, happens, deliver, has_changed_over
):
    endpoint = subscribe(receiver)
    new = partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret").json()["secret"]
    receiver.judge = keeps_the_last_v1(new if has_changed_over else endpoint["secret"])
    receiver.body = b""

    happens()
    deliver()

    delivery, attempt = Delivery.objects.get(), Attempt.objects.get()
    assert (delivery.status, delivery.attempts, delivery.failures) == ("DELIVERED", 1, 0)
    assert attempt.http_status == 204
    assert [request.answered for request in receiver.requests] == ([401, 204] if has_changed_over else [204])
    assert len({request.headers["x-novatrade-delivery-id"] for request in receiver.requests}) == 1
    assert endpoint_of(endpoint).consecutive_failures == 0


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422, 429, 499])
def test_a_refusal_of_both_requests_is_one_failure(partner, receiver, subscribe, happens, deliver, status):
    endpoint = subscribe(receiver)
    new = partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret").json()["secret"]
    receiver.answers = [status]

    happens()
    deliver()

    both, alone = receiver.requests
    assert both.is_signed_with(endpoint["secret"])
    assert both.is_signed_with(new)
    assert alone.is_signed_with(new)
    assert not alone.is_signed_with(endpoint["secret"])
    assert (both.body, alone.headers["x-novatrade-signature"].count("v1=")) == (alone.body, 1)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.http_status) == ("PENDING", status)
    assert (delivery.attempts, delivery.failures, Attempt.objects.count()) == (1, 1, 1)
    assert endpoint_of(endpoint).consecutive_failures == 1


@pytest.mark.parametrize("status", [301, 500, 503])
def test_what_is_no_refusal_is_not_asked_again_at_once(
    partner, receiver, subscribe, happens, deliver, status
):
    endpoint = subscribe(receiver)
    partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret")
    receiver.answers = [status]

    happens()
    deliver()

    assert len(receiver.requests) == 1


@pytest.mark.parametrize("end", ["confirmed", "run-out", "never"])
def test_outside_of_the_window_a_refusal_is_final_for_this_attempt(
    partner, receiver, subscribe, happens, deliver, later, end
):
    endpoint = subscribe(receiver)
    if end != "never":
        partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret")
    if end == "confirmed":
        partner.post(f"/v1/webhooks/{endpoint['id']}/confirm-secret")
    receiver.answers = [401]

    with later(hours=25 if end == "run-out" else 0):
        happens()
        deliver()

    (request,) = receiver.requests
    assert request.headers["x-novatrade-signature"].count("v1=") == 1


def test_what_the_second_request_came_to_is_what_is_kept(partner, receiver, subscribe, happens, deliver):
    endpoint = subscribe(receiver)
    partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret")
    receiver.answers = [401, 503]

    happens()
    deliver()

    assert Delivery.objects.get().http_status == 503
    assert Attempt.objects.get().http_status == 503


def test_both_secrets_sign_for_a_day_after_a_rotation(partner, receiver, subscribe, happens, deliver, later):
    endpoint = subscribe(receiver)
    new = partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret").json()["secret"]

    happens()
    deliver()
    with later(hours=24, minutes=1):
        happens()
        deliver()

    during, after = receiver.requests
    assert (during.is_signed_with(endpoint["secret"]), during.is_signed_with(new)) == (True, True)
    assert (after.is_signed_with(endpoint["secret"]), after.is_signed_with(new)) == (False, True)


# --- Who gets what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "is_taken"),
    [
        (["compliance.decision_made"], True),
        (["compliance.*"], True),
        (["*.decision_made"], True),
        (["*.*"], True),
        (["compliance.status_changed"], False),
        (["kyc.*", "export_file.generated"], False),
        (["kyc.*", "compliance.*", "compliance.decision_made"], True),
    ],
)
def test_a_subscription_takes_its_types_once(receiver, subscribe, happens, deliver, events, is_taken):
    subscribe(receiver, *events)

    happens()
    deliver()

    assert len(receiver.requests) == is_taken


def test_a_filter_lets_only_its_partners_through(seller, receiver, subscribe, happens, deliver):
    other = SellerFactory(organization=seller.organization)
    subscribe(receiver, partnerIds=[str(other.uuid)])

    happens()
    happens(under=other)
    deliver()

    assert [request.event["partnerUuid"] for request in receiver.requests] == [str(other.uuid)]


def test_another_organization_hears_nothing(receiver, subscribe, happens, deliver):
    subscribe(receiver)

    happens(under=SellerFactory())
    deliver()

    assert receiver.requests == []
    assert Delivery.objects.count() == 0


def test_an_endpoint_hears_nothing_of_what_was_before_it(receiver, subscribe, happens, deliver):
    happens()
    subscribe(receiver)

    deliver()

    assert receiver.requests == []


def test_a_disabled_endpoint_gets_no_deliveries(partner, receiver, subscribe, happens, deliver):
    path = f"/v1/webhooks/{subscribe(receiver)['id']}"
    partner.patch(path, {"status": "DISABLED"})

    happens()
    deliver()
    partner.patch(path, {"status": "ACTIVE"})
    deliver()

    assert receiver.requests == []
    assert Delivery.objects.count() == 0


def test_a_deleted_endpoint_gets_nothing_that_still_waited(partner, receiver, subscribe, happens, deliver):
    path = f"/v1/webhooks/{subscribe(receiver)['id']}"
    receiver.answers = [500]
    happens()
    deliver()

    partner.delete(path)
    make_due()
    deliver()

    assert len(receiver.requests) == 1


# --- An endpoint that fails ----------------------------------------------------------------------------------------


def test_twenty_failures_in_a_row_pause_the_endpoint_and_tell_the_others(
    partner, receiver, subscribe, happens, deliver
):
    receiver.answers = [500]
    broken = subscribe(receiver)
    healthy = partner.post(
        "/v1/webhooks", {"url": "https://unreachable.invalid/", "events": ["kyc.vies_check_failed"]}
    ).json()

    for _ in range(19):
        happens()
    deliver()
    assert endpoint_of(broken).status == "ACTIVE"
    happens()
    deliver()

    shown = partner.get(f"/v1/webhooks/{broken['id']}").json()
    assert (shown["status"], shown["pauseReason"]) == ("PAUSED", "CONSECUTIVE_FAILURES")
    assert shown["consecutiveFailures"] == 20
    (told,) = messages("webhook.endpoint_auto_paused")
    assert told["source"] == "SYSTEM"
    assert "partnerUuid" not in told
    assert told["data"] == {
        "endpointId": broken["id"],
        "reason": "CONSECUTIVE_FAILURES",
        "pausedAt": told["data"]["pausedAt"],
    }
    assert [row.endpoint.public_id for row in Delivery.objects.filter(message__event_id=told["id"])] == [
        healthy["id"]
    ]


def test_a_success_ends_the_row_of_failures(receiver, subscribe, happens, deliver):
    endpoint = subscribe(receiver)
    receiver.answers = [500] * 19 + [200] + [500]

    for _ in range(25):
        happens()
        deliver()

    assert endpoint_of(endpoint).status == "ACTIVE"
    assert endpoint_of(endpoint).consecutive_failures == 5


def test_three_days_without_a_success_pause_the_endpoint(receiver, subscribe, happens, deliver, later):
    endpoint = subscribe(receiver)
    receiver.answers = [500]

    happens()
    deliver()
    with later(hours=71):
        happens()
        deliver()
        assert endpoint_of(endpoint).status == "ACTIVE"
    with later(hours=73):
        happens()
        deliver()

    assert (endpoint_of(endpoint).status, endpoint_of(endpoint).pause_reason) == (
        "PAUSED",
        "FAILING_TOO_LONG",
    )


def test_what_a_paused_endpoint_missed_goes_out_when_it_is_resumed(
    partner, receiver, subscribe, happens, deliver, later
):
    """Down for three days: paused, and after the repair everything arrives, also what came meanwhile."""
    path = f"/v1/webhooks/{subscribe(receiver)['id']}"
    receiver.answers = [500]
    for _ in range(20):
        happens()
    deliver()
    for _ in range(3):
        happens()
    with later(days=3):
        make_due()
        deliver()
        assert len(receiver.requests) == 20
        assert {row["nextRetryAt"] for row in partner_list(partner, path)} == {None}

        receiver.answers = [200]
        receiver.requests.clear()
        renewed(partner).patch(path, {"status": "ACTIVE"})
        deliver()

    assert len(set(receiver.event_ids)) == 23
    assert set(Delivery.objects.values_list("status", flat=True)) == {"DELIVERED"}
    assert endpoint_is_healthy(path)


def renewed(partner):
    from tests.ledger import renew

    renew(partner)
    return partner


def partner_list(partner, path):
    return renewed(partner).get(f"{path}/deliveries?size=100").json()["data"]


def endpoint_is_healthy(path):
    endpoint = endpoint_of({"id": path.rsplit("/", 1)[1]})
    return (endpoint.status, endpoint.consecutive_failures, endpoint.failing_since) == ("ACTIVE", 0, None)


def test_a_receiver_that_was_down_for_a_day_gets_everything_by_itself(
    receiver, subscribe, happens, deliver, later
):
    subscribe(receiver)
    receiver.answers = [503]
    happens()
    for hours in (0, 0.1, 1, 2, 6, 12, 20):
        with later(hours=hours):
            deliver()

    receiver.answers = [200]
    with later(hours=30):
        deliver()

    assert Delivery.objects.get().status == "DELIVERED"
    assert len(set(receiver.event_ids)) == 1


def test_a_meta_event_that_fails_causes_no_further_one(
    partner, receiver, subscribe, happens, deliver, settings
):
    settings.WEBHOOK_RETRY_OFFSETS = []
    subscribe(receiver, "webhook.*")
    subscribe(receiver, "compliance.*")
    receiver.answers = [500]

    for _ in range(30):
        happens()
        deliver()

    assert len(messages("webhook.endpoint_auto_paused")) == 1
    failed = [entry["data"]["eventType"] for entry in messages("webhook.delivery_failed_terminal")]
    assert set(failed) == {"compliance.decision_made"}
    assert Entry.objects.filter(action="endpoint.auto_paused").count() == 2


# --- Forgetting ----------------------------------------------------------------------------------------------------


def test_everything_is_kept_for_thirty_days_and_not_longer(receiver, subscribe, happens, deliver):
    subscribe(receiver)
    happens()
    deliver()
    now = timezone.now()

    assert forget_old_messages(now + timedelta(days=29, hours=23)) == 0
    assert Message.objects.exists()
    assert forget_old_messages(now + timedelta(days=30, minutes=1)) == 1

    assert not Message.objects.exists()
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()
