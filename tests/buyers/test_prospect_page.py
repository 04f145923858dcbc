"""The form behind a PROSPECT link: companies and consumers, many of them, each in a language of his own."""

from datetime import timedelta
from math import ceil

import pytest
from django.utils import timezone

from buyers import prospects
from buyers.invitation_models import Invitation, Prospect
from tests.buyers.links import linked
from tests.buyers.visitor import Visitor, heading, text
from tests.ledger import nothing_moves

COMPANY = {
    "type": "COMPANY",
    "company_name": "Auto Ionescu SRL",
    "vat_number": "ro 123.456-7",
    "street": "Strada Lungă 7",
    "post_code": "010101",
    "city": "București",
    "country": "RO",
    "first_name": "Ana",
    "last_name": "Ionescu",
    "email": "ana@example.com",
    "phone": "",
}
PICKED = ("type", "country")
CONSUMER = {**COMPANY, "type": "CONSUMER", "company_name": "ignored", "vat_number": "ignored"}


@pytest.fixture
def invitation(april, partner):
    return linked(partner, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


def test_a_company_introduces_itself(visitor, invitation):
    answer = visitor.post("", COMPANY)

    prospect = Prospect.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{visitor.path}thanks/?language=en")
    assert (prospect.type, prospect.company_name, prospect.vat_number) == (
        "COMPANY",
        "Auto Ionescu SRL",
        "RO1234567",
    )
    assert prospect.address == {
        "street": "Strada Lungă 7",
        "post_code": "010101",
        "city": "București",
        "country": "RO",
    }
    assert (prospect.first_name, prospect.last_name, prospect.email) == ("Ana", "Ionescu", "ana@example.com")
    assert (prospect.invitation, prospect.language) == (invitation, "en")


def test_a_consumer_has_no_company(visitor):
    visitor.post("", CONSUMER)

    prospect = Prospect.objects.get()
    assert (prospect.type, prospect.company_name, prospect.vat_number) == ("CONSUMER", "", "")


def test_the_page_after_it_says_thank_you_and_nothing_personal(visitor):
    response = visitor.http.get(visitor.post("", COMPANY)["Location"])

    assert response.status_code == 200
    assert heading(response) == "Thank you"
    assert "AutoHandel Mustermann GmbH has received your details and will contact you." in text(response)
    assert "Ionescu" not in text(response)


def test_the_link_is_for_many(visitor):
    visitor.post("", COMPANY)
    visitor.post("", CONSUMER)

    assert Prospect.objects.count() == 2
    assert visitor.get().status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"company_name": ""}, "Please enter the name of the company."),
        ({"vat_number": "123"}, "A VAT number starts with two letters, for example PL5260001246."),
        ({"email": "ana"}, "Enter a valid email address."),
        ({"country": "XX"}, "Select a valid choice. XX is not one of the available choices."),
        ({"country": ""}, "This field is required."),
        ({"type": "ROBOT"}, "Select a valid choice. ROBOT is not one of the available choices."),
        ({"last_name": " "}, "This field is required."),
        ({"street": "x" * 201}, "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_a_form_that_is_not_right_is_explained_and_kept(visitor, changes, sentence):
    with nothing_moves():
        response = visitor.post("", {**COMPANY, **changes})

    assert response.status_code == 422
    assert sentence in text(response)
    assert 'value="București"' in response.content.decode()


def test_a_visitors_language_is_his_own(visitor, invitation):
    response = visitor.get("?language=fr")
    visitor.post("?language=fr", COMPANY)

    assert heading(response) == "Acheter chez AutoHandel Mustermann GmbH"
    assert '<option value="DE">Allemagne</option>' in response.content.decode()
    assert Prospect.objects.get().language == "fr"
    assert Invitation.objects.get(pk=invitation.pk).language == "en"
    assert heading(visitor.get()) == "Buy from AutoHandel Mustermann GmbH"
    assert heading(visitor.get("?language=xx")) == "Buy from AutoHandel Mustermann GmbH"


@pytest.mark.parametrize(
    "rest", ["papers/vat/", "papers/vat/remove/", "declaration/", "language/", "submit/", "identity/"]
)
def test_a_prospect_link_takes_no_papers(visitor, rest):
    with nothing_moves():
        assert visitor.post(rest, {"language": "pl"}).status_code == 404


# --- Too many ---


def from_address(invitation, number):
    return Visitor(invitation, REMOTE_ADDR=f"198.51.100.{number}")


def assert_kept(response):
    page = response.content.decode()
    typed = [value for name, value in COMPANY.items() if value and name not in PICKED]
    assert [value for value in typed if f'value="{value}"' not in page] == []
    assert 'value="RO" selected' in page
    assert 0 < int(response["Retry-After"]) <= 600
    minutes = ceil(int(response["Retry-After"]) / 60)
    assert f"Please send yours again in {minutes} minute" in text(response)


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:5::1", "::ffff:203.0.113.8"])
def test_one_visitor_fills_a_list_with_ten_entries_and_no_more(invitation, address):
    visitor = Visitor(invitation, REMOTE_ADDR=address)
    answers = [visitor.post("", COMPANY).status_code for _ in range(10)]

    with nothing_moves():
        response = visitor.post("", COMPANY)

    assert (answers, response.status_code) == ([303] * 10, 429)
    assert_kept(response)
    assert from_address(invitation, 9).post("", COMPANY).status_code == 303


def test_a_form_with_a_mistake_is_not_counted(invitation):
    visitor = Visitor(invitation, REMOTE_ADDR="203.0.113.7")
    for _ in range(15):
        assert visitor.post("", {**COMPANY, "email": "ana"}).status_code == 422

    assert visitor.post("", COMPANY).status_code == 303


def test_many_visitors_of_one_link_share_a_number(invitation, partner, monkeypatch):
    monkeypatch.setattr(prospects, "OF_ONE_LINK", 3)
    for number in range(3):
        assert from_address(invitation, number).post("", COMPANY).status_code == 303

    with nothing_moves():
        response = from_address(invitation, 9).post("", COMPANY)

    assert response.status_code == 429
    assert_kept(response)
    other = linked(partner, label="Fair")
    assert from_address(other, 9).post("", COMPANY).status_code == 303
    Prospect.objects.filter(invitation=invitation).update(submitted_at=timezone.now() - timedelta(minutes=11))
    assert from_address(invitation, 9).post("", COMPANY).status_code == 303


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("de", "bleibt erhalten"), ("pl", "pozostają na stronie"), ("ro", "Tot ce ați completat se păstrează")],
)
def test_it_is_said_in_the_visitors_language(invitation, monkeypatch, language, sentence):
    monkeypatch.setattr(prospects, "OF_ONE_LINK", 1)
    from_address(invitation, 1).post("", COMPANY)

    response = from_address(invitation, 2).post(f"?language={language}", CONSUMER)

    assert response.status_code == 429
    assert sentence in text(response)
