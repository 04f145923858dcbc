"""Searches by name find what people mean, the same on both databases: case, accents, ß, ligatures, other alphabets."""

from urllib.parse import urlencode

import pytest

from nt24.partners.models import Organization, Seller
from nt24.spellings import SIGNS, spelled
from tests.buyers.test_buyers import KOWALSKI
from tests.factories.partners import OrganizationFactory, SellerFactory
from tests.staff.desk import Desk, member

NAMES = (
    "Łódź Żółć Spółka z o.o.",
    "Großhandel Weiß & Söhne",
    "GROẞMARKT Ñandú",
    "École Éclair SARL",
    "ΣΙΣΥΦΟΣ Αυτοκίνητα ΑΕ",
    "Œuvre Ærø Þór",
    "Автомобили Ёлка ЕООД",
    "Plain Cars 100% Ltd_",
)
FINDS = (
    ("łódź", 0), ("ŁÓDŹ", 0), ("lodz zolc", 0), ("SPÓŁKA Z", 0),
    ("grosshandel", 1), ("WEISS", 1), ("weiß & söhne", 1), ("SOHNE", 1),
    ("großmarkt", 2), ("GROSSMARKT ñ", 2), ("nandu", 2),
    ("ÉCOLE", 3), ("ecole éclair", 3), ("e\u0301cole", 3),
    ("σισυφος", 4), ("Σίσυφος αυτοκινητα", 4), ("ΑΥΤΟΚΊΝΗΤΑ", 4),
    ("oeuvre", 5), ("ŒUVRE ÆRØ", 5), ("aero þÓR", 5),
    ("елка", 6), ("АВТОМОБИЛИ Ё", 6),
    ("100%", 7), ("LTD_", 7), ("plain cars", 7),
)  # fmt: skip


@pytest.fixture
def buyers(partner):
    for number, name in enumerate(NAMES):
        body = {**KOWALSKI, "companyName": name, "vatNumber": f"PL100000000{number}"}
        assert partner.post("P/buyers", body).status_code == 201


@pytest.mark.parametrize(("text", "which"), FINDS)
def test_a_partner_finds_a_buyer_in_any_spelling(partner, buyers, text, which):
    answer = partner.get(f"P/buyers?{urlencode({'q': text})}")

    assert [row["companyName"] for row in answer.json()["data"]] == [NAMES[which]]


@pytest.mark.parametrize("text", ["%", "_td_", "łodzie", "ß ß", "σισυφοσσ"])
def test_no_sign_means_any_other(partner, buyers, text):
    found = [row["companyName"] for row in partner.get(f"P/buyers?{urlencode({'q': text})}").json()["data"]]

    assert found == ([NAMES[7]] if text == "%" else [])


@pytest.mark.parametrize(
    ("name", "text"), [("Übermut Öl", "ÜBERMUT"), ("ŠKODA Čapek", "skoda č"), ("Ωmega", "ωMEGA")]
)
def test_staff_find_sellers_and_organizations_in_any_spelling(db, name, text):
    SellerFactory(name=name, organization=OrganizationFactory(name=f"{name} Holding"))
    SellerFactory(name="Another")
    desk = Desk(member("anna", everything=True))

    for kind, one in ((Seller, name), (Organization, f"{name} Holding")):
        page = desk.opens(f"/admin/partners/{kind._meta.model_name}/?q={text}")
        assert one in page
        assert "Another" not in page
    assert name in desk.opens(f"/admin/buyers/buyer/add/?q={text}")


def test_every_sign_of_the_alphabets_is_read_alike_by_python_and_the_database(db):
    """One row for each block of signs, so that a sign that the database reads otherwise is named."""
    signs = "".join(sign for sign in map(chr, SIGNS) if sign.isprintable())
    for start in range(0, len(signs), 100):
        block = signs[start : start + 100]
        SellerFactory(name=block)
        assert Seller.objects.filter(name__contains_spelled=spelled(block)).count() == 1, block
        assert Seller.objects.filter(name__begins_spelled=block.upper()).count() == 1, block
