"""A PATCH may repeat what it cannot change; a write that changes nothing writes nothing (contract 17.2, 17.24)."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from buyers.models import Buyer
from nt24.audit.models import Entry
from nt24.webhooks.models import Message
from tests.papers import pdf

ALL = ("buyer", "order", "invoice", "payment", "document", "endpoint")


@pytest.fixture
def resources(deal):
    """Path and present representation of one of each that can be patched."""
    deal.has_buyer().has_kyc().has_order(vins=("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002"))
    deal.has_invoice(buyerName="Auto").has_payment()
    hook = deal.partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]}).json()
    document = deal.partner.upload(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf("x")).json()
    paths = {
        "buyer": deal.buyer_path,
        "order": deal.path,
        "invoice": f"{deal.path}/invoice",
        "payment": f"{deal.path}/payment",
        "document": f"{deal.path}/documents/{document['uuid']}",
        "endpoint": f"/v1/webhooks/{hook['id']}",
    }
    return {
        name: SimpleNamespace(path=path, shown=deal.partner.get(path).json()) for name, path in paths.items()
    }


def counts():
    return Entry.objects.count(), Message.objects.count()


def patch(partner, resource, body, **options):
    version = resource.shown.get("version")
    return partner.patch(resource.path, body, **{"version": version, **options})


@pytest.mark.parametrize("name", ALL)
def test_the_whole_resource_sent_back_changes_nothing(deal, resources, name):
    one, before = resources[name], counts()

    answer = patch(deal.partner, one, one.shown)

    assert (answer.status_code, answer.json()) == (200, one.shown)
    assert deal.partner.get(one.path).json() == one.shown
    assert counts() == before
    assert answer["Cache-Control"] == "no-store"
    if "version" in one.shown:
        tag = answer["ETag"]
        assert tag == f'"{one.shown["version"]}"'
        assert deal.partner.get(one.path, If_None_Match=tag).status_code == 304


@pytest.mark.parametrize(
    ("name", "change", "moves"),
    [
        ("buyer", {"companyName": "Nowak"}, True),
        ("buyer", {"companyName": "  Auto Handel Kowalski Sp. z o.o.\u00a0"}, False),
        ("order", {"purchaseDate": "2026-04-17"}, True),
        ("order", {"purchaseDate": "2026-04-18"}, False),
        ("invoice", {"invoiceNumber": "INV-2"}, True),
        ("invoice", {"marginScheme": False, "amount": {"value": 3700000, "currency": "EUR"}}, False),
        ("payment", {"newSourceIban": True}, True),
        ("payment", {"sourceIban": "de89 3704 0044 0532 0130 00"}, False),
        ("document", {"status": "ARCHIVED"}, True),
        ("document", {"status": "ACTIVE"}, False),
        ("endpoint", {"events": ["kyc.*", "compliance.*"]}, True),
        ("endpoint", {"status": "ACTIVE", "partnerIds": None}, False),
    ],
)
def test_the_whole_resource_with_a_change_changes_just_that(deal, resources, name, change, moves):
    one, before = resources[name], counts()

    answer = patch(deal.partner, one, {**one.shown, **change})

    assert answer.status_code == 200, answer.content
    assert (answer.json() != one.shown) is moves
    assert (counts() != before) is moves
    if "version" in one.shown:
        assert answer.json()["version"] - one.shown["version"] == moves


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("buyer", "uuid", "00000000-0000-4000-8000-000000000000"),
        ("buyer", "vatNumber", "PL1"),
        ("buyer", "status", "BLOCKED"),
        ("buyer", "version", 7),
        ("buyer", "version", "0"),
        ("buyer", "createdAt", "2026-01-01T00:00:00Z"),
        ("buyer", "createdAt", "yesterday"),
        ("order", "externalOrderId", "OTHER"),
        ("order", "vins", []),
        ("order", "vins", None),
        ("order", "totalAmount", {"value": 1, "currency": "EUR"}),
        ("order", "totalAmount", 3700000),
        ("order", "status", "CANCELLED"),
        ("order", "buyerId", "x"),
        ("invoice", "type", "FINAL"),
        ("invoice", "finalInvoiceReceived", True),
        ("invoice", "finalInvoiceReceived", 0),
        ("payment", "readyForPickup", True),
        ("payment", "amountMatchesInvoice", None),
        ("document", "sha256", "0" * 64),
        ("document", "size", 1),
        ("document", "fileName", "other.pdf"),
        ("endpoint", "id", "wh_0"),
        ("endpoint", "consecutiveFailures", 3),
    ],
)
def test_another_value_of_a_read_only_member_is_refused(deal, resources, name, member, value):
    one, before = resources[name], counts()

    answer = patch(deal.partner, one, {**one.shown, member: value})

    assert answer.status_code == 422, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [member]
    assert deal.partner.get(one.path).json() == one.shown
    assert counts() == before


def test_read_only_members_may_be_spelled_in_another_way(deal, resources):
    order = resources["order"]
    at = order.shown["createdAt"]
    body = {
        "uuid": order.shown["uuid"].upper(),
        "buyerId": order.shown["buyerId"].upper(),
        "createdAt": at.replace("Z", "+00:00"),
        "externalOrderId": f" {order.shown['externalOrderId']}",
    }

    assert patch(deal.partner, order, body).json() == order.shown


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("2026-04-18T09:30:00.123Z", 200),
        ("2026-04-18T11:30:00.123+02:00", 200),
        ("2026-04-18T09:30:00.1234560Z", 200),
        ("2026-04-18T09:30:00.124Z", 422),
        ("2026-04-18T09:30:00Z", 422),
    ],
)
def test_a_time_may_come_back_with_milliseconds_only(deal, resources, sent, answer):
    at = datetime(2026, 4, 18, 9, 30, 0, 123456, tzinfo=UTC)
    Buyer.objects.filter(uuid=resources["buyer"].shown["uuid"]).update(created_at=at)

    assert patch(deal.partner, resources["buyer"], {"createdAt": sent}).status_code == answer


@pytest.mark.parametrize("name", ALL)
def test_read_only_members_alone_change_nothing(deal, resources, name):
    one = resources[name]
    member = "createdAt" if "createdAt" in one.shown else "updatedAt"

    answer = patch(deal.partner, one, {member: one.shown[member]})

    assert (answer.status_code, answer.json()) == (200, one.shown)


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_member_stays_refused_and_an_empty_body_names_no_field(deal, resources, name):
    one = resources[name]

    unknown = patch(deal.partner, one, {**one.shown, "Version": 0})
    empty = patch(deal.partner, one, {})

    assert [error["field"] for error in unknown.json()["errors"]] == ["Version"]
    assert empty.status_code == 422
    assert empty.json()["errors"] == [{"message": "Send at least one member to change."}]
    assert empty.json()["detail"] == "Send at least one member to change."


def test_whoever_was_too_slow_merges_and_retries_with_the_whole_resource(deal, resources):
    buyer = resources["buyer"]
    deal.partner.patch(buyer.path, {"companyName": "Faster"}, version=buyer.shown["version"])

    late = patch(
        deal.partner, buyer, {**buyer.shown, "address": {**buyer.shown["address"], "city": "Gdynia"}}
    )
    assert late.status_code == 409
    current = late.json()["currentResource"]
    merged = {**current, "address": {**current["address"], "city": "Gdynia"}}
    again = deal.partner.patch(buyer.path, merged, version=current["version"])

    assert again.status_code == 200
    assert (again.json()["companyName"], again.json()["address"]["city"]) == ("Faster", "Gdynia")


def test_a_stale_version_is_stale_also_where_nothing_would_change(deal, resources):
    for name in ("buyer", "order", "invoice", "payment", "document"):
        one = resources[name]
        assert deal.partner.patch(one.path, one.shown, version=999).status_code == 409
        assert deal.partner.patch(one.path, one.shown).status_code == 400


def test_an_archived_document_stays_archived_and_may_be_archived_again(deal, resources):
    one = resources["document"]
    archived = patch(deal.partner, one, {"status": "ARCHIVED", "reason": "Wrong"}).json()
    before = counts()

    again = deal.partner.patch(one.path, {**archived, "reason": "Again"}, version=archived["version"])
    back = deal.partner.patch(one.path, {"status": "ACTIVE"}, version=archived["version"])

    assert (again.status_code, again.json()) == (200, archived)
    assert (back.status_code, [error["field"] for error in back.json()["errors"]]) == (422, ["status"])
    assert counts() == before


def test_a_write_that_was_done_already_writes_nothing(deal, resources):
    partner = deal.partner
    twice = [
        (f"{deal.buyer_path}/block", {"reason": "x"}),
        (f"{deal.buyer_path}/unblock", None),
        (f"{deal.path}/payment/ready-for-pickup", None),
    ]
    for path, body in twice:
        first = partner.post(path, body)
        before = counts()
        again = partner.post(path, body)
        assert (again.status_code, again.json(), again["ETag"]) == (200, first.json(), first["ETag"])
        assert counts() == before


# --- What is sent with write answers --------------------------------------------------------------------------------


def test_a_replay_sends_the_headers_that_are_declared_for_it(deal):
    document = deal.partner.http.get("/v1/openapi.json").json()
    body = {
        "kycMode": "MARKETPLACE_LED", "vatNumber": "PL7010001454", "companyName": "A",
        "address": {"street": "a", "postCode": "b", "city": "c", "country": "PL"},
    }  # fmt: skip
    first = deal.partner.post("P/buyers", body, key="once")
    replay = deal.partner.post("P/buyers", body, key="once")

    assert (first.status_code, replay.status_code, replay["Location"]) == (201, 200, first["Location"])
    declared = document["paths"]["/v1/partners/{sellerId}/buyers"]["post"]["responses"]["200"]["headers"]
    sent = {name for name in ("ETag", "Location", "Idempotency-Replayed", "Cache-Control") if name in replay}
    assert sent <= set(declared)
    assert first["Cache-Control"] == replay["Cache-Control"] == "no-store"


# --- Currencies and VINs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", ["PLN", "JPY", "KWD"])
def test_an_invoice_in_another_currency_than_the_order_is_refused(deal, currency):
    deal.has_buyer().has_order()
    body = {
        "type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "1", "vatIncluded": False,
        "amount": {"value": 1850000, "currency": currency},
    }  # fmt: skip

    refused = deal.partner.post(f"{deal.path}/invoice", body)
    deal.has_invoice()
    version = deal.partner.get(f"{deal.path}/invoice").json()["version"]
    changed = deal.partner.patch(f"{deal.path}/invoice", {"amount": body["amount"]}, version=version)

    for answer in (refused, changed):
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["amount.currency"]


@pytest.mark.parametrize("second", ["WVWZZZ1JZXW000001", "wvwzzz1jzxw000001", " WVWZZZ1JZXW000001\u00a0"])
def test_a_vin_twice_in_a_milestone_is_refused(deal, second):
    deal.has_buyer().has_order(
        vins=("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002")
    ).has_invoice().has_payment().is_ready()
    where = {"street": "a", "postCode": "b", "city": "c", "country": "DE"}
    vins = ["WVWZZZ1JZXW000001", second]
    bodies = {
        "pickup": {"type": "SELF_PICKUP", "pickupDate": "2026-04-22", "collectionAddress": where},
        "delivery": {"deliveryDate": "2026-04-24", "deliveryAddress": where},
        "pickup/revoke": {"reason": "x"},
    }
    for milestone, body in bodies.items():
        refused = deal.partner.post(f"{deal.path}/transport/{milestone}", {**body, "vins": vins})
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == ["vins"]
