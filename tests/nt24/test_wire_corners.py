"""Corners that calls made at random have found."""

from django.test import Client

from tests.deal import taken


def test_an_object_inside_a_patch_has_to_be_whole(deal, partner):
    deal.has_buyer().has_order().has_invoice()
    invoice = taken(partner.get(f"{deal.path}/invoice"), 200)

    response = partner.patch(f"{deal.path}/invoice", {"amount": {"value": 5}}, version=invoice["version"])

    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": "amount.currency", "message": "This field is required."}]
    assert taken(partner.get(f"{deal.path}/invoice"), 200) == invoice


def test_a_write_to_an_unknown_path_is_a_problem_and_no_csrf_page():
    response = Client(enforce_csrf_checks=True).post("/v1/partners/orders", {})

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_an_answer_without_a_body_has_no_media_type(partner):
    body = {"vatNumber": "PL5260001246", "next": "VALID"}

    answers = [partner.post("/v1/sandbox/vies", body, key="the same") for _ in range(2)]

    assert [(answer.status_code, answer.get("Content-Type")) for answer in answers] == [
        (204, None),
        (204, None),
    ]
    assert answers[1]["Idempotency-Replayed"] == "true"


def test_a_foreign_host_is_refused_with_a_problem_below_v1_and_a_page_elsewhere():
    refused = Client().get("/v1/me", headers={"Host": "evil.example"})
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert refused.json()["type"].endswith("/malformed-request")

    page = Client().get("/", headers={"Host": "evil.example"})
    assert (page.status_code, b"was not accepted" in page.content) == (400, True)
    assert b"evil.example" not in page.content
