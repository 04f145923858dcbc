"""The two layers of idempotency and the order in which a write is checked (contract 4.1, 4.3, 16.1, 16.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from buyers.models import Buyer
from nt24.api.models import Call
from nt24.audit.models import Entry

BUYER = {
    "kycMode": "MARKETPLACE_LED",
    "vatNumber": "PL5260001246",
    "companyName": "Auto Handel Kowalski",
    "address": {"street": "ul. Długa 7", "postCode": "00-263", "city": "Warszawa", "country": "PL"},
}


def test_a_write_without_a_key_is_malformed(partner):
    response = partner.post("P/buyers", BUYER, key="")

    assert (response.status_code, response.json()["type"].rsplit("/", 1)[1]) == (400, "malformed-request")
    assert not Buyer.objects.exists()


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel", "a\x01b"])
def test_a_key_that_is_too_long_or_not_printable_is_malformed(partner, key):
    assert partner.post("P/buyers", BUYER, key=key).status_code == 400
    assert not Call.objects.exists()


def test_the_same_key_and_body_replays_the_stored_answer_as_200(partner):
    first = partner.post("P/buyers", BUYER, key="k-1")
    second = partner.post("P/buyers", BUYER, key="k-1")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content
    assert second["Idempotency-Replayed"] == "true"
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert "Idempotency-Replayed" not in first
    assert Buyer.objects.count() == 1
    assert Entry.objects.filter(action="buyer.registered").count() == 1


def test_the_order_of_members_does_not_matter_to_the_fingerprint(partner):
    partner.post("P/buyers", BUYER, key="k-1")

    assert partner.post("P/buyers", dict(reversed(BUYER.items())), key="k-1").status_code == 200


@pytest.mark.parametrize("spelt", [str.upper, str.title, lambda id: id[:18].upper() + id[18:]])
def test_a_retry_with_the_ids_of_the_path_in_capitals_is_the_same_request(partner, spelt):
    below = f"/v1/partners/{partner.seller.uuid}/buyers"
    spelt_below = f"/v1/partners/{spelt(str(partner.seller.uuid))}/buyers"
    first = partner.post(spelt_below, BUYER, key="k-1")
    assert first["Location"] == f"{below}/{first.json()['uuid']}"
    assert partner.post(below, BUYER, key="k-1").content == first.content

    buyer = first.json()["uuid"]
    block = partner.post(f"{below}/{buyer}/block", {}, key="k-2")
    again = partner.post(f"{spelt_below}/{spelt(buyer)}/block", {}, key="k-2")
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.content == block.content


def test_the_same_key_with_another_body_path_or_method_is_refused(partner):
    created = partner.post("P/buyers", BUYER, key="k-1").json()

    for response in (
        partner.post("P/buyers", {**BUYER, "companyName": "Other"}, key="k-1"),
        partner.post("P/orders", BUYER, key="k-1"),
        partner.post("P/buyers?x=1", BUYER, key="k-1"),
        partner.patch(f"P/buyers/{created['uuid']}", BUYER, version=0, key="k-1"),
    ):
        assert response.status_code == 422, response.content
        assert response.json()["type"].endswith("/idempotency-key-reused")


def test_a_failed_call_leaves_its_key_free(partner):
    assert partner.post("P/buyers", {**BUYER, "vatNumber": "?"}, key="k-1").status_code == 422
    assert partner.post("P/buyers", BUYER, key="k-1").status_code == 201


def test_two_organizations_may_use_the_same_key(partner, plain_partner):
    body = {**BUYER, "kycMode": "NT24_LED"}

    assert partner.post("P/buyers", body, key="k-1").status_code == 201
    assert plain_partner.post("P/buyers", body, key="k-1").status_code == 201


def test_a_key_is_forgotten_after_24_hours(partner):
    partner.post("P/buyers", BUYER, key="k-1")
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        partner.authorization = type(partner)(partner.client, partner.seller).authorization
        again = partner.post("P/buyers", BUYER, key="k-1")

    assert again.status_code == 200  # the natural key finds the buyer
    assert "Idempotency-Replayed" not in again


def test_a_replayed_delete_answers_although_its_object_is_gone(partner):
    buyer = partner.post("P/buyers", BUYER).json()
    person = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}
    contact = partner.post(f"P/buyers/{buyer['uuid']}/contacts", person).json()
    path = f"P/buyers/{buyer['uuid']}/contacts/{contact['uuid']}"

    assert partner.delete(path, key="k-1").status_code == 204
    assert partner.delete(path, key="k-1").status_code == 204
    assert partner.delete(path, key="k-2").status_code == 404


def test_a_new_key_with_the_same_content_finds_the_existing_resource(partner):
    first = partner.post("P/buyers", BUYER)
    second = partner.post("P/buyers", BUYER)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert "Location" not in second


def test_other_content_under_the_same_natural_key_answers_with_the_current_resource(partner):
    first = partner.post("P/buyers", BUYER).json()
    response = partner.post("P/buyers", {**BUYER, "companyName": "Somebody else"})

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"].endswith("/resource-exists-different-body")
    assert problem["currentResource"] == first


def test_same_content_compares_with_the_present_content(partner):
    buyer = partner.post("P/buyers", BUYER).json()
    partner.patch(f"P/buyers/{buyer['uuid']}", {"companyName": "New name"}, version=0)

    assert partner.post("P/buyers", BUYER).status_code == 409
    assert partner.post("P/buyers", {**BUYER, "companyName": "New name"}).status_code == 200


def test_an_unknown_path_object_is_said_before_a_missing_key(partner):
    path = "P/buyers/00000000-0000-4000-8000-000000000000/block"

    assert partner.post(path, {}, key="").status_code == 404
    assert partner.post(path, b"{broken", key="k").status_code == 404


def test_a_missing_capability_is_said_before_the_path_object_and_the_key(plain_partner):
    path = "P/buyers/00000000-0000-4000-8000-000000000000/contacts"

    assert plain_partner.post(path, {}, key="").status_code == 403
