"""What belongs to somebody else is not there: every route, every id, every kind of stranger (contract 4.1, 5, 10).

The routes are walked through the resolver, so that a new one is tested by being there.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver

from nt24.actors import system
from nt24.api.operation import Operation
from nt24.documents.types import DocumentType, Module
from nt24.partners.actions import disable_client, disable_organization, disable_seller
from nt24.urls import api
from tests.buyers.links import fills_in, invited, linked
from tests.deal import WARSAW
from tests.factories.documents import DocumentFactory
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory
from tests.partner import Partner
from tests.races import bodies

SOMEBODY = system("test")
CONVERTER = "<(?:id|str):([A-Za-z]+)>"
TYPES = {
    Module.KYC: DocumentType.COC_EXTRACT,
    Module.ORDER: DocumentType.ORDER_PURCHASING_CONTRACT,
    Module.INVOICE: DocumentType.SHIPMENT_PRELIMINARY_INVOICE,
    Module.PAYMENT: DocumentType.PAYMENT_CONFIRMATION,
    Module.TRANSPORT: DocumentType.TRANSPORT_CMR,
}


# --- The routes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str  # with its converters
    module: Module | None
    promise: Operation

    def __str__(self) -> str:
        return self.method + " " + re.sub(CONVERTER, r"{\1}", self.path)

    @property
    def ids(self) -> list[str]:
        return re.findall(CONVERTER, self.path)

    def address(self, ids: dict[str, Any]) -> str:
        return "/v1/" + re.sub(CONVERTER, lambda match: str(ids[match[1]]), self.path)


def routes_below(patterns: list[URLPattern | URLResolver], before: str = "") -> list[Route]:
    found = []
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes_below(pattern.url_patterns, path)
        elif (view := getattr(pattern.callback, "view_class", None)) is not None:
            given: dict[str, Any] = getattr(pattern.callback, "view_initkwargs", {})
            module = given.get("module", getattr(view, "module", None))
            for method in ("get", "post", "patch", "delete", "put"):
                if (handler := getattr(view, method, None)) is not None:
                    found.append(Route(method.upper(), path, module, handler.operation))
    return found


ROUTES = routes_below(api)
BELOW_A_SELLER = [route for route in ROUTES if "sellerId" in route.ids]
ON_AN_OBJECT = [route for route in BELOW_A_SELLER if len(route.ids) > 1]
OF_THE_ORGANIZATION = [route for route in ROUTES if route.ids and "sellerId" not in route.ids]
WRITES = [route for route in ROUTES if route.method != "GET"]


def test_the_walk_finds_the_routes():
    assert len(ROUTES) > 60
    assert len({str(route) for route in ROUTES}) == len(ROUTES)
    assert {route.path.split("/")[0] for route in ROUTES if "sellerId" not in route.ids} == {
        "me", "clients", "webhooks", "audit", "sandbox",
    }  # fmt: skip
    assert set().union(*(route.ids for route in ROUTES)) == {
        "sellerId", "buyerId", "contactUuid", "documentUuid", "orderUuid", "invitationUuid", "prospectUuid",
        "endpointId", "deliveryId", "clientId",
    }  # fmt: skip


# --- The tenants ---------------------------------------------------------------------------------------------------


def taken(response: Any) -> dict[str, Any]:
    assert response.status_code in {200, 201, 202}, response.content
    return response.json()


class Estate:
    """Everything one seller can have: `ids` fills the path of each route."""

    def __init__(self, partner, vat_number):
        self.partner = partner
        buyer = taken(partner.post("P/buyers", bodies.buyer(vatNumber=vat_number)))
        person = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}
        contact = taken(partner.post(f"P/buyers/{buyer['uuid']}/contacts", person))
        order = taken(partner.post("P/orders", bodies.order(buyer["uuid"])))
        self.path = f"P/orders/{order['uuid']}"
        taken(partner.post(f"{self.path}/invoice", bodies.invoice()))
        taken(partner.post(f"{self.path}/payment", bodies.payment()))
        subjects = {module: buyer["uuid"] if module == Module.KYC else order["uuid"] for module in TYPES}
        self.documents = {
            module: DocumentFactory(
                seller=partner.seller, module=module, type=type, subject_uuid=subjects[module],
                document_on=date(2026, 4, 18),
            ).uuid
            for module, type in TYPES.items()
        }  # fmt: skip
        self.of_seller = {
            "sellerId": partner.seller.uuid,
            "buyerId": buyer["uuid"],
            "contactUuid": contact["uuid"],
            "orderUuid": order["uuid"],
        }
        link = linked(partner)
        self.of_seller["prospectUuid"] = fills_in(link).uuid
        self.invitations = {True: invited(partner, buyer).uuid, False: link.uuid}  # of a buyer, or of nobody
        hook = taken(partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]}))
        fired = {"eventType": "kyc.vies_check_failed", "data": {}}
        self.of_organization = {
            "clientId": partner.client.client_id,
            "endpointId": hook["id"],
            "deliveryId": taken(partner.post(f"/v1/webhooks/{hook['id']}/test", fired))["id"],
        }

    def ids(self, route: Route) -> dict[str, Any]:
        parts = {
            "documentUuid": self.documents.get(route.module),
            "invitationUuid": self.invitations["buyerId" in route.ids],
        }
        return {**self.of_seller, **self.of_organization, **parts}


def rich_seller(**values: Any) -> Any:
    organization = values.pop("organization", None) or OrganizationFactory(
        enterprise=True, all_capabilities=True
    )
    return SellerFactory(organization=organization, **values)


def partner_of(seller: Any) -> Partner:
    return Partner(ApiClientFactory(organization=seller.organization), seller)


@pytest.fixture
def victim(db):
    return Estate(partner_of(rich_seller()), "PL5260001246")


@pytest.fixture
def stranger(db):
    """Another organization with a seller, a buyer and an order of its own."""
    return Estate(partner_of(rich_seller()), "PL5260001252")


@pytest.fixture
def sibling(victim):
    """Another seller of the victim's own organization."""
    seller = rich_seller(organization=victim.partner.seller.organization)
    return Estate(Partner(victim.partner.client, seller), "PL5260001252")


def everything() -> dict[str, list[Any]]:
    """Every row of every table as it stands."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()
    }


def call(partner: Partner, route: Route, ids: dict[str, Any], *, key: str | None = None) -> Any:
    body: dict[str, Any] | None = None if route.method == "GET" else {}
    return partner.send(route.method, route.address(ids), body, key=key)


def as_seen(response: Any) -> tuple[Any, ...]:
    """Status, headers and body of an answer without what is different in each: trace id, own path, budget left."""
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in {"X-Request-Id", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Content-Length"}
    }
    problem = response.json()
    own = {problem.pop("traceId"), problem.pop("instance")}
    assert len(own) == 2
    return response.status_code, headers, orjson.dumps(problem)


def slug_of(response: Any) -> str:
    return response.json()["type"].rsplit("/", 1)[1]


def random_ids(**known: Any) -> dict[str, Any]:
    names = (
        "sellerId", "buyerId", "contactUuid", "orderUuid", "documentUuid", "invitationUuid", "prospectUuid",
    )  # fmt: skip
    prefixed = {"endpointId": f"wh_{uuid.uuid4().hex}", "deliveryId": f"del_{uuid.uuid4().hex}"}
    return {name: uuid.uuid4() for name in names} | prefixed | {"clientId": "api-client-nobody"} | known


# --- Strangers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, ""], ids=["with a key", "without a key"])
def test_another_organization_s_seller_is_forbidden_like_one_that_does_not_exist(victim, stranger, key):
    before = everything()
    for route in BELOW_A_SELLER:
        real = call(stranger.partner, route, victim.ids(route), key=key)
        invented = call(stranger.partner, route, random_ids(), key=key)

        assert (real.status_code, slug_of(real)) == (403, "forbidden"), str(route)
        assert as_seen(real) == as_seen(invented), str(route)
    assert everything() == before


@pytest.mark.parametrize("whose", ["stranger", "sibling"])
@pytest.mark.parametrize("key", [None, ""], ids=["with a key", "without a key"])
def test_another_seller_s_objects_are_not_found_like_those_that_do_not_exist(victim, request, whose, key):
    other = request.getfixturevalue(whose)
    own_seller = {"sellerId": other.partner.seller.uuid}
    before = everything()
    for route in ON_AN_OBJECT:
        real = call(other.partner, route, {**victim.ids(route), **own_seller}, key=key)
        invented = call(other.partner, route, random_ids(**own_seller), key=key)

        assert (real.status_code, slug_of(real)) == (404, "not-found"), str(route)
        assert as_seen(real) == as_seen(invented), str(route)
    assert everything() == before


@pytest.mark.parametrize("key", [None, ""], ids=["with a key", "without a key"])
def test_another_organization_s_endpoints_and_clients_are_not_found(victim, stranger, key):
    before = everything()
    for route in OF_THE_ORGANIZATION:
        real = call(stranger.partner, route, victim.ids(route), key=key)
        invented = call(stranger.partner, route, random_ids(), key=key)

        assert (real.status_code, slug_of(real)) == (404, "not-found"), str(route)
        assert as_seen(real) == as_seen(invented), str(route)
    assert everything() == before


def test_another_organization_s_delivery_is_not_found_under_an_endpoint_of_one_s_own(victim, stranger):
    theirs = {**stranger.of_organization, "deliveryId": victim.of_organization["deliveryId"]}
    routes = [route for route in OF_THE_ORGANIZATION if "deliveryId" in route.ids]
    for route in routes:
        assert call(stranger.partner, route, theirs).status_code == 404, str(route)
    assert len(routes) == 2


@pytest.mark.parametrize("whose", ["stranger", "sibling"])
def test_parts_of_another_seller_s_object_are_not_found_under_an_object_of_one_s_own(victim, request, whose):
    other = request.getfixturevalue(whose)
    before = everything()
    for route in (route for route in ON_AN_OBJECT if len(route.ids) == 3):
        own = other.ids(route)
        part = route.ids[-1]
        real = call(other.partner, route, {**own, part: victim.ids(route)[part]})
        invented = call(other.partner, route, {**own, part: uuid.uuid4()})

        assert (real.status_code, slug_of(real)) == (404, "not-found"), str(route)
        assert as_seen(real) == as_seen(invented), str(route)
    assert everything() == before


def test_a_document_is_found_under_its_own_module_only(victim):
    for route in (route for route in ON_AN_OBJECT if "documentUuid" in route.ids and route.method == "GET"):
        for module, document in victim.documents.items():
            response = call(victim.partner, route, {**victim.ids(route), "documentUuid": document})
            assert response.status_code == (200 if module == route.module else 404), (str(route), module)


@pytest.mark.parametrize("whose", ["stranger", "sibling"])
def test_an_order_for_another_seller_s_buyer_is_refused_like_one_for_nobody(victim, request, whose):
    other = request.getfixturevalue(whose)
    real, invented = (
        other.partner.post("P/orders", bodies.order(str(buyer), externalOrderId="NEW"))
        for buyer in (victim.of_seller["buyerId"], uuid.uuid4())
    )

    assert (real.status_code, slug_of(real)) == (422, "validation-error")
    errors = [response.json()["errors"][0] for response in (real, invented)]
    assert [error.pop("rejectedValue") for error in errors][0] == victim.of_seller["buyerId"]
    assert errors[0] == errors[1]


@pytest.mark.parametrize("whose", ["stranger", "sibling"])
def test_searching_finds_nothing_of_another_seller(victim, request, whose):
    other = request.getfixturevalue(whose)
    taken(other.partner.post(f"{other.path}/cancel", {"reason": "x"}))
    for query in (
        f"P/orders?buyerId={victim.of_seller['buyerId']}",
        "P/orders?status=PAYMENT_SUBMITTED",
        "P/buyers?vatNumber=PL5260001246",
        "P/buyers?q=5260001246",
    ):
        found = taken(other.partner.get(query))
        assert (found["data"], found["pagination"]["totalElements"]) == ([], 0), query
    for query in (f"P/orders?vin={bodies.VIN}", "P/orders?externalOrderId=RACE-1", "P/orders", "P/buyers"):
        [only] = taken(other.partner.get(query))["data"]
        assert only["uuid"] in {str(other.of_seller["orderUuid"]), str(other.of_seller["buyerId"])}, query


def test_the_same_natural_keys_belong_to_each_seller_alone(victim, stranger):
    again = taken(stranger.partner.post("P/buyers", bodies.buyer(vatNumber="PL5260001246")))

    assert again["uuid"] != victim.of_seller["buyerId"]


def test_a_key_of_another_organization_replays_nothing(victim, stranger):
    body = bodies.buyer(vatNumber="PL5260001269")
    first = victim.partner.post("P/buyers", body, key="k-1")
    forbidden = stranger.partner.post(victim.partner.path("P/buyers"), body, key="k-1")
    own = stranger.partner.post("P/buyers", body, key="k-1")

    assert (first.status_code, forbidden.status_code, own.status_code) == (201, 403, 201)
    assert "Idempotency-Replayed" not in own
    assert own.json()["uuid"] != first.json()["uuid"]


def test_me_shows_the_own_sellers_only(victim, stranger, sibling):
    mine = {str(victim.partner.seller.uuid), str(sibling.partner.seller.uuid)}

    assert {seller["uuid"] for seller in taken(victim.partner.get("/v1/me"))["authorizedPartners"]} == mine


# --- Who may not call at all ---------------------------------------------------------------------------------------


def test_without_a_token_every_route_is_unauthorized(victim):
    victim.partner.authorization = ""
    before = everything()
    for route in ROUTES:
        response = call(victim.partner, route, victim.ids(route))
        assert (response.status_code, slug_of(response)) == (401, "unauthorized"), str(route)
    assert everything() == before


@pytest.mark.parametrize("what", ["client", "organization"])
def test_a_disabled_client_or_organization_is_unauthorized_from_its_next_call_on(victim, what):
    partner = victim.partner
    assert partner.get("/v1/me").status_code == 200
    if what == "client":
        disable_client(partner.client, by=SOMEBODY, reason="left")
    else:
        disable_organization(partner.seller.organization, by=SOMEBODY, reason="left")
    before = everything()
    for route in ROUTES:
        response = call(partner, route, victim.ids(route))
        assert (response.status_code, slug_of(response)) == (401, "unauthorized"), str(route)
    assert everything() == before


def test_a_seller_that_was_taken_off_the_list_is_forbidden_from_the_next_call_on(victim):
    disable_seller(victim.partner.seller, by=SOMEBODY, reason="left")
    before = everything()
    for route in BELOW_A_SELLER:
        response = call(victim.partner, route, victim.ids(route))
        assert (response.status_code, slug_of(response)) == (403, "forbidden"), str(route)
    assert everything() == before


def test_without_an_accepted_dpa_only_me_answers(victim):
    organization = victim.partner.seller.organization
    organization.dpa_version, organization.dpa_accepted_at = "", None
    organization.save()
    before = everything()
    for route in ROUTES:
        response = call(victim.partner, route, victim.ids(route))
        if route.path == "me":
            assert response.status_code == 200
        else:
            assert (response.status_code, slug_of(response)) == (403, "dpa-not-accepted"), str(route)
    assert everything() == before


# --- Capabilities --------------------------------------------------------------------------------------------------

TWO_VEHICLES = [
    {"vin": vin, "brand": "VW", "model": "Golf", "purchaseAmount": bodies.PRICE}
    for vin in (bodies.VIN, "WVWZZZ1JZXW000002")
]
PERSON = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}


def routes_that_need(capability: str) -> list[Route]:
    return [route for route in ROUTES if route.promise.capability == capability]


def test_every_capability_of_a_route_is_one_of_the_contract_s():
    needed = {route.promise.capability for route in ROUTES} - {""}

    assert needed == {"allow_contact_personal_data", "allow_kyc_document_download"}


@pytest.mark.parametrize("capability", ["allow_contact_personal_data", "allow_kyc_document_download"])
def test_a_route_with_a_capability_is_closed_without_it_and_open_with_it_alone(victim, capability):
    organization = victim.partner.seller.organization
    routes = routes_that_need(capability)
    grant(organization, everything_but=capability)
    before = everything()
    for route in routes:
        for ids in (victim.ids(route), random_ids(sellerId=victim.partner.seller.uuid)):
            response = call(victim.partner, route, ids)
            assert (response.status_code, slug_of(response)) == (403, "capability-required"), str(route)
    assert everything() == before

    grant(organization, only=capability)
    for route in routes:
        assert call(victim.partner, route, victim.ids(route)).status_code != 403, str(route)


NEW_BUYER = bodies.buyer(vatNumber="PL5260001269")
PAIR = {"vins": TWO_VEHICLES, "totalAmount": {"value": 3700000, "currency": "EUR"}}
CAPABILITIES_OF_BODIES = [
    ("allow_marketplace_led_kyc", "P/buyers", NEW_BUYER),
    ("allow_contact_personal_data", "P/buyers", {**NEW_BUYER, "kycMode": "NT24_LED", "contacts": [PERSON]}),
    ("allow_multi_vin_orders", "P/orders", PAIR),
]


@pytest.mark.parametrize(("capability", "path", "body"), CAPABILITIES_OF_BODIES)
def test_a_body_that_needs_a_capability_is_refused_without_it_and_taken_with_it_alone(
    victim, capability, path, body
):
    if path == "P/orders":
        body = bodies.order(victim.of_seller["buyerId"], externalOrderId="NEW", **body)
    organization = victim.partner.seller.organization
    grant(organization, everything_but=capability)
    before = everything()
    for sent in (body, {**body, "unknownMember": 1}):
        response = victim.partner.post(path, sent)
        assert (response.status_code, slug_of(response)) == (403, "capability-required")
    assert everything() == before

    grant(organization, only=capability)
    assert victim.partner.post(path, body).status_code == 201


def grant(organization: Any, *, only: str = "", everything_but: str = "") -> None:
    names = {route.promise.capability for route in ROUTES} | {name for name, _, _ in CAPABILITIES_OF_BODIES}
    for name in names - {""}:
        setattr(organization, name, name == only if only else name != everything_but)
    organization.save()


# --- Mass assignment -----------------------------------------------------------------------------------------------

OURS = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "status": "VALID",
    "version": 7,
    "complianceStatus": "VALID",
    "organizationId": "00000000-0000-4000-8000-000000000000",
}


def test_no_write_takes_a_member_that_is_ours_to_set(victim):
    before = everything()
    for route in WRITES:
        address = route.address(victim.ids(route))
        # What a PATCH cannot change is compared after its version (ADR 0041).
        seen = victim.partner.get(address).headers.get("ETag") if route.method == "PATCH" else None
        for member, value in OURS.items():
            match = {"If-Match": seen} if seen else {}
            response = victim.partner.send(route.method, address, {member: value}, **match)

            assert (response.status_code, slug_of(response)) == (422, "validation-error"), (
                str(route),
                member,
            )
            assert member in {error["field"] for error in response.json()["errors"]}, (str(route), member)
    assert everything() == before


def test_an_upload_takes_no_member_that_is_ours_to_set(victim):
    before = everything()
    response = victim.partner.upload(
        f"{victim.path}/documents",
        "ORDER_PURCHASING_CONTRACT",
        b"%PDF-",
        **{k: str(v) for k, v in OURS.items()},
    )

    assert response.status_code == 422
    assert {error["field"] for error in response.json()["errors"]} == set(OURS)
    assert everything() == before


@pytest.mark.parametrize(
    ("path", "changes", "field"),
    [
        ("P/buyers", {"address": {**WARSAW, "uuid": OURS["uuid"]}}, "address.uuid"),
        ("P/buyers", {"contacts": [{**PERSON, "uuid": OURS["uuid"]}]}, "contacts[0].uuid"),
        (
            "P/orders",
            {"vins": [{**TWO_VEHICLES[0], "complianceStatus": "VALID"}]},
            "vins[0].complianceStatus",
        ),
        ("P/orders", {"totalAmount": {**bodies.PRICE, "status": "PAID"}}, "totalAmount.status"),
    ],
)
def test_no_inner_object_takes_a_member_that_is_ours_to_set(victim, path, changes, field):
    new = {"P/buyers": bodies.buyer(vatNumber="PL5260001269")} | {
        "P/orders": bodies.order(victim.of_seller["buyerId"], externalOrderId="NEW")
    }
    response = victim.partner.post(path, {**new[path], **changes})

    assert (response.status_code, slug_of(response)) == (422, "validation-error")
    assert [error["field"] for error in response.json()["errors"]] == [field]
