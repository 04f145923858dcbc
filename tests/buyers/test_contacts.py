"""Contacts: personal data behind a capability, every access with its purpose in the trail (contract 6)."""

import pytest

from buyers.models import Contact
from nt24.audit.models import Entry
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.ledger import fields_of, nothing_moves, refused

JAN = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com", "phone": "+48 22 123"}


@pytest.fixture
def path(partner):
    return f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}/contacts"


def pii_entries():
    return list(
        Entry.objects.filter(retention=Entry.Retention.PII_ACCESS)
        .order_by("pk")
        .values_list("action", "purpose", "actor_id")
    )


def test_a_contact_is_added_read_and_deleted_with_an_entry_each(partner, path):
    response = partner.post(path, JAN, X_Purpose="Onboarding")
    contact = taken(response, 201)
    assert set(contact) == {*JAN, "uuid", "createdAt"}
    assert {name: contact[name] for name in JAN} == JAN
    assert "Location" not in response

    assert taken(partner.get(path, X_Purpose="Call back"), 200) == [contact]
    deleted = partner.delete(f"{path}/{contact['uuid']}", X_Purpose="Asked to be forgotten")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert taken(partner.get(path), 200) == []

    client = partner.client.client_id
    assert pii_entries() == [
        ("contact.added", "Onboarding", client),
        ("contacts.read", "Call back", client),
        ("contact.removed", "Asked to be forgotten", client),
        ("contacts.read", "", client),
    ]


def test_the_trail_holds_no_name_and_no_address_of_the_person(partner, path):
    taken(partner.post(path, JAN), 201)

    trail = str(list(Entry.objects.values()))
    for personal in JAN.values():
        assert personal not in trail


def test_a_contact_without_phone_is_shown_without_it(partner, path):
    without = {name: value for name, value in JAN.items() if name != "phone"}

    assert "phone" not in taken(partner.post(path, without), 201)


def test_a_replayed_delete_is_answered_again_though_the_contact_is_gone(partner, path):
    contact = taken(partner.post(path, JAN), 201)

    first = partner.delete(f"{path}/{contact['uuid']}", key="once")
    again = partner.delete(f"{path}/{contact['uuid']}", key="once")
    assert (first.status_code, again.status_code) == (204, 204)
    assert again["Idempotency-Replayed"] == "true"
    refused(partner.delete(f"{path}/{contact['uuid']}", key="other"), 404, "not-found")


def test_a_purpose_over_100_characters_is_refused(partner, path):
    with nothing_moves():
        problem = refused(partner.get(path, X_Purpose="x" * 101), 422, "validation-error")
        refused(partner.post(path, JAN, X_Purpose="x" * 101), 422, "validation-error")
    assert fields_of(problem) == ["X-Purpose"]
    taken(partner.get(path, X_Purpose="x" * 100), 200)


def test_contacts_need_the_capability_in_every_way(plain_partner):
    buyer = taken(plain_partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    path = f"P/buyers/{buyer['uuid']}/contacts"

    with nothing_moves():
        refused(plain_partner.get(path), 403, "capability-required")
        refused(plain_partner.post(path, JAN), 403, "capability-required")
        refused(plain_partner.post(path, {}), 403, "capability-required")
        refused(plain_partner.delete(f"{path}/{buyer['uuid']}"), 403, "capability-required")
        body = {**KOWALSKI, "vatNumber": "PL2", "kycMode": "NT24_LED", "contacts": [JAN]}
        refused(plain_partner.post("P/buyers", body), 403, "capability-required")


def test_a_contact_of_another_buyer_is_not_found(partner, path):
    contact = taken(partner.post(path, JAN), 201)
    other = partner.post("P/buyers", {**KOWALSKI, "vatNumber": "PL2"}).json()

    with nothing_moves():
        refused(partner.delete(f"P/buyers/{other['uuid']}/contacts/{contact['uuid']}"), 404, "not-found")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "nobody"}, "email"), ({"firstName": ""}, "firstName"), ({"role": "CEO"}, "role")],
)
def test_an_invalid_contact_is_refused_without_repeating_the_person(partner, path, change, field):
    with nothing_moves():
        problem = refused(partner.post(path, {**JAN, **change}), 422, "validation-error")
    assert fields_of(problem) == [field]
    assert problem["errors"][0].get("rejectedValue") == change.get("role")
