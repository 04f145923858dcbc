"""Prospects by hand: without the person unless somebody says what for, and converted into buyers."""

import pytest
from django.urls import reverse

from buyers.models import Buyer, Contact
from nt24.audit.models import Entry
from tests.buyers.links import fills_in, linked
from tests.deal import taken
from tests.ledger import nothing_moves
from tests.staff.desk import Desk, member, move_of, newest, page_of


@pytest.fixture
def prospect(april, partner):
    return fills_in(linked(partner))


def test_neither_list_nor_page_shows_the_person(berta, prospect):
    for url in ("/admin/buyers/prospect/", page_of(prospect)):
        shown = berta.get(url).content.decode()
        assert "PL5260001246" in shown
        assert "jan@example.com" not in shown
        assert "+48 22 123" not in shown


def test_a_consumers_address_is_where_a_person_lives(berta, partner, april):
    consumer = fills_in(linked(partner), type="CONSUMER")
    page = berta.get(page_of(consumer)).content.decode()

    assert "Warszawa" not in page
    assert move_of(consumer, "convert") not in page


def test_the_person_is_shown_for_a_purpose_and_the_look_is_noted(berta, prospect):
    person = reverse("admin:buyers_prospect_person", args=[prospect.pk])
    assert berta.get(person).status_code == 302
    berta.says_why(prospect.uuid, "calling back")

    assert "jan@example.com" in berta.get(person).content.decode()
    entry = newest("prospect.read")
    assert (entry.purpose, entry.actor_label) == ("calling back", "Berta")


@pytest.mark.parametrize(("ticked", "contacts"), [({"keepsContact": "on"}, 1), ({"keepsContact": ""}, 0)])
def test_a_company_becomes_a_buyer_with_or_without_the_person(berta, partner, prospect, ticked, contacts):
    response = berta.press(move_of(prospect, "convert"), kycMode="NT24_LED", **ticked)

    buyer = Buyer.objects.get()
    assert response["Location"] == page_of(buyer)
    assert Contact.objects.filter(buyer=buyer).count() == contacts
    (shown,) = taken(partner.get("P/prospects"), 200)["data"]
    assert (shown["status"], shown["buyerId"]) == ("CONVERTED", str(buyer.uuid))
    assert newest("prospect.converted").source == "WEB_APP"
    assert "/do/" not in berta.get(page_of(prospect)).content.decode()


def test_the_terms_of_the_organization_bind_the_conversion(berta, seller, prospect):
    type(seller.organization).objects.update(allow_marketplace_led_kyc=False)

    with nothing_moves():
        response = berta.press(move_of(prospect, "convert"), kycMode="MARKETPLACE_LED")
    assert response.status_code == 422  # the form has no such choice


def test_a_conversion_that_is_sent_twice_makes_one_buyer(berta, prospect):
    form = berta.form(move_of(prospect, "convert")) | {"kycMode": "NT24_LED"}
    berta.http.post(move_of(prospect, "convert"), form)

    with nothing_moves():
        assert berta.http.post(move_of(prospect, "convert"), form).status_code == 302
    assert Entry.objects.filter(action="buyer.registered").count() == 1


def test_who_only_sees_converts_nothing_and_reads_nobody(prospect):
    viewer = Desk(member("vera", "buyers.view_prospect"))
    viewer.says_why(prospect.uuid)

    with nothing_moves():
        sent = viewer.http.post(move_of(prospect, "convert"), {"kycMode": "NT24_LED"})
    assert sent.status_code == 403
    assert viewer.get(reverse("admin:buyers_prospect_person", args=[prospect.pk])).status_code == 403
    assert "/do/" not in viewer.get(page_of(prospect)).content.decode()
