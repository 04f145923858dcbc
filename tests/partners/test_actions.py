"""What is written about tenants, and what the trail says of it."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from nt24.actors import Actor, ActorKind
from nt24.audit.models import Entry
from nt24.errors import StateConflict, ValidationFailed, VersionMismatch
from nt24.partners.actions import (
    Terms,
    accept_dpa,
    change_terms,
    create_client,
    create_organization,
    disable_client,
    disable_organization,
    disable_seller,
    register_seller,
    rotate_client_secret,
)
from nt24.partners.models import ApiClient, ClientSecret, Organization
from nt24.partners.tokens import client_with, digest_of
from tests.factories.partners import SECRET, ApiClientFactory, OrganizationFactory, SellerFactory

pytestmark = pytest.mark.django_db
BY = Actor(ActorKind.STAFF, "7", "Erika Mustermann")
ENTERPRISE = Terms(rate_limit_tier="ENTERPRISE", read_limit=60_000, write_limit=60_000, webhook_limit=6_000)


def entries() -> list[tuple]:
    return list(Entry.objects.order_by("pk").values_list("action", "actor_id", "organization_id"))


def test_an_organization_starts_with_its_terms_and_without_an_agreement():
    organization = create_organization(
        name="Bank", slug="bank", admin_email="admin@bank.example.com", terms=ENTERPRISE, by=BY
    )

    organization.refresh_from_db()
    assert (organization.rate_limit_tier, organization.write_limit) == ("ENTERPRISE", 60_000)
    assert (organization.dpa_version, organization.dpa_accepted_at) == ("", None)
    assert entries() == [("organization.created", "7", organization.pk)]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(rate_limit_tier="ENTERPRISE"),
        Terms(rate_limit_tier="ENTERPRISE", read_limit=1, write_limit=1),
        Terms(rate_limit_tier="ENTERPRISE", read_limit=0, write_limit=1, webhook_limit=1),
        Terms(rate_limit_tier="ENTERPRISE", read_limit=120_001, write_limit=1, webhook_limit=1),
        Terms(rate_limit_tier="ENTERPRISE", read_limit=1, write_limit=120_001, webhook_limit=1),
        Terms(rate_limit_tier="ENTERPRISE", read_limit=1, write_limit=1, webhook_limit=12_001),
        Terms(rate_limit_tier="STANDARD", read_limit=301),
        Terms(rate_limit_tier="HIGH_VOLUME", webhook_limit=31),
        Terms(rate_limit_tier="GOLD"),
    ],
)
def test_the_database_refuses_terms_that_do_not_fit(terms):
    with pytest.raises(IntegrityError), transaction.atomic():
        create_organization(name="Bank", slug="bank", admin_email="a@b.example.com", terms=terms, by=BY)

    assert (Organization.objects.count(), entries()) == (0, [])


def test_changed_terms_name_what_was_and_what_is():
    organization = OrganizationFactory(allow_multi_vin_orders=True)

    change_terms(organization, Terms(rate_limit_tier="HIGH_VOLUME", allow_multi_vin_orders=True), by=BY)

    organization.refresh_from_db()
    assert (organization.rate_limit_tier, organization.version) == ("HIGH_VOLUME", 1)
    assert Entry.objects.get().changes == {"rate_limit_tier": ["STANDARD", "HIGH_VOLUME"]}


def test_equal_terms_change_nothing():
    organization = OrganizationFactory()

    change_terms(organization, Terms(), by=BY)

    organization.refresh_from_db()
    assert (organization.version, entries()) == (0, [])


def test_terms_changed_on_a_stale_copy_are_refused():
    organization = OrganizationFactory()
    stale = Organization.objects.get(pk=organization.pk)
    change_terms(organization, Terms(rate_limit_tier="HIGH_VOLUME"), by=BY)

    with pytest.raises(VersionMismatch):
        change_terms(stale, Terms(allow_multi_vin_orders=True), by=BY)

    assert [action for action, *_ in entries()] == ["organization.terms_changed"]


def test_accepting_the_agreement_sets_version_and_time():
    organization = OrganizationFactory(without_dpa=True)

    with time_machine.travel("2026-06-01T12:00:00Z", tick=False):
        accept_dpa(organization, version="2026-01", by=BY)

    organization.refresh_from_db()
    assert organization.dpa_version == "2026-01"
    assert organization.dpa_accepted_at == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert entries() == [("organization.dpa_accepted", "7", organization.pk)]


def test_an_accepted_agreement_without_a_version_cannot_be_stored():
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganizationFactory(dpa_version="")


def test_a_registered_seller_stands_in_the_list():
    organization = OrganizationFactory()
    address = {"street": "Hauptstraße 42", "post_code": "10115", "city": "Berlin", "country": "DE"}

    seller = register_seller(
        organization,
        name="AutoHandel Mustermann GmbH",
        vat_number="DE123456789",
        address=address,
        admin_email="info@autohandel.example.com",
        by=BY,
    )

    assert list(organization.sellers.all()) == [seller]
    assert (seller.street, seller.post_code, seller.city, seller.country) == tuple(address.values())
    assert entries() == [("seller.registered", "7", organization.pk)]


def test_a_new_client_has_one_secret_of_64_characters_kept_as_a_digest():
    organization = OrganizationFactory()

    client, secret = create_client(organization, slug="erp", label="ERP", by=BY)

    assert (client.client_id, client.organization, len(secret)) == ("api-client-erp", organization, 64)
    stored = ClientSecret.objects.get()
    assert (stored.client, stored.digest, stored.expires_at) == (client, digest_of(secret), None)
    assert client_with("api-client-erp", secret) == client
    assert entries() == [("client.created", "7", organization.pk)]


def test_no_secret_comes_into_the_trail():
    client, first = create_client(OrganizationFactory(), slug="erp", label="ERP", by=BY)
    second = rotate_client_secret(client, by=BY)

    written = str(list(Entry.objects.values()))
    for secret in (first, second):
        assert secret not in written
        assert digest_of(secret) not in written


def test_two_clients_never_share_an_id():
    create_client(OrganizationFactory(), slug="erp", label="ERP", by=BY)

    with pytest.raises(ValidationFailed, match="slug"):
        create_client(OrganizationFactory(), slug="erp", label="ERP", by=BY)

    assert ApiClient.objects.count() == 1


def test_a_disabled_client_gets_no_new_secret():
    client = ApiClientFactory(disabled=True)

    with pytest.raises(StateConflict):
        rotate_client_secret(client, by=BY)

    assert (ClientSecret.objects.count(), entries()) == (1, [])


@pytest.mark.parametrize(
    ("make", "disable", "action"),
    [
        (ApiClientFactory, disable_client, "client.disabled"),
        (OrganizationFactory, disable_organization, "organization.disabled"),
        (SellerFactory, disable_seller, "seller.disabled"),
    ],
)
def test_disabling_happens_once(make, disable, action):
    record = make()

    disable(record, by=BY, reason="contract ended")
    with pytest.raises(StateConflict):
        disable(record, by=BY, reason="again")

    record.refresh_from_db()
    assert record.disabled_at is not None
    assert list(Entry.objects.values_list("action", "purpose")) == [(action, "contract ended")]


# --- Commands ----------------------------------------------------------------------------------------------


def said(capsys) -> dict[str, str]:
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def test_the_command_prints_credentials_that_work(capsys):
    organization = OrganizationFactory(slug="bank")

    call_command("create_api_client", "bank", "erp", "--label", "ERP")

    printed = said(capsys)
    client = ApiClient.objects.get()
    assert (printed["client_id"], client.label, client.organization) == (
        "api-client-erp",
        "ERP",
        organization,
    )
    assert client_with("api-client-erp", printed["client_secret"]) == client


@pytest.mark.parametrize(
    ("organization", "slug", "reason"),
    [
        ("nobody", "erp", "no organization"),
        ("bank", "taken", "already"),
        ("bank", "no spaces", "cannot be part"),
        ("bank", "x" * 90, "cannot be part"),
    ],
)
def test_the_command_says_why_it_made_no_client(organization, slug, reason):
    ApiClientFactory(organization__slug="bank", client_id="api-client-taken")

    with pytest.raises(CommandError, match=reason):
        call_command("create_api_client", organization, slug)

    assert ApiClient.objects.count() == 1


def test_the_rotation_command_prints_a_secret_beside_which_the_old_one_works(capsys):
    client = ApiClientFactory()

    call_command("rotate_secret", client.client_id)

    output = capsys.readouterr().out
    secret = output.split("client_secret ")[1].split()[0]
    assert "The old secret stays valid for 72 hours." in output
    assert client_with(client.client_id, secret) == client
    assert client_with(client.client_id, SECRET) == client


def test_the_rotation_command_refuses_unknown_and_disabled_clients():
    disabled = ApiClientFactory(disabled=True)

    with pytest.raises(CommandError, match="no client"):
        call_command("rotate_secret", "api-client-nobody")
    with pytest.raises(CommandError, match="disabled"):
        call_command("rotate_secret", disabled.client_id)
