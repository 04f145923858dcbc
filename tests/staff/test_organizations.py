"""Tenants run by hand: what staff fill in is what the API then does, and the trail names who did it."""

import pytest
from django.utils.html import escape

from nt24.audit.models import Entry
from nt24.partners.models import ApiClient, Organization, Seller
from nt24.partners.tokens import client_with
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory
from tests.papers import pdf
from tests.partner import Partner
from tests.staff.desk import Desk, form_on, member, paper, problems_on

ADD = "/admin/partners/organization/add/"
ENTERPRISE = {"terms__rateLimitTier": "ENTERPRISE", "terms__readLimit": "60000", "terms__writeLimit": "600",
              "terms__webhookLimit": "60"}  # fmt: skip

SIGNED = {"signedOn": "2026-02-10", "signerName": "Erika Mustermann", "signerRole": "Prokuristin"}


def page_of(organization) -> str:
    return f"/admin/partners/organization/{organization.pk}/change/"


def move(organization, name) -> str:
    return f"/admin/partners/organization/{organization.pk}/do/{name}/"


def last_entry() -> Entry:
    return Entry.objects.order_by("-pk")[0]


def test_a_tenant_is_set_up_by_hand_and_then_calls_the_api(desk):
    made = desk.presses(ADD, name="Bank AG", slug="bank", adminEmail="it@bank.example", **ENTERPRISE)
    organization = Organization.objects.get(slug="bank")
    assert made["Location"] == page_of(organization)
    desk.presses(move(organization, "accept-agreement"), **SIGNED, file=paper(pdf("agreement")))
    desk.presses(
        move(organization, "add-seller"),
        name="Autohaus GmbH",
        vatNumber="DE123456789",
        adminEmail="verkauf@autohaus.example",
        **{"address.street": "Hauptstraße 42", "address.postCode": "10115", "address.city": "Berlin",
           "address.country": "DE"},
    )  # fmt: skip
    shown = desk.presses(move(organization, "add-client"), slug="bank-erp", label="ERP", status=200)

    client, secrets = ApiClient.objects.get(), shown.context["done"].secrets
    assert "no-store" in shown["Cache-Control"]
    assert client_with(secrets["Client id"], secrets["Client secret"]) == client
    me = Partner(client).get("/v1/me").json()
    assert (me["name"], [one["name"] for one in me["authorizedPartners"]]) == ("Bank AG", ["Autohaus GmbH"])
    assert me["capabilities"]["rateLimitTier"] == "ENTERPRISE"
    assert [*Entry.objects.order_by("pk").values_list("action", "actor_kind", "actor_label")] == [
        ("organization.created", "STAFF", "Anna Nowak"),
        ("organization.dpa_accepted", "STAFF", "Anna Nowak"),
        ("seller.registered", "STAFF", "Anna Nowak"),
        ("client.created", "STAFF", "Anna Nowak"),
    ]


def test_the_secret_is_on_no_other_page(desk):
    organization = OrganizationFactory()
    shown = desk.presses(move(organization, "add-client"), slug="erp", status=200)
    secret = shown.context["done"].secrets["Client secret"]

    assert secret in shown.content.decode()
    for url in (page_of(organization), shown.context["back"], "/admin/audit/entry/"):
        assert secret not in desk.opens(url)


def test_a_slug_that_is_taken_is_said_beside_its_field(desk):
    OrganizationFactory(slug="bank")

    answer = desk.presses(ADD, name="Another", slug="bank", adminEmail="a@b.example", status=422)

    assert "Another organization has this slug." in " ".join(problems_on(answer))
    assert form_on(answer)["name"] == "Another"
    assert (Organization.objects.count(), Entry.objects.count()) == (1, 0)


def test_a_client_id_that_is_taken_is_said_beside_its_field(desk):
    ApiClientFactory(client_id="api-client-erp")

    answer = desk.presses(move(OrganizationFactory(), "add-client"), slug="erp", status=422)

    assert "There is a client with this id already." in " ".join(problems_on(answer))
    assert ApiClient.objects.count() == 1


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"terms__rateLimitTier": "ENTERPRISE"}, "ENTERPRISE needs a limit here."),
        ({"terms__readLimit": "300"}, "Only ENTERPRISE has limits of its own."),
        ({**ENTERPRISE, "terms__readLimit": "120001"}, "less than or equal to 120000"),
        ({**ENTERPRISE, "terms__webhookLimit": "0"}, "greater than or equal to 1"),
        ({"slug": "Bank!"}, "Use small letters"),
        ({"name": ""}, "required"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(desk, filled, words):
    sent = {"name": "Bank AG", "slug": "bank", "adminEmail": "it@bank.example", **filled}

    answer = desk.presses(ADD, status=422, **sent)

    assert words in answer.content.decode()
    assert (Organization.objects.count(), Entry.objects.count()) == (0, 0)


def test_changed_terms_hold_from_the_next_call_on(desk, partner, seller):
    desk.presses(
        move(seller.organization, "change-terms"),
        rateLimitTier="HIGH_VOLUME",
        readLimit="",
        writeLimit="",
        webhookLimit="",
        allowMultiVinOrders=[],
    )

    capabilities = partner.get("/v1/me").json()["capabilities"]
    assert (capabilities["rateLimitTier"], capabilities["allowMultiVinOrders"]) == ("HIGH_VOLUME", False)
    assert capabilities["allowMarketplaceLedKyc"] is True
    entry = last_entry()
    assert (entry.action, entry.source) == ("organization.terms_changed", "WEB_APP")
    assert entry.changes["allow_multi_vin_orders"] == [True, False]


def test_terms_that_somebody_else_has_changed_are_not_written_over(desk, second_desk):
    organization = OrganizationFactory()
    url = move(organization, "change-terms")
    seen = desk.form(url)
    second_desk.presses(url, rateLimitTier="HIGH_VOLUME")

    answer = desk.sends(url, {**seen, "allowMultiVinOrders": "on"})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Organization terms changed" in text
    assert "Bernd Maier" in text
    assert form_on(answer)["allowMultiVinOrders"] == ["on"]
    organization.refresh_from_db()
    assert (organization.rate_limit_tier, organization.allow_multi_vin_orders) == ("HIGH_VOLUME", False)


def test_a_form_that_is_sent_twice_adds_one_seller(desk):
    organization = OrganizationFactory()
    url = move(organization, "add-seller")
    filled = {**desk.form(url), "name": "Autohaus GmbH", "vatNumber": "DE123456789", "adminEmail": "a@b.example",
              "address.street": "Hauptstraße 42", "address.postCode": "10115", "address.city": "Berlin",
              "address.country": "DE"}  # fmt: skip

    answers = [desk.sends(url, filled).status_code for _ in range(2)]

    assert (answers, Seller.objects.count()) == ([302, 302], 1)


def test_an_organization_is_shut_out_and_let_in_again(desk, partner, seller):
    organization = seller.organization

    desk.presses(move(organization, "disable"), why="Contract ended")
    assert partner.get("/v1/me").status_code == 401
    assert "none of its clients is let in" in desk.opens(page_of(organization))
    desk.presses(move(organization, "enable"), why="Contract renewed")

    assert partner.get("/v1/me").status_code == 200
    assert [*Entry.objects.order_by("pk").values_list("action", "purpose")] == [
        ("organization.disabled", "Contract ended"),
        ("organization.enabled", "Contract renewed"),
    ]


def test_nobody_is_shut_out_without_a_reason(desk):
    organization = OrganizationFactory()

    answer = desk.presses(move(organization, "disable"), status=422)

    assert "Say why." in problems_on(answer)[0]
    organization.refresh_from_db()
    assert organization.disabled_at is None


def test_the_page_says_whether_the_api_is_open(desk, settings):
    settings.DPA_VERSION, settings.DPA_VERSION_SINCE = "2026-09", "2026-09-01"
    never, old = OrganizationFactory(without_dpa=True), OrganizationFactory()

    assert "Nothing is accepted: the API answers 403." in desk.opens(page_of(never))
    assert "The older version was enough until 2026-10-01" in desk.opens(page_of(old))


def test_name_and_administrator_change_and_the_trail_keeps_no_mailbox(desk):
    organization = OrganizationFactory()

    desk.presses(move(organization, "change"), name="Bank SE", adminEmail="new@bank.example")

    organization.refresh_from_db()
    assert (organization.name, organization.admin_email) == ("Bank SE", "new@bank.example")
    entry = last_entry()
    assert set(entry.changes) == {"name", "admin_email"}
    assert "new@bank.example" not in str(entry.changes)


def test_the_page_takes_no_more_queries_for_more_rows(desk, django_assert_max_num_queries):
    organization = OrganizationFactory()
    for _ in range(12):
        SellerFactory(organization=organization)
        ApiClientFactory(organization=organization)
    desk.opens(page_of(organization))

    with django_assert_max_num_queries(14):
        desk.opens(page_of(organization))


# --- Who may do what


READ = ("partners.view_organization",)


def test_a_viewer_sees_the_facts_and_no_button(db):
    organization = OrganizationFactory(name="Bank <b>&</b> Co")
    client = ApiClientFactory(organization=organization)
    viewer = Desk(member("vera", *READ))

    text = viewer.opens(page_of(organization))

    assert escape(organization.name) in text
    assert "/do/" not in text
    assert client.client_id not in text
    for name in ("change", "change-terms", "accept-agreement", "add-seller", "add-client", "disable"):
        viewer.opens(move(organization, name), 403)
    viewer.opens(ADD, 403)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("partners.change_organization", {"change", "change-terms", "disable"}),
        ("partners.add_seller", {"add-seller"}),
        ("partners.add_apiclient", {"add-client"}),
    ],
)
def test_each_button_needs_its_permission(db, permission, allowed):
    organization = OrganizationFactory()
    somebody = Desk(member("sven", *READ, permission))

    for name in ("change", "change-terms", "disable", "add-seller", "add-client"):
        somebody.opens(move(organization, name), 200 if name in allowed else 403)
        assert (move(organization, name) in somebody.opens(page_of(organization))) == (name in allowed)
