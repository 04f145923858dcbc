"""What has the shape of an endpoint is checked in the order of contract 4.1, whatever its ids look like (17.27)."""

import uuid

import pytest
from django.test import Client

from nt24.partners.models import RateLimitTier
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory
from tests.nt24.test_tenancy import ON_AN_OBJECT, ROUTES
from tests.partner import Partner

NO_IDS = ("not-a-uuid", "1", "..", "%00", "a%0Ab", "%C3%A9", "0" * 300, "00000000000000000000000000000000")
WITH_IDS = [route for route in ROUTES if route.ids]


def address(route, **ids):
    return route.address({name: ids.get(name, ids["other"]) for name in route.ids})


def slug_of(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["type"].rsplit("/", 1)[1]


@pytest.mark.parametrize("route", WITH_IDS, ids=str)
def test_nobody_is_asked_who_he_is_first(db, route):
    for other in NO_IDS:
        response = Client().generic(route.method, address(route, other=other))

        assert (response.status_code, slug_of(response)) == (401, "unauthorized")


@pytest.mark.parametrize("route", [route for route in WITH_IDS if "sellerId" in route.ids], ids=str)
def test_a_seller_that_is_no_uuid_is_not_on_the_list(partner, route):
    for other in NO_IDS[:3]:
        response = partner.send(route.method, address(route, other=other), None, key="")

        assert (response.status_code, slug_of(response)) == (403, "forbidden")


@pytest.mark.parametrize("route", ON_AN_OBJECT, ids=str)
@pytest.mark.parametrize("key", ["", "a key"])
def test_an_object_that_is_no_uuid_is_not_there_with_and_without_a_key(partner, route, key):
    for other in (*NO_IDS, str(uuid.uuid4())):
        path = address(route, sellerId=partner.seller.uuid, other=other)
        response = partner.send(route.method, path, None, key=key and f"{key} {other[:40]}")

        assert (response.status_code, slug_of(response)) == (404, "not-found"), path
        assert "X-RateLimit-Remaining" in response


@pytest.mark.parametrize("route", ON_AN_OBJECT[:5], ids=str)
def test_limits_and_gates_come_before_an_id_that_is_none(db, route):
    organization = OrganizationFactory(rate_limit_tier=RateLimitTier.STANDARD, dpa_accepted_at=None)
    seller = SellerFactory(organization=organization)
    stranger = Partner(ApiClientFactory(organization=organization), seller)
    path = address(route, sellerId=seller.uuid, other="x")

    assert slug_of(stranger.send(route.method, path, None)) == "dpa-not-accepted"
    for _ in range(200):
        last = stranger.send(route.method, path, None)
    assert slug_of(last) == "rate-limited"


def test_a_missing_part_of_an_order_is_missed_without_a_key_too(deal):
    deal.has_buyer().has_order()

    for path in ("/invoice", "/invoice?type=FINAL", "/payment"):
        assert deal.partner.patch(f"{deal.path}{path}", {"x": 1}, key="").status_code == 404
        assert deal.partner.get(f"{deal.path}{path}").status_code == 404


def test_uuids_are_taken_in_either_case_and_answered_in_lower_case(deal):
    deal.has_buyer().has_order()
    partner, shout = deal.partner, deal.order["uuid"].upper()
    seller, buyer = str(partner.seller.uuid).upper(), deal.buyer["uuid"].upper()

    read = partner.get(f"/v1/partners/{seller}/orders/{shout}").json()
    assert read == deal.order
    listed = partner.get(f"P/orders?buyerId={buyer}").json()["data"]
    assert [row["uuid"] for row in listed] == [deal.order["uuid"]]
    vin = {
        "vin": "WVWZZZ1JZXW000009",
        "brand": "VW",
        "model": "Up",
        "purchaseAmount": {"value": 1, "currency": "EUR"},
    }
    body = {"externalOrderId": "2", "buyerId": buyer, "vins": [vin], "totalAmount": vin["purchaseAmount"]}
    assert partner.post("P/orders", body).json()["buyerId"] == deal.buyer["uuid"]
    hook = partner.post(
        "/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"], "partnerIds": [seller]}
    ).json()
    assert hook["partnerIds"] == [str(partner.seller.uuid)]


@pytest.mark.parametrize("path", ["/v1/partners//orders", "/v1/", "/v1/nothing", "/v1/partners/x/orders/"])
def test_what_has_no_shape_of_an_endpoint_is_an_unknown_path(db, path):
    response = Client().post(path)

    assert (response.status_code, slug_of(response)) == (404, "not-found")
