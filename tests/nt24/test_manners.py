"""What every endpoint does alike: problems, bodies, versions, headers (contract 4)."""

import pytest

from buyers.models import Buyer
from tests.nt24.test_idempotency import BUYER


def slug_of(response):
    return response.json()["type"].rsplit("/", 1)[1]


@pytest.fixture
def buyer(partner):
    return partner.post("P/buyers", BUYER).json()


def test_a_problem_has_exactly_the_contracts_members(partner):
    response = partner.get("P/buyers/00000000-0000-4000-8000-000000000000", X_Request_Id="my-trace-1")

    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Request-Id"] == "my-trace-1"
    assert response.json() == {
        "type": "https://api.novatrade24.com/problems/not-found",
        "title": "There is nothing here",
        "status": 404,
        "detail": "Nothing is found at this address.",
        "instance": f"/v1/partners/{partner.seller.uuid}/buyers/00000000-0000-4000-8000-000000000000",
        "traceId": "my-trace-1",
    }


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1/partners/buyers", "/v1/me/"])
def test_an_unknown_path_is_a_problem_too(client, db, path):
    response = client.get(path)

    assert (response.status_code, slug_of(response)) == (404, "not-found")
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic abc"])
def test_a_call_without_a_valid_token_is_unauthorized(client, db, header):
    response = client.get("/v1/me", headers={"Authorization": header} if header else {})

    assert (response.status_code, slug_of(response)) == (401, "unauthorized")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_method_that_is_not_there_is_refused_with_those_that_are(partner):
    response = partner.send("PUT", "/v1/me", {})

    assert (response.status_code, slug_of(response)) == (405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD"


def test_an_accept_header_that_cannot_be_met_is_refused(partner):
    assert partner.get("/v1/me", Accept="text/html").status_code == 406
    assert partner.get("/v1/me", Accept="application/*;q=0.5, text/html").status_code == 200


@pytest.mark.parametrize(
    "body", [b"{broken", b"[]", b'"text"', b"\xff\xfe", b'{"a": NaN}', b'{"a": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_malformed(partner, body):
    response = partner.post("P/buyers", body)

    assert (response.status_code, slug_of(response)) == (400, "malformed-request")
    assert not Buyer.objects.exists()


def test_a_body_of_another_media_type_is_refused(partner):
    response = partner.http.post(
        partner.path("P/buyers"), "a=b", content_type="text/plain", headers=partner.headers({})
    )

    assert (response.status_code, slug_of(response)) == (415, "unsupported-media-type")


def test_a_json_body_over_the_limit_is_too_large(partner):
    response = partner.post("P/buyers", b'{"a": "' + b"x" * 1024 * 1024 + b'"}')

    assert (response.status_code, slug_of(response)) == (413, "payload-too-large")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"companyname": "typo"}, "companyname"),
        ({"company_name": "inside name"}, "company_name"),
        ({"companyName": 7}, "companyName"),
        ({"companyName": ""}, "companyName"),
        ({"companyName": None}, "companyName"),
        ({"companyName": "a\x00b"}, "companyName"),
        ({"kycMode": "OTHER"}, "kycMode"),
        ({"vatNumber": "pl5260001246"}, "vatNumber"),
        ({"vatNumber": "PL"}, "vatNumber"),
        ({"vatNumber": "PL12345678901234"}, "vatNumber"),
        ({"address": "Berlin"}, "address"),
        ({"address": {**BUYER["address"], "country": "XX"}}, "address.country"),
        ({"address": {**BUYER["address"], "planet": "Earth"}}, "address.planet"),
        ({"contacts": [{"firstName": "A", "lastName": "B", "email": "no"}]}, "contacts[0].email"),
        ({"uuid": "00000000-0000-4000-8000-000000000000"}, "uuid"),
        ({"status": "BLOCKED"}, "status"),
        ({"version": 3}, "version"),
    ],
)
def test_an_invalid_member_is_named_and_nothing_is_stored(partner, change, field):
    response = partner.post("P/buyers", {**BUYER, **change})

    assert (response.status_code, slug_of(response)) == (422, "validation-error")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Buyer.objects.exists()


def test_a_missing_member_is_named(partner):
    response = partner.post("P/buyers", {})

    fields = {error["field"] for error in response.json()["errors"]}
    assert fields == {"kycMode", "vatNumber", "companyName", "address"}


def test_the_rejected_value_is_shown_but_never_a_personal_one(partner):
    contacts = [{"firstName": "A", "lastName": "B", "email": "secret-person"}]
    response = partner.post("P/buyers", {**BUYER, "vatNumber": "de1", "contacts": contacts})

    errors = {error["field"]: error for error in response.json()["errors"]}
    assert errors["vatNumber"]["rejectedValue"] == "de1"
    assert "rejectedValue" not in errors["contacts[0].email"]
    assert "secret-person" not in response.content.decode()


def test_an_unknown_query_parameter_is_refused(partner):
    assert partner.get("P/buyers?vat=1").status_code == 422
    assert partner.get("/v1/me?x=1").status_code == 422
    assert partner.get("P/buyers?page=0&page=1").status_code == 422


def test_every_answer_after_authentication_has_the_rate_limit_headers(partner, buyer):
    for response, category in (
        (partner.get("/v1/me"), "read"),
        (partner.get(f"P/buyers/{buyer['uuid']}", If_None_Match='"0"'), "read"),
        (partner.get("P/buyers/00000000-0000-4000-8000-000000000000"), "read"),
        (partner.post("P/buyers", {}), "write"),
    ):
        assert response["X-RateLimit-Category"] == category
        assert response["X-RateLimit-Limit"] == "60000"
        assert int(response["X-RateLimit-Remaining"]) < 60000
        assert int(response["X-RateLimit-Reset"]) > 1_700_000_000


def test_caching_is_said_for_every_kind_of_answer(partner, buyer):
    assert partner.get("/v1/me")["Cache-Control"] == "private, max-age=300"
    assert partner.get(f"P/buyers/{buyer['uuid']}")["Cache-Control"] == "private, no-cache"
    assert partner.get("P/buyers")["Cache-Control"] == "no-store"


# --- Versions ------------------------------------------------------------------------------------------------------


def test_a_get_with_the_present_version_is_answered_with_304_and_no_body(partner, buyer):
    path = f"P/buyers/{buyer['uuid']}"
    tag = partner.get(path)["ETag"]

    for header in (tag, f"W/{tag}", f'"7", {tag}', "*"):
        response = partner.get(path, If_None_Match=header)
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", '"0"')
    assert partner.get(path, If_None_Match='"1"').status_code == 200


def test_a_patch_moves_the_version_by_one_and_answers_with_it(partner, buyer):
    response = partner.patch(f"P/buyers/{buyer['uuid']}", {"companyName": "New"}, version=0)

    assert (response.status_code, response["ETag"], response.json()["version"]) == (200, '"1"', 1)
    assert response.json()["companyName"] == "New"


@pytest.mark.parametrize("tag", ["*", "0", 'W/"0"', '"a"', '"0", "1"', '""'])
def test_an_if_match_that_is_no_strong_version_tag_is_malformed(partner, buyer, tag):
    response = partner.patch(f"P/buyers/{buyer['uuid']}", {"companyName": "New"}, If_Match=tag)

    assert (response.status_code, slug_of(response)) == (400, "malformed-request")


def test_a_patch_without_if_match_is_malformed_after_its_body_is_valid(partner, buyer):
    path = f"P/buyers/{buyer['uuid']}"

    assert partner.patch(path, {"companyName": "New"}).status_code == 400
    assert partner.patch(path, {"companyName": 7}).status_code == 422


def test_a_stale_version_is_refused_with_the_current_resource(partner, buyer):
    path = f"P/buyers/{buyer['uuid']}"
    partner.patch(path, {"companyName": "First"}, version=0)
    response = partner.patch(path, {"companyName": "Second"}, version=0)

    assert (response.status_code, slug_of(response)) == (409, "version-mismatch")
    assert response.json()["currentResource"] == partner.get(path).json()
    assert Buyer.objects.get().company_name == "First"


# --- Lists ---------------------------------------------------------------------------------------------------------


def test_a_list_has_pages_with_totals_and_a_stable_order(partner):
    for number in range(5):
        body = {**BUYER, "vatNumber": f"PL52600012{number}0", "companyName": f"Firma {number}"}
        partner.post("P/buyers", body)

    first = partner.get("P/buyers?size=2&sort=companyName,asc").json()
    last = partner.get("P/buyers?size=2&page=2&sort=companyName,asc").json()

    assert [row["companyName"] for row in first["data"]] == ["Firma 0", "Firma 1"]
    assert first["pagination"] == {
        "page": 0, "size": 2, "totalElements": 5, "totalPages": 3, "hasNext": True, "hasPrevious": False,
    }  # fmt: skip
    assert [row["companyName"] for row in last["data"]] == ["Firma 4"]
    assert (last["pagination"]["hasNext"], last["pagination"]["hasPrevious"]) == (False, True)


@pytest.mark.parametrize(
    "query",
    ["size=0", "size=101", "page=-1", "page=x", "sort=secret,asc", "sort=createdAt,up", "status=OTHER"],
)
def test_a_list_query_that_makes_no_sense_is_refused(partner, query):
    assert partner.get(f"P/buyers?{query}").status_code == 422
