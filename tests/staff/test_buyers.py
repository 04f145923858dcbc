"""Buyers by hand: registered, changed, blocked, asked about, with their papers and their people."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from buyers.models import Buyer, Contact, ViesCheck
from nt24.audit.models import Entry
from nt24.documents.models import Document
from orders.models import Order
from tests.deal import WARSAW, taken
from tests.ledger import nothing_moves
from tests.papers import pdf
from tests.staff.desk import Desk, member, move_of, newest, page_of

ADD = "/admin/buyers/buyer/add/"
KOWALSKI = {
    "kycMode": "MARKETPLACE_LED",
    "vatNumber": "PL5260001246",
    "companyName": "Auto Handel Kowalski Sp. z o.o.",
    "address.street": WARSAW["street"],
    "address.postCode": WARSAW["postCode"],
    "address.city": WARSAW["city"],
    "address.country": WARSAW["country"],
}
ANNA = {"firstName": "Anna", "lastName": "Nowak", "email": "anna@kowalski.example", "phone": "+48 22 123"}
SEES = ("buyers.view_buyer", "orders.view_order")


def registered(desk, seller, **changes):
    response = desk.press(f"{ADD}?in={seller.pk}", **{**KOWALSKI, **changes})
    assert response.status_code == 302, response.context["form"].errors
    return Buyer.objects.get()


@pytest.fixture
def buyer(deal):
    deal.has_buyer()
    return Buyer.objects.select_related("kyc").get()


# --- Creation and change


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("pl 526-000-12-46", "PL5260001246"), ("ie 6388047.v", "IE6388047V"), ("ＬＵ 26375245", "LU26375245")],
)
def test_a_vat_number_is_cleaned_as_it_is_typed(berta, seller, typed, kept):
    assert registered(berta, seller, vatNumber=typed).vat_number == kept


@pytest.mark.parametrize(
    ("typed", "is_own"), [("de 811 569 869", True), ("DE-136695976", True), ("ie 6388047.v", False)]
)
def test_staff_are_warned_about_a_number_of_the_sellers_own_state(berta, seller, typed, is_own):
    buyer = registered(berta, seller, vatNumber=typed)
    assert ("a VAT number of DE, the seller&#x27;s own state" in berta.opens(page_of(buyer))) is is_own

    berta.presses(
        f"/admin/orders/order/add/?in={buyer.pk}",
        externalOrderId="BY-HAND-1",
        totalAmount__value="18.500,00",
        **{"vins[0].vin": "wvwzzz1jzxw000001", "vins[0].brand": "Volkswagen", "vins[0].model": "Golf",
           "vins[0].purchaseAmount.value": "18500"},
    )  # fmt: skip
    case = page_of(Order.objects.get(buyer=buyer))
    assert ("a VAT number of DE, the seller&#x27;s own state" in berta.opens(case)) is is_own


def test_a_buyer_made_by_hand_is_what_the_api_makes(berta, partner, seller):
    by_hand = registered(berta, seller)

    shown = taken(partner.get(f"P/buyers/{by_hand.uuid}"), 200)
    assert shown == {
        "uuid": str(by_hand.uuid),
        "vatNumber": "PL5260001246",
        "companyName": "Auto Handel Kowalski Sp. z o.o.",
        "address": WARSAW,
        "kycMode": "MARKETPLACE_LED",
        "status": "ACTIVE",
        "version": 0,
        "createdAt": shown["createdAt"],
        "updatedAt": shown["updatedAt"],
    }
    entry = newest("buyer.registered")
    assert (entry.source, entry.actor_label, entry.subject_uuid) == ("WEB_APP", "Berta", by_hand.uuid)


def test_people_of_the_form_become_contacts(berta, seller):
    buyer = registered(berta, seller, **{f"contacts[0].{name}": value for name, value in ANNA.items()})

    assert list(Contact.objects.values_list("buyer", "email")) == [(buyer.pk, "anna@kowalski.example")]


def test_the_seller_is_chosen_first(berta, seller):
    page = berta.get(ADD, q="AutoHandel").content.decode()

    assert f"?in={seller.pk}" in page


@pytest.mark.parametrize(
    ("terms", "mode", "status", "why"),
    [
        ({"dpa_accepted_at": None, "dpa_version": ""}, "NT24_LED", 403, "data processing agreement"),
        # A choice that the form does not have.
        ({"allow_marketplace_led_kyc": False}, "MARKETPLACE_LED", 422, "Select a valid choice"),
    ],
)
def test_the_terms_of_the_organization_bind_staff_too(berta, seller, terms, mode, status, why):
    type(seller.organization).objects.update(**terms)

    with nothing_moves():
        response = berta.press(f"{ADD}?in={seller.pk}", **{**KOWALSKI, "kycMode": mode})

    assert response.status_code == status
    assert why in response.content.decode()


def test_another_buyer_with_this_number_is_named(berta, seller, buyer):
    with nothing_moves():
        response = berta.press(f"{ADD}?in={seller.pk}", **{**KOWALSKI, "companyName": "Somebody else"})

    assert response.status_code == 409
    assert "Find it in the list of buyers" in response.content.decode()


def test_a_change_sends_only_what_changed_and_says_why(berta, buyer):
    berta.press(move_of(buyer, "change"), companyName="Kowalski i Syn", why="renamed in the register")

    entry = newest("buyer.updated")
    assert entry.changes == {"company_name": ["Auto Handel Kowalski Sp. z o.o.", "Kowalski i Syn"]}
    assert (entry.purpose, entry.actor_label, entry.source) == ("renamed in the register", "Berta", "WEB_APP")


def test_a_buyer_whom_we_identify_stays_so(berta, deal):
    deal.has_buyer(kycMode="NT24_LED")
    buyer = Buyer.objects.get()
    page = berta.get(move_of(buyer, "change"))

    assert [value for value, _ in page.context["form"].fields["kycMode"].choices if value] == ["NT24_LED"]


def test_a_stale_form_shows_what_changed_and_overwrites_nothing(berta, carl, buyer):
    seen = berta.form(move_of(buyer, "change"))
    carl.press(move_of(buyer, "change"), companyName="Kowalski i Syn", why="renamed")

    with nothing_moves():
        response = berta.http.post(
            move_of(buyer, "change"), seen | {"companyName": "Kowalski GmbH", "why": "mistyped"}
        )

    page = response.content.decode()
    assert response.status_code == 409
    assert "Kowalski i Syn" in page
    assert "Kowalski GmbH" in page
    assert "Carl" in page


# --- Block, VIES


def test_a_block_takes_a_reason_and_is_taken_back_with_one(berta, partner, buyer):
    assert berta.press(move_of(buyer, "block")).status_code == 422
    berta.press(move_of(buyer, "block"), why="unpaid invoice")
    assert taken(partner.get(f"P/buyers/{buyer.uuid}"), 200)["status"] == "BLOCKED"
    berta.press(move_of(buyer, "unblock"), why="paid")

    assert taken(partner.get(f"P/buyers/{buyer.uuid}"), 200)["status"] == "ACTIVE"
    assert [newest(f"buyer.{to}").purpose for to in ("blocked", "active")] == ["unpaid invoice", "paid"]


def test_a_form_that_is_sent_twice_is_carried_out_once(berta, buyer):
    form = berta.form(move_of(buyer, "check-vies"))
    for _ in range(2):
        assert berta.http.post(move_of(buyer, "check-vies"), form).status_code == 302

    assert Entry.objects.filter(action="vies_check.requested").count() == 1


def test_the_answer_of_vies_stands_on_the_page(berta, buyer, run_workers):
    berta.press(move_of(buyer, "check-vies"))
    run_workers()

    check = ViesCheck.objects.get()
    assert check.consultation_number
    assert check.consultation_number in berta.get(page_of(buyer)).content.decode()


# --- The page


def test_the_page_says_what_is_there_and_what_is_missing(berta, deal, buyer):
    deal.uploads(f"{deal.buyer_path}/kyc/documents", "COC_EXTRACT")
    page = berta.get(page_of(buyer)).context["page"]

    assert [(need.name.partition("|")[0], need.is_met) for need in page.needs] == [
        ("COC_*", True),
        ("VAT_*", False),
        ("CONTACT_ID_CARD", False),
        ("AML_DECLARATION", False),
    ]


def test_a_wrong_check_digit_warns_and_refuses_nothing(berta, seller):
    buyer = registered(berta, seller, vatNumber="PL5260001247")

    assert "check digit" in berta.get(page_of(buyer)).content.decode()


def test_an_order_of_the_buyer_leads_to_its_case(berta, deal, buyer):
    deal.has_order()
    page = berta.get(page_of(buyer)).content.decode()

    assert reverse("admin:orders_order_change", args=[buyer.orders.get().pk]) in page
    assert f"{reverse('admin:orders_order_add')}?in={buyer.pk}" in page


def test_the_page_takes_the_same_queries_however_much_there_is(
    berta, deal, buyer, django_assert_max_num_queries
):
    deal.has_kyc().has_order()
    for day in range(1, 6):
        deal.uploads(f"{deal.buyer_path}/kyc/documents", "COC_EXTRACT", dated=f"2026-04-0{day}")

    with django_assert_max_num_queries(25):
        berta.get(page_of(buyer))


def test_the_list_takes_no_query_for_each_buyer(berta, deal, django_assert_max_num_queries):
    for number in range(10):
        deal.has_buyer(vatNumber=f"PL{5260001240 + number}")

    with django_assert_max_num_queries(14):
        page = berta.get("/admin/buyers/buyer/")

    assert [row.overall_status for row in page.context["cl"].result_list] == ["INCOMPLETE"] * 10


def test_who_only_sees_finds_no_button_and_presses_none(buyer):
    viewer = Desk(member("vera", *SEES))
    page = viewer.get(page_of(buyer)).content.decode()

    assert "/do/" not in page
    assert "orders/order/add" not in page
    with nothing_moves():
        for name in ("change", "block", "check-vies", "invite", "add-contact", "file-kyc-document"):
            assert viewer.get(move_of(buyer, name)).status_code == 403, name
            assert viewer.http.post(move_of(buyer, name), {"why": "x"}).status_code == 403, name
    assert viewer.get(ADD).status_code == 403


# --- Papers


def test_a_paper_by_hand_may_say_when_it_expires(berta, partner, buyer):
    file = SimpleUploadedFile("extract.pdf", pdf("an extract"))
    fields = {"type": "COC_EXTRACT", "documentDate": "2026-04-18", "expiresAt": "2026-10-18", "file": file}
    response = berta.press(move_of(buyer, "file-kyc-document"), **fields)

    assert response.status_code == 302
    (shown,) = taken(partner.get(f"P/buyers/{buyer.uuid}/kyc/documents"), 200)["data"]
    assert (shown["type"], shown["expiresAt"], shown["source"]) == ("COC_EXTRACT", "2026-10-18", "WEB_APP")


def test_a_paper_that_does_not_expire_is_refused_with_an_end_date(berta, buyer):
    file = SimpleUploadedFile("aml.pdf", pdf("a declaration"))
    fields = {"type": "AML_DECLARATION", "documentDate": "2026-04-18", "expiresAt": "2026-10-18"}

    with nothing_moves():
        response = berta.press(move_of(buyer, "file-kyc-document"), file=file, **fields)

    assert response.status_code == 422
    assert response.context["form"].errors["expiresAt"] == ["This type of document does not expire."]


def test_a_paper_is_archived_with_a_reason(berta, deal, buyer):
    deal.uploads(f"{deal.buyer_path}/kyc/documents", "COC_EXTRACT")
    paper = Document.objects.get()
    berta.press(move_of(buyer, "archive-document", paper.uuid), reason="illegible")

    paper.refresh_from_db()
    assert (paper.status, paper.archived_reason) == ("ARCHIVED", "illegible")


def test_a_paper_of_another_record_is_not_found(berta, deal, buyer):
    deal.has_order()
    deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    elsewhere = Document.objects.get()

    assert berta.get(move_of(buyer, "archive-document", elsewhere.uuid)).status_code == 404


# --- People


def test_contacts_are_shown_for_a_purpose_and_the_look_is_noted(berta, partner, buyer):
    taken(partner.post(f"P/buyers/{buyer.uuid}/contacts", ANNA), 201)
    contacts = reverse("admin:buyers_buyer_contacts", args=[buyer.pk])
    assert "anna@" not in berta.get(page_of(buyer)).content.decode()
    assert berta.get(contacts).status_code == 302
    berta.says_why(buyer.uuid, "calling about a paper")

    page = berta.get(contacts)
    assert "anna@kowalski.example" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    entry = newest("contacts.read")
    assert (entry.purpose, entry.actor_label) == ("calling about a paper", "Berta")


def test_a_contact_is_added_and_erased_for_the_same_purpose(berta, partner, buyer):
    berta.says_why(buyer.uuid, "new in the company")
    berta.press(move_of(buyer, "add-contact"), **ANNA)
    contact = Contact.objects.get()
    berta.press(move_of(buyer, "remove-contact", contact.uuid))

    assert not Contact.objects.exists()
    assert {newest(f"contact.{what}").purpose for what in ("added", "removed")} == {"new in the company"}
    assert "anna" not in str(list(Entry.objects.values())).lower()


def test_without_a_purpose_the_form_asks_why(berta, buyer):
    assert berta.press(move_of(buyer, "add-contact"), **ANNA).status_code == 422
    berta.press(move_of(buyer, "add-contact"), **ANNA, why="he called")

    assert newest("contact.added").purpose == "he called"


def test_people_are_for_those_who_may_read_them(buyer):
    viewer = Desk(member("vera", *SEES, "buyers.view_contact"))
    viewer.says_why(buyer.uuid)

    assert viewer.get(reverse("admin:buyers_buyer_contacts", args=[buyer.pk])).status_code == 403
    assert viewer.get(reverse("admin:buyers_buyer_profile", args=[buyer.pk])).status_code == 403
