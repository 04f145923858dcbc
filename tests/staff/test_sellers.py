"""A seller by hand: his facts are corrected, and what follows from them follows."""

import re

from compliance.models import Rollup
from compliance.tasks import reassess_due
from nt24.api.json import CURRENCIES
from nt24.audit.models import Entry
from nt24.partners.models import Seller
from nt24.staff.codes import currencies
from tests.factories.partners import OrganizationFactory, SellerFactory
from tests.staff.desk import Desk, form_on, member, problems_on


def page_of(seller) -> str:
    return f"/admin/partners/seller/{seller.pk}/change/"


def move(seller, name) -> str:
    return f"/admin/partners/seller/{seller.pk}/do/{name}/"


def test_a_corrected_seller_is_what_partners_then_read(desk, partner, seller):
    desk.presses(move(seller, "change"), name="Autohaus Neu GmbH", vatNumber="DE987654321")

    shown = partner.get("/v1/me").json()["authorizedPartners"]
    assert shown == [{"uuid": str(seller.uuid), "name": "Autohaus Neu GmbH", "country": "DE"}]
    entry = Entry.objects.get(action="seller.updated")
    assert (entry.source, entry.actor_label) == ("WEB_APP", "Anna Nowak")
    assert entry.changes["vat_number"] == ["DE123456789", "DE987654321"]
    seller.refresh_from_db()
    assert (seller.city, seller.version) == ("Berlin", 1)


def test_a_new_country_is_evidence_of_open_orders(desk, deal, seller):
    deal.has_buyer().has_kyc().has_order()
    before = deal.codes()

    desk.presses(move(seller, "change"), **{"address.country": "PL", "address.city": "Warszawa"})
    reassess_due()  # which the nudge starts

    assert set(deal.codes()) - set(before) == {"VAT_ID_OF_DEPARTURE_STATE"}


def test_a_new_name_is_no_evidence(desk, deal, seller):
    deal.has_buyer().has_order()
    due = Rollup.objects.get().reassess_at

    desk.presses(move(seller, "change"), name="Autohaus Neu GmbH")

    assert Rollup.objects.get().reassess_at == due


def test_a_stale_form_shows_what_changed(desk, second_desk):
    seller = SellerFactory()
    seen = desk.form(move(seller, "change"))
    second_desk.presses(move(seller, "change"), name="Bernds Autohaus")

    answer = desk.sends(move(seller, "change"), {**seen, "name": "Annas Autohaus"})

    assert (answer.status_code, form_on(answer)["name"]) == (409, "Annas Autohaus")
    assert "Bernds Autohaus" in answer.content.decode()
    seller.refresh_from_db()
    assert (seller.name, seller.version) == ("Bernds Autohaus", 1)


def test_a_seller_leaves_the_list_and_comes_back(desk, partner, seller):
    desk.presses(move(seller, "disable"), why="Moved to another bank")
    assert partner.get("P/orders").status_code == 403
    assert "calls for this seller answer 403" in desk.opens(page_of(seller))
    desk.presses(move(seller, "enable"), why="Came back")

    assert partner.get("P/orders").status_code == 200
    assert [*Entry.objects.order_by("pk").values_list("action", "purpose")] == [
        ("seller.disabled", "Moved to another bank"),
        ("seller.enabled", "Came back"),
    ]


def test_a_seller_is_added_below_a_chosen_organization(desk):
    organization = OrganizationFactory(name="Bank of Bremen")
    add = "/admin/partners/seller/add/"
    assert f"?in={organization.pk}" in desk.opens(f"{add}?q=bank+of")

    answer = desk.presses(f"{add}?in={organization.pk}", vatNumber="de 12б", status=422)

    assert "Country prefix and number in Latin letters" in " ".join(problems_on(answer))
    assert Seller.objects.count() == 0


def test_the_page_leads_to_what_the_seller_has(desk, deal, seller):
    deal.has_buyer().has_kyc().has_order()
    other = SellerFactory()

    text = desk.opens(page_of(seller))

    url = f"/admin/orders/order/?seller__id__exact={seller.pk}"
    assert url in text
    assert deal.order["externalOrderId"] in desk.opens(url)
    assert deal.order["externalOrderId"] not in desk.opens(
        f"/admin/orders/order/?seller__id__exact={other.pk}"
    )


def test_a_viewer_changes_nothing(db):
    seller = SellerFactory()
    viewer = Desk(member("vera", "partners.view_seller"))

    text = viewer.opens(page_of(seller))

    assert "/do/" not in text
    assert "seller__id__exact" not in text
    for name in ("change", "disable", "enable"):
        viewer.opens(move(seller, name), 403)
    viewer.opens("/admin/partners/seller/add/", 403)


def test_the_time_zone_decides_which_day_is_in_the_future(desk, seller):
    assert desk.form(move(seller, "change"))["timeZone"] == "Europe/Berlin"

    desk.presses(move(seller, "change"), timeZone="Pacific/Auckland")

    seller.refresh_from_db()
    assert seller.time_zone == "Pacific/Auckland"
    assert Entry.objects.get(action="seller.updated").changes == {
        "time_zone": ["Europe/Berlin", "Pacific/Auckland"]
    }


def test_sellers_are_filtered_by_the_name_of_their_country(desk):
    for country in ("PL", "GR", "NL"):
        SellerFactory(country=country)

    page = desk.opens("/admin/partners/seller/")
    assert all(name in page for name in ("Poland", "Greece", "Netherlands"))
    assert desk.get("/admin/partners/seller/", country="GR").context["cl"].result_count == 1


def test_lists_offer_what_is_taken_and_name_it_once(desk, seller):
    offered = [(code, label) for _, codes in currencies() for code, label in codes]
    assert offered[0] == ("EUR", "EUR – Euro")
    assert {code for code, _ in offered} == CURRENCIES
    assert [label for code, label in offered if label == f"{code} – {code}"] == []

    page = desk.opens(move(seller, "change"))
    zones = re.findall(r'<option value="([A-Z]\w+/[\w/+-]+|UTC)"', page)
    europe = [zone for zone in zones if zone.startswith("Europe/")]
    assert zones[: len(europe)] == europe == sorted(europe)
    assert {"Europe/Berlin", "Atlantic/Canary", "UTC"} <= set(zones)
