"""Prospects: the form behind a reusable link, and how a company among them becomes a buyer (contract 6, 12)."""

import pytest
from django.db import IntegrityError, transaction

from buyers.invitation_models import Invitation, Prospect
from buyers.links import LinkExpired, LinkRevoked, opened, token_of
from buyers.models import Buyer, Contact
from nt24.audit.models import Entry
from nt24.errors import StateConflict, ValidationFailed
from tests.buyers.links import ADDRESS, JAN, fills_in, invited, linked, refuses
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import WARSAW, taken
from tests.ledger import at, fields_of, messages, nothing_moves, refused
from tests.test_query_counts import statements

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CONTACT = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com", "phone": "+48 22 123"}


@pytest.fixture(autouse=True)
def _in_april(april):
    pass


@pytest.fixture
def link(partner):
    return linked(partner)


def accesses():
    return list(
        Entry.objects.filter(retention=Entry.Retention.PII_ACCESS)
        .order_by("pk")
        .values_list("action", "purpose")
    )


# --- The form ------------------------------------------------------------------------------------------------------


def test_a_company_fills_in_the_form_and_the_link_stays_open(partner, link):
    prospect = fills_in(link)

    assert (prospect.vat_number, prospect.status) == ("PL5260001246", "SUBMITTED")
    shown = taken(partner.get(f"P/self-service-invitations/{link.uuid}"), 200)
    assert (shown["status"], shown["usageCount"]) == ("ACTIVE", 1)
    submitted, used = messages()
    assert (submitted["type"], used["type"]) == ("prospect.submitted", "self_service_invitation.used")
    assert {submitted["source"], used["source"]} == {"WEB_APP"}
    assert submitted["data"] == {
        "prospectUuid": str(prospect.uuid),
        "type": "COMPANY",
        "submittedAt": submitted["data"]["submittedAt"],
    }
    assert used["data"] == {
        "invitationUuid": str(link.uuid),
        "kind": "PROSPECT",
        "prospectUuid": str(prospect.uuid),
        "usedAt": used["data"]["usedAt"],
    }
    assert used["data"]["usedAt"][:19] == shown["lastUsedAt"][:19]

    fills_in(opened(token_of(link)), type=Prospect.Type.CONSUMER)
    link.refresh_from_db()
    assert (link.status, link.usage_count, Prospect.objects.count()) == ("ACTIVE", 2, 2)


def test_the_trail_and_the_messages_name_nobody(partner, link):
    fills_in(link)

    told = str(list(Entry.objects.values())) + str(messages())
    for personal in (*JAN.values(), ADDRESS["street"]):
        assert personal not in told


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"company_name": ""}, ["companyName"]),
        ({"vat_number": ""}, ["vatNumber"]),
        ({"vat_number": "5260001246"}, ["vatNumber"]),
        ({"vat_number": "PL52600012460001"}, ["vatNumber"]),
        ({"type": "CONSUMER", "company_name": "X", "vat_number": "PL1"}, ["companyName", "vatNumber"]),
    ],
)
def test_a_form_that_does_not_fit_its_type_is_refused(link, changes, fields):
    with refuses(ValidationFailed) as refusal:
        fills_in(link, **changes)

    assert [error.field for error in refusal.value.errors] == fields


def test_the_form_of_a_link_that_has_ended_is_refused(partner, link):
    with at(partner, "2026-05-09T10:00:01Z"), refuses(LinkExpired):
        fills_in(link)
    taken(partner.post(f"P/self-service-invitations/{link.uuid}/revoke", {"reason": "x"}), 200)

    with refuses(LinkRevoked):
        fills_in(link)


def test_a_kyc_link_takes_no_form(partner):
    buyer = taken(partner.post("P/buyers", KOWALSKI), 201)

    with refuses(StateConflict):
        fills_in(invited(partner, buyer))


def test_the_database_keeps_companies_and_consumers_apart(link):
    row = fills_in(link)
    for wrong in ({"company_name": ""}, {"type": "CONSUMER"}, {"status": "CONVERTED"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Prospect.objects.filter(pk=row.pk).update(**wrong)


# --- Reading -------------------------------------------------------------------------------------------------------


def company_of(prospect, link):
    return {
        "uuid": str(prospect.uuid),
        "type": "COMPANY",
        "status": "SUBMITTED",
        "companyName": "Auto Handel Kowalski Sp. z o.o.",
        "vatNumber": "PL5260001246",
        "address": WARSAW,
        "language": "pl",
        "invitationUuid": str(link.uuid),
    }


def test_the_list_shows_companies_and_no_person(partner, link):
    company, consumer = fills_in(link), fills_in(link, type=Prospect.Type.CONSUMER)

    listed = taken(partner.get("P/prospects"), 200)["data"]
    second, first = listed
    assert first == {**company_of(company, link), "submittedAt": first["submittedAt"]}
    assert second == {
        "uuid": str(consumer.uuid),
        "type": "CONSUMER",
        "status": "SUBMITTED",
        "language": "pl",
        "invitationUuid": str(link.uuid),
        "submittedAt": second["submittedAt"],
    }
    assert taken(partner.get("P/prospects?type=COMPANY&status=SUBMITTED"), 200)["data"] == [first]
    assert taken(partner.get("P/prospects?status=CONVERTED"), 200)["data"] == []
    assert taken(partner.get("P/prospects?sort=submittedAt,asc"), 200)["data"] == [first, second]
    assert accesses() == []


def test_one_prospect_is_read_with_its_person_and_an_entry(partner, link):
    company, consumer = fills_in(link), fills_in(link, type=Prospect.Type.CONSUMER)
    shown = taken(partner.get(f"P/prospects/{company.uuid}", X_Purpose="Call back"), 200)
    private = taken(partner.get(f"P/prospects/{consumer.uuid}"), 200)

    assert shown == {**company_of(company, link), "contact": CONTACT, "submittedAt": shown["submittedAt"]}
    assert (private["address"], private["contact"]) == (WARSAW, CONTACT)
    assert accesses() == [("prospect.read", "Call back"), ("prospect.read", "")]
    refused(partner.get(f"P/prospects/{company.uuid}", X_Purpose="x" * 101), 422, "validation-error")


def test_without_the_capability_nobody_s_data_is_shown(plain_partner):
    link = linked(plain_partner)
    company = fills_in(link, person={**JAN, "phone": ""})
    consumer = fills_in(link, type=Prospect.Type.CONSUMER)

    with nothing_moves():
        shown = taken(plain_partner.get(f"P/prospects/{company.uuid}"), 200)
        private = taken(plain_partner.get(f"P/prospects/{consumer.uuid}"), 200)
    assert shown == {**company_of(company, link), "submittedAt": shown["submittedAt"]}
    assert {"contact", "address"}.isdisjoint(private)


def test_a_prospect_of_another_seller_is_not_found(partner, plain_partner, link):
    prospect = fills_in(link)

    for uuid in (prospect.uuid, UNKNOWN):
        refused(plain_partner.get(f"P/prospects/{uuid}"), 404, "not-found")
        body = {"kycMode": "NT24_LED"}
        refused(plain_partner.post(f"P/prospects/{uuid}/convert", body), 404, "not-found")
    assert taken(plain_partner.get("P/prospects"), 200)["data"] == []


def test_a_list_costs_the_same_for_one_prospect_and_for_ten(partner, link, buyer_of):
    buyer_of(fills_in(link))
    few = statements(lambda: partner.get("P/prospects"))[1]
    for number in range(9):
        buyer_of(fills_in(linked(partner), vat_number=f"PL{number}"))
    response, many = statements(lambda: partner.get("P/prospects"))

    assert len(taken(response, 200)["data"]) == 10
    assert len(many) == len(few)


@pytest.fixture
def buyer_of(partner):
    """`buyer_of(prospect)`: converted over the API."""
    return lambda prospect: taken(
        partner.post(f"P/prospects/{prospect.uuid}/convert", {"kycMode": "NT24_LED"}), 201
    )


# --- Converting ----------------------------------------------------------------------------------------------------


def test_a_company_becomes_a_buyer_with_its_person(partner, link):
    prospect = fills_in(link)
    response = partner.post(f"P/prospects/{prospect.uuid}/convert", {"kycMode": "MARKETPLACE_LED"})

    buyer = taken(response, 201)
    assert {name: buyer[name] for name in KOWALSKI} == KOWALSKI
    assert response["Location"] == partner.path(f"P/buyers/{buyer['uuid']}")
    assert taken(partner.get(response["Location"]), 200) == buyer
    assert taken(partner.get(f"P/buyers/{buyer['uuid']}/kyc"), 200)["overallStatus"] == "INCOMPLETE"
    [contact] = taken(partner.get(f"P/buyers/{buyer['uuid']}/contacts"), 200)
    assert {name: contact[name] for name in CONTACT} == CONTACT
    shown = taken(partner.get(f"P/prospects/{prospect.uuid}"), 200)
    assert (shown["status"], shown["buyerId"]) == ("CONVERTED", buyer["uuid"])
    assert Entry.objects.get(action="prospect.converted").actor_id == partner.client.client_id


def test_converting_again_finds_the_same_buyer(partner, link):
    address = f"P/prospects/{fills_in(link).uuid}/convert"
    buyer = taken(partner.post(address, {"kycMode": "MARKETPLACE_LED"}), 201)

    with nothing_moves():
        assert taken(partner.post(address, {"kycMode": "MARKETPLACE_LED"}), 200) == buyer
    assert Buyer.objects.count() == 1


def test_a_buyer_that_is_there_is_found_by_vat_number_and_left_as_it_is(partner, link):
    there = taken(partner.post("P/buyers", {**KOWALSKI, "companyName": "Kowalski S.A."}), 201)
    prospect = fills_in(link)

    found = taken(partner.post(f"P/prospects/{prospect.uuid}/convert", {"kycMode": "MARKETPLACE_LED"}), 200)
    assert found == there
    assert not Contact.objects.exists()
    prospect.refresh_from_db()
    assert (prospect.status, prospect.buyer.uuid.hex) == ("CONVERTED", there["uuid"].replace("-", ""))


def test_a_buyer_that_is_there_in_the_other_mode_is_a_conflict(partner, link):
    there = taken(partner.post("P/buyers", KOWALSKI), 201)
    address = f"P/prospects/{fills_in(link).uuid}/convert"

    with nothing_moves():
        problem = refused(
            partner.post(address, {"kycMode": "NT24_LED"}), 409, "resource-exists-different-body"
        )
    assert problem["currentResource"] == there


def test_a_consumer_becomes_no_buyer(partner, link):
    prospect = fills_in(link, type=Prospect.Type.CONSUMER)

    with nothing_moves():
        problem = refused(
            partner.post(f"P/prospects/{prospect.uuid}/convert", {"kycMode": "NT24_LED"}),
            409,
            "state-conflict",
        )
    assert problem["detail"] == "Only a company can become a buyer; this prospect is a consumer."
    assert "currentResource" not in problem


def test_mode_a_needs_its_capability_and_without_the_other_no_person_is_kept(plain_partner):
    address = f"P/prospects/{fills_in(linked(plain_partner)).uuid}/convert"

    with nothing_moves():
        refused(plain_partner.post(address, {"kycMode": "MARKETPLACE_LED"}), 403, "capability-required")
    assert taken(plain_partner.post(address, {"kycMode": "NT24_LED"}), 201)["kycMode"] == "NT24_LED"
    assert not Contact.objects.exists()


@pytest.mark.parametrize("body", [{}, {"kycMode": "C"}])
def test_converting_takes_a_mode(partner, link, body):
    address = f"P/prospects/{fills_in(link).uuid}/convert"

    with nothing_moves():
        problem = refused(partner.post(address, body), 422, "validation-error")
    assert fields_of(problem) == ["kycMode"]


def test_a_prospect_stays_when_its_link_is_revoked(partner, link):
    prospect = fills_in(link)
    taken(partner.post(f"P/self-service-invitations/{link.uuid}/revoke", {"reason": "x"}), 200)

    assert Invitation.objects.get().status == "REVOKED"
    assert taken(partner.get(f"P/prospects/{prospect.uuid}"), 200)["status"] == "SUBMITTED"
