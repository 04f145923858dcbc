"""Orders: creation, refusals, lists, changes and cancelling (contract 7, 16.9, 16.16)."""

import pytest

from buyers.models import ViesCheck
from nt24.audit.models import Entry
from orders.models import Order, Vehicle
from tests.deal import money

VIN, OTHER_VIN = "WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002"


@pytest.fixture
def body(deal, samples):
    deal.has_buyer()
    return {**samples["order"], "buyerId": deal.buyer["uuid"]}


def test_the_published_order_is_taken_as_it_is_printed(partner, body):
    response = partner.post("P/orders", body)

    assert response.status_code == 201
    order = response.json()
    assert response["Location"] == f"/v1/partners/{partner.seller.uuid}/orders/{order['uuid']}"
    expected = {**body, "vins": [{**body["vins"][0], "complianceStatus": "PENDING"}]}
    assert {name: order[name] for name in body} == expected
    assert (order["status"], order["version"]) == ("CREATED", 0)
    assert set(order) == {*body, "uuid", "status", "version", "createdAt", "updatedAt"}


def test_an_order_for_an_unchecked_buyer_queues_a_vies_check_by_itself(partner, body):
    partner.post("P/orders", body)

    assert [check.cause for check in ViesCheck.objects.all()] == ["ORDER"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vins": []}, "vins"),
        ({"externalOrderId": "x" * 101}, "externalOrderId"),
        ({"purchaseDate": "2026-04-27"}, "purchaseDate"),
        ({"purchaseDate": "2026-4-18"}, "purchaseDate"),
        ({"purchaseDate": "18.04.2026"}, "purchaseDate"),
        ({"buyerId": "00000000-0000-4000-8000-000000000000"}, "buyerId"),
        ({"buyerId": "x"}, "buyerId"),
        ({"totalAmount": money(1)}, "totalAmount"),
        ({"totalAmount": money(1850000, "PLN")}, "totalAmount"),
        ({"totalAmount": money(-1)}, "totalAmount.value"),
        ({"totalAmount": {"value": "1850000", "currency": "EUR"}}, "totalAmount.value"),
        ({"totalAmount": {"value": 1850000.0, "currency": "EUR"}}, "totalAmount.value"),
        ({"totalAmount": {"value": True, "currency": "EUR"}}, "totalAmount.value"),
        ({"totalAmount": {"value": 1850000, "currency": "EURO"}}, "totalAmount.currency"),
        ({"totalAmount": {"value": 1850000, "currency": "XXQ"}}, "totalAmount.currency"),
        ({"status": "COMPLIANCE_VALID"}, "status"),
        ({"complianceStatus": "VALID"}, "complianceStatus"),
        ({"responsibleContact": {"firstName": "A"}}, "responsibleContact.lastName"),
    ],
)
def test_an_invalid_order_is_refused_and_nothing_is_stored(partner, body, change, field):
    response = partner.post("P/orders", {**body, **change})

    assert response.status_code == 422, response.content
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not Order.objects.exists()
    assert not Vehicle.objects.exists()


@pytest.mark.parametrize(
    "vin", ["WVWZZZ1JZXW00000I", "WVWZZZ1JZXW00000O", "WVWZZZ1JZXW00000Q", "SHORT", "", "WVWZZZ1JZXW00000Ä"]
)
def test_a_vin_with_forbidden_characters_is_refused(partner, body, vin):
    response = partner.post("P/orders", {**body, "vins": [{**body["vins"][0], "vin": vin}]})

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "vins[0].vin"


def test_a_vin_is_stored_in_capitals(partner, body):
    vins = [{**body["vins"][0], "vin": VIN.lower()}]

    assert partner.post("P/orders", {**body, "vins": vins}).json()["vins"][0]["vin"] == VIN


def test_the_same_vin_twice_or_two_currencies_are_refused(partner, body):
    one = body["vins"][0]
    twice = {**body, "vins": [one, one], "totalAmount": money(3700000)}
    mixed = {**body, "vins": [one, {**one, "vin": OTHER_VIN, "purchaseAmount": money(1, "PLN")}]}

    for wrong in (twice, mixed):
        response = partner.post("P/orders", wrong)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "vins")


def test_more_than_one_vin_needs_the_capability_before_validation(plain_partner):
    response = plain_partner.post("P/orders", {"vins": [{}, {}]})

    assert response.status_code == 403
    assert response.json()["type"].endswith("/capability-required")


def test_a_buyer_of_another_seller_is_unknown(partner, body, plain_partner):
    foreign = plain_partner.post(
        "P/buyers",
        {
            "kycMode": "NT24_LED", "vatNumber": "PL1", "companyName": "X",
            "address": {"street": "a", "postCode": "b", "city": "c", "country": "PL"},
        },
    ).json()  # fmt: skip

    response = partner.post("P/orders", {**body, "buyerId": foreign["uuid"]})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "buyerId")


def test_a_blocked_buyer_takes_no_new_order_but_an_old_one_is_still_found(partner, deal, body):
    partner.post("P/orders", body)
    partner.post(f"{deal.buyer_path}/block", {"reason": "Unpaid"})

    assert partner.post("P/orders", body).status_code == 200
    response = partner.post("P/orders", {**body, "externalOrderId": "NEXT"})
    assert (response.status_code, response.json()["type"].rsplit("/", 1)[1]) == (409, "state-conflict")
    assert Order.objects.count() == 1


def test_other_content_under_the_same_external_id_is_a_conflict(partner, body):
    first = partner.post("P/orders", body).json()
    changed = {**body, "vins": [{**body["vins"][0], "mileage": 1}]}

    response = partner.post("P/orders", changed)
    assert response.status_code == 409
    assert response.json()["currentResource"] == first


def test_a_patch_changes_only_contact_and_date(partner, deal, samples):
    deal.has_buyer().has_order()

    response = partner.patch(deal.path, samples["orderPatch"], version=0)
    assert response.status_code == 200
    assert response.json()["responsibleContact"] == samples["orderPatch"]["responsibleContact"]
    assert response.json()["version"] == 1
    assert partner.patch(deal.path, {"externalOrderId": "X"}, version=1).status_code == 422
    assert partner.patch(deal.path, {}, version=1).status_code == 422


def test_a_persons_name_stays_out_of_the_trail(partner, deal, samples):
    deal.has_buyer().has_order()
    partner.patch(deal.path, samples["orderPatch"], version=0)

    entry = Entry.objects.get(action="order.updated")
    assert "Neumann" not in str(entry.changes)


def test_a_cancelled_order_is_terminal(partner, deal, samples):
    deal.has_buyer().has_order()
    response = partner.post(f"{deal.path}/cancel", samples["cancel"])

    assert (response.status_code, response.json()["status"]) == (200, "CANCELLED")
    invoice = {
        "type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "1", "vatIncluded": False,
        "amount": money(1850000),
    }  # fmt: skip
    for refused in (
        partner.post(f"{deal.path}/cancel", samples["cancel"]),
        partner.patch(deal.path, {"purchaseDate": "2026-04-01"}, version=response.json()["version"]),
        partner.post(f"{deal.path}/invoice", invoice),
        partner.post(f"{deal.path}/payment", samples["payment"]),
        partner.post(f"{deal.path}/payment/ready-for-pickup"),
        partner.post(f"{deal.path}/transport/pickup", samples["pickup"]),
        partner.upload(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", b"%PDF-"),
    ):
        assert refused.status_code in {409, 422}, refused.content
    assert deal.rollup() | {"modules": None} == deal.rollup() | {
        "complianceStatus": "INCOMPLETE", "decision": None, "blockers": [], "modules": None,
    }  # fmt: skip
    assert deal.rollup()["modules"]["order"]["status"] == "CANCELLED"


def test_an_order_with_a_verdict_cannot_be_cancelled(deal):
    deal.is_judged()

    response = deal.partner.post(f"{deal.path}/cancel", {"reason": "too late"})
    assert (response.status_code, response.json()["type"].rsplit("/", 1)[1]) == (409, "state-conflict")
    assert deal.now()["status"] == "COMPLIANCE_VALID"


def test_orders_are_found_by_each_filter(partner, deal):
    deal.has_buyer().has_order()
    second = deal.order
    deal.has_order(externalOrderId="SECOND", vins=(OTHER_VIN,))
    deal.partner.post(f"{deal.path}/cancel", {"reason": "x"})

    def found(query):
        response = partner.get(f"P/orders?{query}")
        assert response.status_code == 200, response.content
        return {row["externalOrderId"] for row in response.json()["data"]}

    first = second["externalOrderId"]
    assert found("") == {first, "SECOND"}
    assert found("status=CANCELLED") == {"SECOND"}
    assert found(f"vin={OTHER_VIN}") == {"SECOND"}
    assert found(f"vin={VIN.lower()}") == {first}
    assert found("externalOrderId=SECOND") == {"SECOND"}
    assert found(f"buyerId={deal.buyer['uuid']}") == {first, "SECOND"}
    assert found("buyerId=00000000-0000-4000-8000-000000000000") == set()
    assert found("complianceStatus=INCOMPLETE") == {first, "SECOND"}
    assert found("complianceStatus=VALID") == set()
    assert found("createdAfter=2030-01-01T00:00:00Z") == set()
    assert found("updatedAfter=2020-01-01T00:00:00Z") == {first, "SECOND"}


@pytest.mark.parametrize(
    "query", ["vin=SHORT", "status=NOPE", "createdAfter=yesterday", "buyerId=1", "sort=status,asc"]
)
def test_a_filter_with_a_senseless_value_is_refused(partner, query):
    assert partner.get(f"P/orders?{query}").status_code == 422
