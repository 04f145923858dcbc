"""What a partner sees of deliveries, and how it repairs them: replay, bulk replay, test (contract 12)."""

import base64

import pytest
from django.utils import timezone

from nt24.webhooks.models import Delivery
from tests.ledger import fields_of, nothing_moves, refused

SINCE = "2026-01-01T00:00:00Z"


@pytest.fixture
def hook(receiver, subscribe):
    """The path of an endpoint."""
    return f"/v1/webhooks/{subscribe(receiver)['id']}"


def deliveries(partner, hook, query=""):
    answer = partner.get(f"{hook}/deliveries{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_a_delivery_shows_what_came_of_it(partner, hook, receiver, happens, deliver):
    happens()
    deliver()

    (row,) = deliveries(partner, hook)

    assert row == {
        "id": receiver.requests[0].headers["x-novatrade-delivery-id"],
        "eventId": receiver.requests[0].event["id"],
        "eventType": "compliance.decision_made",
        "status": "DELIVERED",
        "httpStatus": 200,
        "attempts": 1,
        "lastAttemptAt": row["lastAttemptAt"],
        "nextRetryAt": None,
        "createdAt": row["createdAt"],
    }


def test_a_failed_try_shows_when_the_next_one_is_due(partner, hook, receiver, happens, deliver):
    receiver.answers = [503]
    happens()
    deliver()

    (row,) = deliveries(partner, hook)

    assert (row["status"], row["httpStatus"], row["attempts"]) == ("PENDING", 503, 1)
    assert row["nextRetryAt"] > row["lastAttemptAt"]


def test_deliveries_are_filtered_and_paged(partner, hook, receiver, happens, deliver):
    receiver.answers = [200, 503, 503]
    for _ in range(3):
        happens()
        deliver()

    assert len(deliveries(partner, hook)) == 3
    assert [row["status"] for row in deliveries(partner, hook, "?status=DELIVERED")] == ["DELIVERED"]
    assert deliveries(partner, hook, "?status=FAILED") == []
    assert len(deliveries(partner, hook, f"?since={SINCE}")) == 3
    assert deliveries(partner, hook, "?since=2099-01-01T00:00:00Z") == []
    page = partner.get(f"{hook}/deliveries?size=2&page=1&sort=createdAt,asc").json()
    assert [row["status"] for row in page["data"]] == ["PENDING"]
    assert page["pagination"]["totalElements"] == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [("?status=GONE", "status"), ("?since=yesterday", "since"), ("?type=x", "type"), ("?sort=url", "sort")],
)
def test_an_unknown_filter_is_refused(partner, hook, query, field):
    problem = refused(partner.get(f"{hook}/deliveries{query}"), 422, "validation-error")

    assert fields_of(problem) == [field]


def test_the_detail_has_the_exact_request_and_every_attempt(partner, hook, receiver, happens, deliver, later):
    receiver.answers, receiver.body = [500, 200], b"x" * 3000
    happens()
    deliver()
    with later(minutes=2):
        deliver()

    (row,) = deliveries(partner, hook)
    detail = partner.get(f"{hook}/deliveries/{row['id']}").json()

    assert detail["requestBody"].encode() == receiver.requests[0].body
    assert [entry["httpStatus"] for entry in detail["attemptLog"]] == [500, 200]
    assert [entry["responseBody"] for entry in detail["attemptLog"]] == ["x" * 1024] * 2
    assert all(entry["durationMs"] >= 0 and entry["at"] for entry in detail["attemptLog"])
    assert {name: detail[name] for name in row} == row


def test_an_answer_that_is_no_text_is_shown_all_the_same(partner, hook, receiver, happens, deliver):
    receiver.body = base64.b64decode("//4A")
    happens()
    deliver()

    (row,) = deliveries(partner, hook)

    assert partner.get(f"{hook}/deliveries/{row['id']}").json()["attemptLog"][0]["responseBody"] == "��\x00"


def test_a_replay_is_a_new_delivery_of_the_same_event(partner, hook, receiver, happens, deliver):
    happens()
    deliver()
    (first,) = deliveries(partner, hook)

    answer = partner.post(f"{hook}/deliveries/{first['id']}/replay")
    deliver()

    again, before = receiver.requests[1], receiver.requests[0]
    assert answer.status_code == 202
    assert (answer.json()["eventId"], answer.json()["replayOf"]) == (first["eventId"], first["id"])
    assert answer.json()["id"] == again.headers["x-novatrade-delivery-id"] != first["id"]
    assert (again.body, again.event["id"]) == (before.body, before.event["id"])
    assert [row["status"] for row in deliveries(partner, hook)] == ["DELIVERED", "DELIVERED"]


def test_a_bulk_replay_takes_what_failed_and_has_not_arrived_since(
    partner, hook, receiver, happens, deliver, settings
):
    settings.WEBHOOK_RETRY_OFFSETS = []
    receiver.answers = [500, 500, 200]
    for _ in range(3):
        happens()
        deliver()
    replay = f"{hook}/deliveries/replay"

    first = partner.post(replay, {"status": "FAILED", "since": SINCE})
    second = partner.post(replay, {"status": "FAILED", "since": SINCE})
    deliver()

    assert (first.status_code, first.json()) == (202, {"queued": 2})
    assert second.json() == {"queued": 0}
    assert len(receiver.requests) == 5
    assert len(set(receiver.event_ids)) == 3
    assert partner.post(replay, {"status": "FAILED", "since": "2099-01-01T00:00:00Z"}).json() == {"queued": 0}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "DELIVERED", "since": SINCE}, "status"),
        ({"since": SINCE}, "status"),
        ({"status": "FAILED"}, "since"),
        ({"status": "FAILED", "since": "yesterday"}, "since"),
    ],
)
def test_a_bulk_replay_that_makes_no_sense_is_refused(partner, hook, body, field):
    problem = refused(partner.post(f"{hook}/deliveries/replay", body), 422, "validation-error")

    assert fields_of(problem) == [field]


def test_a_test_is_sent_whatever_the_subscription(partner, hook, receiver, deliver):
    data = {"buyerUuid": "x", "nested": {"z": 1, "a": [None, "ß", 1.5]}, "extra": True}

    answer = partner.post(f"{hook}/test", {"eventType": "kyc.vies_check_failed", "data": data})
    deliver()

    (request,) = receiver.requests
    assert answer.status_code == 202
    assert request.event["data"] == data
    assert list(request.event["data"]) == list(data)
    assert request.event["type"] == "kyc.vies_check_failed"
    assert request.event["source"] == "API"
    assert [row["id"] for row in deliveries(partner, hook)] == [answer.json()["id"]]


def test_a_test_goes_to_its_endpoint_alone(partner, hook, receiver, subscribe, deliver):
    subscribe(receiver, "kyc.*")

    partner.post(f"{hook}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    deliver()

    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"eventType": "kyc.unknown", "data": {}}, "eventType"),
        ({"eventType": "kyc.*", "data": {}}, "eventType"),
        ({"data": {}}, "eventType"),
        ({"eventType": "kyc.vies_check_failed"}, "data"),
        ({"eventType": "kyc.vies_check_failed", "data": []}, "data"),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(partner, hook, body, field):
    with nothing_moves():
        problem = refused(partner.post(f"{hook}/test", body), 422, "validation-error")

    assert fields_of(problem) == [field]


def test_a_disabled_endpoint_takes_no_test_and_no_replay(partner, hook, receiver, happens, deliver):
    happens()
    deliver()
    (row,) = deliveries(partner, hook)
    partner.patch(hook, {"status": "DISABLED"})

    with nothing_moves():
        for path, body in (
            ("test", {"eventType": "kyc.vies_check_failed", "data": {}}),
            (f"deliveries/{row['id']}/replay", None),
            ("deliveries/replay", {"status": "FAILED", "since": SINCE}),
        ):
            refused(partner.post(f"{hook}/{path}", body), 409, "state-conflict")


def test_a_delivery_is_found_under_its_own_endpoint_only(
    partner, hook, receiver, subscribe, happens, deliver
):
    happens()
    deliver()
    (row,) = deliveries(partner, hook)
    other = f"/v1/webhooks/{subscribe(receiver)['id']}"

    refused(partner.get(f"{other}/deliveries/{row['id']}"), 404, "not-found")
    refused(partner.get(f"{hook}/deliveries/{row['id'].removeprefix('del_')}"), 404, "not-found")
    refused(partner.get(f"{hook}/deliveries/del_xyz"), 404, "not-found")


def test_a_list_costs_the_same_however_long(
    partner, hook, receiver, happens, deliver, django_assert_max_num_queries
):
    for _ in range(12):
        happens()
    deliver()
    assert Delivery.objects.filter(created_at__lte=timezone.now()).count() == 12

    with django_assert_max_num_queries(7):
        assert len(deliveries(partner, hook, "?size=100")) == 12
