"""The portal's shell: one main part, a way to it, names of pages, and pages that say what to do."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from nt24.staff.chips import chip
from nt24.staff.timeline import changes_in_words, changes_of
from nt24.staff.wording import in_words
from tests.staff.desk import Desk, member


def title_of(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.S)
    assert found is not None
    return " ".join(found[1].split())


@pytest.fixture
def pages(desk, deal, case):
    """A page of each kind."""
    deal.has_buyer().has_order()
    return {
        "start": "/admin/",
        "list": reverse("admin:orders_order_changelist"),
        "record": case.page,
        "move": moves_on(desk.opens(case.page))[0],
        "form": reverse("admin:auth_user_add"),
    }


def moves_on(page: str) -> list[str]:
    return re.findall(r'href="(/admin/orders/order/\d+/do/[^"]+)"', page)


@pytest.mark.parametrize("kind", ["start", "list", "record", "move", "form"])
def test_every_page_has_one_main_part_and_a_link_that_skips_to_it(desk, pages, kind):
    page = desk.opens(pages[kind])

    assert page.count("<main") == page.count("<h1") == 1
    body = page[page.index("<body") :]
    assert body.index('class="skip-link" href="#content"') < body.index("<nav")
    assert page.count('id="content"') == 1


def test_the_bar_shows_either_crumbs_or_the_name_of_a_list(desk, pages, deal):
    record, orders = desk.opens(pages["record"]), desk.opens(pages["list"])

    assert record.count('aria-label="Breadcrumb"') == 1
    assert 'aria-label="Breadcrumb"' not in orders
    assert "Orders" in orders[orders.index("<h1") : orders.index("</h1>")]


def test_titles_name_the_record_and_the_page(desk, pages, deal):
    number = deal.order["externalOrderId"]

    assert title_of(desk.opens(pages["list"])) == "Orders | NT24"
    assert title_of(desk.opens(pages["record"])) == f"{number} | NT24"
    assert re.fullmatch(rf".+ · {number} \| NT24", title_of(desk.opens(pages["move"])))


def test_a_list_has_the_name_that_the_menu_gives_it(desk):
    page = desk.opens(reverse("admin:buyers_sellerbranding_changelist"))

    assert title_of(page) == "Seller branding | NT24"


@pytest.mark.parametrize("debug", [False, True])
def test_what_is_not_there_is_said_inside_the_portal(desk, settings, debug):
    settings.DEBUG = debug
    for path in ("/admin/orders/order/999/change/", "/admin/no/such/page/"):
        page = desk.opens(path, status=404)

        assert "There is no such page" in page
        assert 'aria-label="Main"' in page
        assert f'href="{reverse("admin:search")}"' in page


@pytest.mark.parametrize("debug", [False, True])
def test_what_a_role_does_not_include_is_said_inside_the_portal(db, settings, debug):
    settings.DEBUG = debug
    page = Desk(member("vera")).opens(reverse("admin:orders_order_changelist"), status=403)

    assert "This is not for your role" in page
    assert "ask an administrator" in page
    assert 'href="/admin/"' in page


def test_somebody_unknown_is_not_shown_the_portal(client, db):
    response = client.get("/admin/no/such/page/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_the_other_pages_keep_their_own_404(client, db):
    page = client.get("/no/such/page")

    assert page.status_code == 404
    assert "There is no page here" in page.content.decode()


def test_lists_show_statuses_as_chips_and_filters_speak_words(desk, pages):
    page = desk.opens(pages["list"])

    assert '<span class="chip neutral">Created</span>' in page
    assert "Ready for pickup" in page
    assert "Ready For Pickup" not in page


def test_permissions_are_named_by_what_they_permit(desk):
    page = desk.opens(reverse("admin:auth_group_add"))

    assert "Can view order" in page
    assert "orders | order | Can view order" not in page.lower()
    assert Group.objects.exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("VAT_APPLICABLE", "VAT applicable"),
        ("payment.ready_for_pickup", "Payment ready for pickup"),
        ("vies_check.completed", "VIES check completed"),
        ("IN_REVIEW", "In review"),
    ],
)
def test_codes_are_said_in_words(code, words):
    assert in_words(code) == words


def test_an_unknown_status_has_no_colour_and_a_missing_one_no_chip():
    assert chip("<b>") == '<span class="chip neutral">&lt;b&gt;</span>'
    assert chip("") == chip(None) == "–"


def test_the_trail_names_what_changed_in_words():
    changes = {
        "amlStatus": ["PENDING", "CLEAR"],
        "sha256": "ab" * 32,
        "isKnown": True,
        "brand": ["VW", "AUDI"],
        "type": [None, "TRANSPORT_CMR"],
        "vins": [None, ["A1", "B2", "C3", "D4", "E5"]],
        "address": [None, {"street": "Prosta 1", "country": "PL", "note": ""}],
        "status": ["ACTIVE", "ACTIVE"],
    }

    assert list(changes_in_words(changes, "EUR")) == [
        ("AML status", "Pending", "No hit"),
        ("Is known", "", "yes"),
        ("Brand", "VW", "AUDI"),
        ("Type", "", "CMR consignment note at pickup"),
        ("Vehicles", "", "A1, B2, C3 and 2 more"),
        ("Address", "", "Prosta 1, PL"),
    ]
    assert list(changes_of(changes))[1] == ("SHA-256", "", "ab" * 32)


@pytest.mark.parametrize(
    ("changes", "currency", "said"),
    [
        ({"amount": [1850000, 1849900]}, "EUR", ("Amount", "18,500.00 EUR", "18,499.00 EUR")),
        ({"amount": [None, 1850000], "currency": [None, "JPY"]}, "EUR", ("Amount", "", "1,850,000 JPY")),
        ({"bank_amount": [None, 1850000]}, "KWD", ("Bank amount", "", "1,850.000 KWD")),
        ({"totalAmount": [None, {"value": 5, "currency": "EUR"}]}, "", ("Total amount", "", "0.05 EUR")),
        ({"invoice_on": [None, "2026-04-18"]}, "EUR", ("Invoice date", "", "2026-04-18")),
        (
            {"kyc_mode": ["MARKETPLACE_LED", "NT24_LED"]},
            "",
            ("KYC mode", "Marketplace-led (Mode A)", "NT24-led (Mode B)"),
        ),
        (
            {"decision": ["VALID_EXPORT", "VAT_APPLICABLE"]},
            "",
            ("Decision", "Valid export", "VAT applicable"),
        ),
        ({"result": ["UNKNOWN", "VALID"]}, "", ("Result", "Unknown", "Valid")),
    ],
)
def test_the_trail_speaks_in_amounts_and_words(changes, currency, said):
    assert list(changes_in_words(changes, currency)) == [said]
