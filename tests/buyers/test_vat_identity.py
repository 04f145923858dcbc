"""A VAT number in several spellings is one buyer (contract 17.12), and what people type is cleaned or explained."""

import importlib

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from buyers.actions import block_buyer, unblock_buyer
from buyers.models import Buyer
from buyers.search import buyers_by_vat_number
from nt24.actors import system
from tests.buyers.links import linked
from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.test_prospect_page import COMPANY
from tests.buyers.visitor import Visitor, text
from tests.deal import taken
from tests.ledger import nothing_moves, refused

BY = system("test")


def post(partner, number, **changes):
    return partner.post("P/buyers", {**KOWALSKI, "vatNumber": number, **changes})


@pytest.mark.parametrize(
    ("first", "second"),
    [("GR094259216", "EL094259216"), ("EL998012345", "GR998012345"), ("GR1", "EL1"), ("ELGR1", "GRGR1")],
)
def test_both_prefixes_of_greece_are_one_buyer_answered_as_sent_first(partner, first, second):
    buyer = taken(post(partner, first), 201)

    again = taken(post(partner, second), 200)
    assert again == buyer
    assert again["vatNumber"] == first
    problem = refused(post(partner, second, companyName="Other"), 409, "resource-exists-different-body")
    assert problem["currentResource"]["uuid"] == buyer["uuid"]
    for written in (first, second):
        (found,) = taken(partner.get(f"P/buyers?vatNumber={written}"), 200)["data"]
        assert found["uuid"] == buyer["uuid"]
        (found,) = taken(partner.get(f"P/buyers?q={written}"), 200)["data"]
        assert found["uuid"] == buyer["uuid"]
        assert [row.vat_number for row in buyers_by_vat_number(written)] == [first]


@pytest.mark.parametrize(
    "pair", [("XI110305878", "GB110305878"), ("GE094259216", "EL094259216"), ("DE1", "DE01")]
)
def test_other_prefixes_are_other_buyers(partner, pair):
    uuids = {taken(post(partner, number), 201)["uuid"] for number in pair}

    assert len(uuids) == 2


def test_another_seller_has_a_buyer_of_its_own(partner, plain_partner):
    taken(post(partner, "GR094259216"), 201)

    taken(post(plain_partner, "EL094259216", kycMode="NT24_LED"), 201)


def test_the_database_refuses_the_second_spelling(partner, seller):
    taken(post(partner, "GR094259216"), 201)
    row = Buyer.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Buyer.objects.create(
            seller=seller,
            vat_number="EL094259216",
            company_name="X",
            address=row.address,
            kyc_mode="NT24_LED",
        )


def test_a_prospect_with_the_other_prefix_becomes_the_buyer_that_is_there(april, partner):
    buyer = taken(post(partner, "EL094259216"), 201)
    visitor = Visitor(linked(partner, language="en"))
    visitor.post("", {**COMPANY, "vat_number": "gr 094.259-216", "country": "GR"})
    (prospect,) = taken(partner.get("P/prospects"), 200)["data"]

    path = f"P/prospects/{prospect['uuid']}/convert"
    assert taken(partner.post(path, {"kycMode": KOWALSKI["kycMode"]}), 200)["uuid"] == buyer["uuid"]


# --- From before ---------------------------------------------------------------------------------------------------


@pytest.fixture
def twins(partner, seller):
    """Two rows of one number, as they were possible before."""
    first = Buyer.objects.get(uuid=taken(post(partner, "GR094259216"), 201)["uuid"])
    second = Buyer.objects.get(uuid=taken(post(partner, "GR999999999"), 201)["uuid"])
    Buyer.objects.filter(pk=second.pk).update(twin_of=first)
    Buyer.objects.filter(pk=second.pk).update(vat_number="EL094259216")
    return first, second


def test_a_block_is_about_the_company(twins):
    first, second = twins

    block_buyer(Buyer.objects.get(pk=second.pk), by=BY)
    assert set(Buyer.objects.values_list("status", flat=True)) == {"BLOCKED"}
    unblock_buyer(Buyer.objects.get(pk=first.pk), by=BY)
    assert set(Buyer.objects.values_list("status", flat=True)) == {"ACTIVE"}


def test_a_number_from_before_finds_the_first_and_both_can_be_read(partner, twins):
    first, second = twins

    for number in ("GR094259216", "EL094259216"):
        assert taken(post(partner, number), 200)["uuid"] == str(first.uuid)
    assert taken(partner.get(f"P/buyers/{second.uuid}"), 200)["vatNumber"] == "EL094259216"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("blocked", [None, 0, 1])
def test_the_migration_keeps_both_and_carries_a_block_over(partner, twins, blocked):
    mark = importlib.import_module("buyers.migrations.0010_twins_of_greek_buyers").mark
    (unique,) = [
        one for one in Buyer._meta.constraints if one.name == "one_buyer_per_seller_and_vat_identity"
    ]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Buyer, unique)
    try:
        Buyer.objects.update(twin_of=None)
        if blocked is not None:
            rows = Buyer.objects.filter(pk=twins[blocked].pk)
            rows.update(status="BLOCKED", blocked_at=timezone.now())
        mark(apps, None)
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(Buyer, unique)

    first, second = Buyer.objects.order_by("pk")
    assert (first.twin_of_id, second.twin_of_id) == (None, first.pk)
    assert {first.status, second.status} == {"ACTIVE" if blocked is None else "BLOCKED"}


# --- What people type ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "named"),
    [
        ("DЕ123456789", "CYRILLIC CAPITAL LETTER IE"),
        ("ΕL094259216", "GREEK CAPITAL LETTER EPSILON"),
        ("NL00123Ⴝ789B01", "GEORGIAN CAPITAL LETTER CHAR"),
        ("PL٥260001246", "ARABIC-INDIC DIGIT FIVE"),
    ],
)
def test_a_sign_of_another_alphabet_is_named(partner, number, named):
    with nothing_moves():
        problem = refused(post(partner, number), 422, "validation-error")

    (error,) = problem["errors"]
    assert error["field"] == "vatNumber"
    assert named in error["message"]


@pytest.mark.parametrize("number", ["de123456789", "DE 123456789", "DE-123456789", "DE１23456789", "1E123"])
def test_the_pattern_of_the_api_stays(partner, number):
    with nothing_moves():
        refused(post(partner, number), 422, "validation-error")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("be 0428.759.497", "BE0428759497"),
        ("  nl-0044.95.445.b01 ", "NL004495445B01"),
        ("ＤＥ１３６６９５９７６", "DE136695976"),
        ("fr 40 303 265 045", "FR40303265045"),
        ("at–u 123\u00a045675", "ATU12345675"),
    ],
)
def test_a_number_typed_by_a_visitor_is_cleaned(april, partner, typed, kept):
    visitor = Visitor(linked(partner, language="en"))

    assert visitor.post("", {**COMPANY, "vat_number": typed}).status_code == 303
    (prospect,) = taken(partner.get("P/prospects"), 200)["data"]
    assert prospect["vatNumber"] == kept


@pytest.mark.parametrize("typed", ["РL5260001246", "PL526000124б", "BG1２3४"])
def test_a_visitor_is_told_of_a_letter_of_another_alphabet(april, partner, typed):
    visitor = Visitor(linked(partner, language="en"))
    answer = visitor.post("", {**COMPANY, "vat_number": typed})

    assert answer.status_code == 422
    assert "is not a Latin letter or a digit" in text(answer)
    assert typed in answer.content.decode()
