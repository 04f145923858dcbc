"""Whoever registers a buyer with a VAT number of the seller's own state is warned at once, and refused nothing."""

from unittest.mock import ANY

import pytest

from compliance.facts import Loaded, case_of
from compliance.rules import MET, vat_number_is_of_another_state
from nt24.partners.models import Seller
from orders.models import Order
from tests.buyers.links import linked
from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.test_prospect_page import COMPANY
from tests.buyers.visitor import Visitor
from tests.deal import Deal, taken

CODE = "VAT_ID_OF_DEPARTURE_STATE"
# Where the seller is, its own VAT number, the buyer's, and whether both are of one state.
STATES = [
    ("DE", "DE811569869", "DE136695976", True),
    ("NL", "NL004495445B01", "NL7001", True),
    ("GR", "EL094259216", "EL998012345", True),
    ("GR", "GR094259216", "GR998012345", True),
    ("GB", "XI110305878", "XI366303068", True),
    ("GB", "GB110305878", "GB366303068", True),
    ("GB", "XI110305878", "GB366303068", False),
    ("GB", "GB110305878", "XI366303068", False),
    ("DE", "NL004495445B01", "NL7001", False),
    ("GR", "EL094259216", "GE094259216", False),
    ("AT", "ATU33864707", "DE136695976", False),
]


@pytest.fixture
def placed(april, partner, seller, run_workers):
    """Buyer and order of a seller in that state, as they were answered."""

    def place(country, own_number, number):
        Seller.objects.filter(pk=seller.pk).update(country=country, vat_number=own_number)
        return Deal(partner, run_workers).has_buyer(vatNumber=number).has_order()

    return place


@pytest.mark.parametrize(("country", "own_number", "number", "is_own"), STATES)
def test_a_number_of_the_sellers_own_state_is_warned_about(placed, country, own_number, number, is_own):
    deal = placed(country, own_number, number)

    for created, field in ((deal.buyer, "vatNumber"), (deal.order, "buyerId")):
        expected = [{"field": field, "code": CODE, "message": ANY}] if is_own else None
        assert created.get("warnings") == expected


@pytest.mark.parametrize(("country", "own_number", "number", "is_own"), STATES)
def test_what_is_warned_about_is_what_the_verdict_will_hold_against_it(
    placed, country, own_number, number, is_own
):
    placed(country, own_number, number)

    answer = vat_number_is_of_another_state(case_of(Loaded(Order.objects.get())))
    assert (answer is not MET) == is_own


@pytest.mark.parametrize("number", ["DE123456789", "DE811569869", "DE0"])
def test_the_warning_names_number_and_remedy_and_is_said_when_it_is_created_only(partner, number):
    body = {**KOWALSKI, "vatNumber": number}
    created = taken(partner.post("P/buyers", body, key="one"), 201)
    (warning,) = created.pop("warnings")

    assert warning["message"].startswith(f"{number} is a VAT number of DE, the seller's own state.")
    assert "ready-for-pickup" in warning["message"]
    replayed = taken(partner.post("P/buyers", body, key="one"), 200)
    matched = taken(partner.post("P/buyers", body), 200)
    assert replayed == matched == {**created, "warnings": [warning]}
    assert taken(partner.get(f"P/buyers/{created['uuid']}"), 200) == created
    assert taken(partner.get("P/buyers"), 200)["data"] == [created]
    patched = partner.patch(f"P/buyers/{created['uuid']}", {"companyName": "Kowalski"}, version=0)
    assert "warnings" not in taken(patched, 200)


def test_a_converted_prospect_is_warned_about_too(april, partner):
    Visitor(linked(partner)).post("", {**COMPANY, "vat_number": "DE811569869"})
    (prospect,) = taken(partner.get("P/prospects"), 200)["data"]

    buyer = taken(
        partner.post(f"P/prospects/{prospect['uuid']}/convert", {"kycMode": "MARKETPLACE_LED"}), 201
    )

    assert [(one["field"], one["code"]) for one in buyer["warnings"]] == [("vatNumber", CODE)]
