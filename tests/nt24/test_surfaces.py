"""A program that asks at a wrong address is answered as a program (contract 4.6), by the shorter way of the API."""

import pytest
from django.test import Client

WRONG = (
    "/v1", "/v1/", "/v1/nothing", "/v1//orders", "//v1/me", "///v1/orders", "/v1/me/", "/V1/me", "/V1", "/v1/ME",
    "/V1/Partners/x/orders", "/v1/openapi.json/", "/v1/../v1", "/v1/%2e%2e/x", "/v1/é", "/v1?page=1",
)  # fmt: skip
OF_PAGES = ("/v10", "/v1.0/me", "/v2/orders", "/api/v1/orders", "/verify/v1", "/v1me")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", WRONG)
def test_a_wrong_address_of_the_api_is_a_problem_document(db, path, method):
    client = Client(enforce_csrf_checks=True)
    # The test client would take what comes after two slashes for a host.
    as_sent = {"PATH_INFO": path} if path.startswith("//") else {}
    answer = client.generic(method, path, b"{}", content_type="application/json", **as_sent)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["title"]) == (404, "There is nothing here")
    assert problem["traceId"] == answer["X-Request-Id"]


@pytest.mark.parametrize("path", OF_PAGES)
def test_what_only_looks_like_it_is_a_page(db, path):
    answer = Client().get(path)

    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (404, "text/html")


@pytest.mark.parametrize("path", ["/v1/me", "/v1/openapi.json", "/v1", "/V1/x"])
def test_the_shorter_way_keeps_what_protects_an_answer(db, path):
    answer = Client().get(path)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Content-Length"] == str(len(answer.content))
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/v1/me", "/v1", "/V1/orders"])
def test_another_host_is_refused_as_a_program(db, path):
    answer = Client().get(path, headers={"host": "evil.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/v1/me", "/v1", "/v1/partners/x/orders"])
def test_a_call_without_tls_is_sent_to_the_same_address_with_it(db, settings, path):
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get(path)

    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")
