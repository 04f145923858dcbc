"""The typed signature of a declaration: the declared person's name as people write it, and nobody else's."""

import pytest

from buyers.pages.forms import is_other_name
from tests.buyers.links import invited
from tests.buyers.visitor import ANSWERS, Visitor, text


@pytest.mark.parametrize(
    ("person", "signature"),
    [
        ("Jan Kowalski", "KOWALSKI  jan"),
        ("Anna Żółć-Nowak", "anna zolc nowak"),
        ("Jörg Müller", "Joerg Mueller"),
        ("Jörg Müller", "jorg muller"),
        ("Jo\u0308rg Mu\u0308ller", "Jörg Müller"),
        ("Müller, Jörg", "Jörg Müller"),
        ("Ștefan Țîrlea", "Ştefan Ţirlea"),
        ("Иван Петров", "петров иван"),
        ("Γιώργος Παπαδόπουλος", "ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("Strauß Karl", "STRAUSS KARL"),
    ],
)
def test_the_same_person_signs(person, signature):
    assert not is_other_name(person, signature)


@pytest.mark.parametrize(
    ("person", "signature"),
    [
        ("Jan Kowalski", "Jan Nowak"),
        ("Jan Kowalski", "Jan"),
        ("Jan Kowalski", "Jan Kowalski Nowak"),
        ("Jan Kowalski", "Jan Kowalsky"),
        ("Иван Петров", "Ivan Petrov"),
        ("Jan Kowalski", "…"),
    ],
)
def test_somebody_else_does_not(person, signature):
    assert is_other_name(person, signature)


@pytest.mark.parametrize("signature", ["Ewa Nowak", "J. K.", "x"])
def test_the_page_says_whose_signature_it_wants(deal, partner, signature):
    visitor = Visitor(invited(partner, deal.has_buyer().buyer, language="en"))

    response = visitor.post("declaration/", {**ANSWERS, "signature": signature})

    assert response.status_code == 422
    assert "Please sign with the name that you have entered above: Jan Kowalski." in text(response)
