"""From client id to caller: one query, and only what the organization may see."""

import uuid

import pytest

from nt24.actors import system
from nt24.partners.actions import (
    Terms,
    change_terms,
    disable_client,
    disable_organization,
    disable_seller,
)
from nt24.partners.authentication import Caller, SellerRef, identify
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory

pytestmark = pytest.mark.django_db
BY = system("test")


def test_a_caller_is_everything_the_gates_need_by_one_query(django_assert_num_queries):
    client = ApiClientFactory(organization__enterprise=True, organization__all_capabilities=True)
    seller = SellerFactory(organization=client.organization)

    with django_assert_num_queries(1):
        caller = identify(client.client_id, seller.uuid)

    organization = client.organization
    assert caller == Caller(
        client_id=client.client_id,
        client_pk=client.pk,
        organization_pk=organization.pk,
        organization_uuid=organization.uuid,
        organization_name=organization.name,
        rate_limit_tier="ENTERPRISE",
        read_limit=60_000,
        write_limit=60_000,
        webhook_limit=6_000,
        allow_marketplace_led_kyc=True,
        allow_multi_vin_orders=True,
        allow_contact_personal_data=True,
        allow_kyc_document_download=True,
        manage_clients=False,
        dpa_version="2026-01",
        dpa_accepted_at=organization.dpa_accepted_at,
        seller=SellerRef(seller.pk, organization.pk, seller.uuid, seller.name, "DE", seller.vat_number),
    )


def test_an_organization_without_anything_is_read_as_such():
    client = ApiClientFactory(organization__without_dpa=True)

    caller = identify(client.client_id, None)

    assert caller.dpa_accepted_at is None
    assert caller.dpa_version == ""
    assert (caller.read_limit, caller.write_limit, caller.webhook_limit) == (None, None, None)
    assert caller.allow_marketplace_led_kyc is False
    assert caller.allow_multi_vin_orders is False
    assert caller.allow_contact_personal_data is False
    assert caller.allow_kyc_document_download is False
    assert caller.manage_clients is False
    assert caller.seller is None


def test_a_foreign_seller_looks_like_one_that_does_not_exist():
    client, foreign = ApiClientFactory(), SellerFactory()

    assert identify(client.client_id, foreign.uuid) == identify(client.client_id, uuid.uuid4())


def test_of_several_sellers_the_one_of_the_path_is_taken():
    client = ApiClientFactory()
    sellers = SellerFactory.create_batch(3, organization=client.organization)

    found = [identify(client.client_id, seller.uuid).seller.pk for seller in sellers]

    assert found == [seller.pk for seller in sellers]


def test_a_disabled_seller_is_off_the_list_at_once():
    client = ApiClientFactory()
    seller = SellerFactory(organization=client.organization)
    assert identify(client.client_id, seller.uuid).seller is not None

    disable_seller(seller, by=BY, reason="closed")

    assert identify(client.client_id, seller.uuid).seller is None


def test_a_disabled_client_is_unknown_at_its_next_call():
    client = ApiClientFactory()
    other = ApiClientFactory(organization=client.organization)
    disable_client(client, by=BY, reason="left")

    assert identify(client.client_id, None) is None
    assert identify(other.client_id, None) is not None


def test_no_client_of_a_disabled_organization_is_known():
    client = ApiClientFactory()
    disable_organization(client.organization, by=BY, reason="contract ended")

    assert identify(client.client_id, None) is None


@pytest.mark.parametrize("client_id", ["nobody", "", "' OR 1=1 --", "api-client-%", "é"])
def test_a_client_id_is_a_value_and_never_a_pattern(client_id):
    ApiClientFactory()

    assert identify(client_id, None) is None


def test_new_terms_hold_from_the_next_call_on():
    client = ApiClientFactory(organization=OrganizationFactory(high_volume=True))
    assert identify(client.client_id, None).rate_limit_tier == "HIGH_VOLUME"

    change_terms(client.organization, Terms(allow_multi_vin_orders=True), by=BY)

    caller = identify(client.client_id, None)
    assert (caller.rate_limit_tier, caller.allow_multi_vin_orders) == ("STANDARD", True)
