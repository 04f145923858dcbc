"""A form that somebody else has overtaken: what was typed stays, everything else takes the new value."""

import re
from html import unescape

import pytest

from buyers.models import Buyer
from nt24.partners.models import Seller
from tests.deal import money
from tests.staff.desk import form_on, move_of


def said_on(answer) -> list[str]:
    """What the page says about fields that somebody else has changed."""
    found = re.findall(r'class="(?:bare )?overtaken">(.*?)(?:</p>|</legend>)', answer.content.decode(), re.S)
    return [unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


@pytest.fixture
def change(deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()
    return move_of(Buyer.objects.get(), "change")


# What Anna types, what Bernd has saved meanwhile, what the form holds afterwards.
UNTOUCHED = [
    ({"companyName": "Kowalski S.A."}, {"address.city": "Gdańsk"},
     {"companyName": "Kowalski S.A.", "address.city": "Gdańsk"}),
    ({"address.street": "ul. Nowa 1"}, {"address.postCode": "80-001", "address.city": "Gdańsk"},
     {"address.street": "ul. Nowa 1", "address.postCode": "80-001", "address.city": "Gdańsk"}),
    ({}, {"address.country": "LT"}, {"address.country": "LT"}),
    ({"address.city": "Łódź"}, {"kycMode": "NT24_LED"}, {"address.city": "Łódź", "kycMode": "NT24_LED"}),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "saved", "held"), UNTOUCHED)
def test_fields_that_were_not_touched_take_the_new_value(desk, second_desk, change, typed, saved, held):
    mine = desk.form(change)
    second_desk.presses(change, why="Letter of the buyer", **saved)

    answer = desk.sends(change, {**mine, **typed, "why": "A call"})

    form = form_on(answer)
    assert answer.status_code == 409
    assert {name: form[name] for name in held} == held
    assert form["why"] == "A call"
    assert len(said_on(answer)) == len(saved)
    assert all("Bernd Maier changed this from" in one for one in said_on(answer))


def test_what_both_have_changed_is_shown_beside_each_other_and_yours_is_kept(desk, second_desk, change, deal):
    mine = desk.form(change)
    second_desk.presses(change, companyName="Kowalski i Syn", why="Letter")

    answer = desk.sends(change, {**mine, "companyName": "Kowalski S.A.", "why": "A call"})

    [said] = said_on(answer)
    assert re.fullmatch(
        r"Bernd Maier changed this to “Kowalski i Syn” at \d\d:\d\d; you typed “Kowalski S\.A\.”\.", said
    )
    assert desk.sends(change, form_on(answer)).status_code == 302
    assert deal.partner.get(deal.buyer_path).json()["companyName"] == "Kowalski S.A."


@pytest.mark.parametrize(
    ("name", "typed", "saved", "member"),
    [
        ("companyName", "Kowalski S.A.", "Kowalski i Syn", lambda buyer: buyer["companyName"]),
        ("address.city", "Łódź", "Gdańsk", lambda buyer: buyer["address"]["city"]),
        ("address.country", "LT", "CZ", lambda buyer: buyer["address"]["country"]),
    ],
)
def test_the_other_persons_value_can_be_taken(desk, second_desk, change, deal, name, typed, saved, member):
    mine = desk.form(change)
    second_desk.presses(change, why="Letter", **{name: saved})
    answer = desk.sends(change, {**mine, name: typed, "address.street": "ul. Nowa 1", "why": "A call"})

    assert desk.sends(change, {**form_on(answer), f"choose-{name}": "theirs"}).status_code == 302

    buyer = deal.partner.get(deal.buyer_path).json()
    assert (member(buyer), buyer["address"]["street"]) == (saved, "ul. Nowa 1")


def test_an_amount_is_the_same_in_every_spelling(desk, second_desk, change, deal, case):
    url = case.move("change-invoice")
    mine = desk.form(url)
    second_desk.presses(url, invoiceNumber="INV-2")

    answer = desk.sends(url, {**mine, "amount.value": "18.500,00"})

    assert [one for one in said_on(answer) if "you typed" in one] == []
    assert form_on(answer)["invoiceNumber"] == "INV-2"


def test_an_amount_that_both_have_changed_is_asked_about(desk, second_desk, change, deal, case):
    url = case.move("change-invoice")
    mine = desk.form(url)
    second_desk.presses(url, amount__value="18600")

    answer = desk.sends(url, {**mine, "amount.value": "18.700,00"})

    [said] = said_on(answer)
    assert "“18600.00”" in said
    assert "you typed “18.700,00”" in said
    assert desk.sends(url, {**form_on(answer), "choose-amount.value": "theirs"}).status_code == 422
    assert deal.partner.get(f"{deal.path}/invoice").json()["amount"] == money(1860000)


def test_an_api_client_is_named_like_a_colleague(desk, change, deal):
    mine = desk.form(change)
    version = deal.partner.get(deal.buyer_path).json()["version"]
    deal.partner.patch(deal.buyer_path, {"companyName": "Kowalski i Syn"}, version=version)

    answer = desk.sends(change, {**mine, "companyName": "Kowalski S.A.", "why": "A call"})

    [said] = said_on(answer)
    assert said.startswith(deal.partner.client.client_id)
    assert "“Kowalski i Syn”" in said


def test_a_form_can_be_overtaken_twice(desk, second_desk, change, deal):
    mine = desk.form(change)
    second_desk.presses(change, companyName="Kowalski i Syn", why="Letter")
    first = desk.sends(change, {**mine, "companyName": "Kowalski S.A.", "why": "A call"})
    second_desk.presses(change, address__city="Gdańsk", why="Letter")

    second = desk.sends(change, form_on(first))

    assert second.status_code == 409
    assert form_on(second)["address.city"] == "Gdańsk"
    assert form_on(second)["companyName"] == "Kowalski S.A."
    assert desk.sends(change, form_on(second)).status_code == 302


SEALS = ["", "x", "eyJ4IjoxfQ:1:abc", "\x00", "a" * 100_000]


@pytest.mark.parametrize("seal", SEALS, ids=range(len(SEALS)))
def test_a_seal_that_is_not_ours_overwrites_nothing(desk, second_desk, change, deal, seal):
    mine = desk.form(change)
    second_desk.presses(change, companyName="Kowalski i Syn", why="Letter")

    answer = desk.sends(change, {**mine, "seen": seal, "why": "A call"})

    assert answer.status_code == 409
    assert any("Kowalski i Syn" in one for one in said_on(answer))
    assert deal.partner.get(deal.buyer_path).json()["companyName"] == "Kowalski i Syn"


def test_the_seal_of_another_person_or_page_counts_as_none(desk, second_desk, change, deal, case):
    mine, other = desk.form(change), second_desk.form(change)
    second_desk.presses(change, companyName="Kowalski i Syn", why="Letter")

    answer = desk.sends(change, {**mine, "seen": other["seen"], "why": "A call"})

    assert any("you typed" in one for one in said_on(answer))


def test_a_seller_is_merged_like_everything_with_a_version(desk, second_desk, change, deal):
    url = move_of(Seller.objects.get(), "change")
    mine = desk.form(url)
    second_desk.presses(url, address__city="Hamburg")

    answer = desk.sends(url, {**mine, "name": "Autohaus Nord GmbH"})

    assert form_on(answer)["address.city"] == "Hamburg"
    assert desk.sends(url, form_on(answer)).status_code == 302
    assert (Seller.objects.get().name, Seller.objects.get().city) == ("Autohaus Nord GmbH", "Hamburg")
