"""The form behind a PROSPECT link: companies and consumers, many of them, each in a language of his own."""

import pytest

from buyers.invitation_models import Invitation, Prospect
from buyers.pages.prospects import ENTRIES
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


@pytest.mark.parametrize("type", [COMPANY, CONSUMER])
def test_one_visitor_fills_in_so_many_forms_and_may_still_read(visitor, type):
    for number in range(ENTRIES.calls):
        assert visitor.post("", {**type, "email": f"{number}@example.com"}).status_code == 303

    flooding = visitor.post("", type)

    assert (flooding.status_code, heading(flooding)) == (429, "Too many attempts")
    assert 0 < int(flooding["Retry-After"]) <= ENTRIES.seconds
    assert visitor.get().status_code == 200
    assert Prospect.objects.count() == ENTRIES.calls


def test_a_form_with_mistakes_is_no_entry(visitor):
    for _ in range(ENTRIES.calls + 1):
        assert visitor.post("", {**COMPANY, "email": "nobody"}).status_code == 422

    assert visitor.post("", COMPANY).status_code == 303
