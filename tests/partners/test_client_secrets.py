"""Whose secret a client may renew, what of it comes back in a repeated call, and how a rotation ends (contract 17)."""

import pytest

from nt24.audit.models import Entry
from nt24.partners.models import ApiClient, ClientSecret
from nt24.partners.tokens import client_with
from tests.factories.partners import SECRET, ApiClientFactory
from tests.ledger import nothing_moves, refused
from tests.partner import Partner


@pytest.fixture
def sibling(plain_partner):
    """Another client of the same organization, which has no capability."""
    return Partner(ApiClientFactory(organization=plain_partner.seller.organization), plain_partner.seller)


def path_of(partner, verb="rotate-secret"):
    return f"/v1/clients/{partner.client.client_id}/{verb}"


def may_manage_clients(partner):
    organization = partner.seller.organization
    organization.manage_clients = True
    organization.save()


@pytest.mark.parametrize("verb", ["rotate-secret", "confirm-secret"])
def test_a_client_needs_no_capability_for_its_own_secret(plain_partner, verb):
    answer = plain_partner.post(path_of(plain_partner, verb))

    assert answer.status_code == 200
    assert answer.json()["clientId"] == plain_partner.client.client_id


@pytest.mark.parametrize("verb", ["rotate-secret", "confirm-secret"])
@pytest.mark.parametrize("key", [None, ""], ids=["with-key", "without-key"])
def test_a_siblings_secret_is_closed(plain_partner, sibling, verb, key):
    with nothing_moves():
        problem = refused(plain_partner.post(path_of(sibling, verb), key=key), 403, "capability-required")

    assert "manageClients" in problem["detail"]
    assert client_with(sibling.client.client_id, SECRET) == sibling.client


def test_a_siblings_answer_is_not_read_by_repeating_its_call(plain_partner, sibling):
    """Keys belong to the organization, so the stored answer would be found by whoever has the key."""
    secret = sibling.post(path_of(sibling), key="k-1").json()["secret"]

    answer = plain_partner.post(path_of(sibling), key="k-1")

    refused(answer, 403, "capability-required")
    assert secret not in answer.content.decode()
    assert sibling.post(path_of(sibling), key="k-1").json()["secret"] == secret


def test_who_may_manage_clients_renews_those_of_its_organization_alone(plain_partner, sibling):
    may_manage_clients(plain_partner)
    stranger = ApiClientFactory()

    secret = plain_partner.post(path_of(sibling)).json()["secret"]

    assert client_with(sibling.client.client_id, secret) == sibling.client
    assert plain_partner.post(path_of(sibling, "confirm-secret")).status_code == 200
    for client_id in (stranger.client_id, "nobody", sibling.client.client_id.upper()):
        for verb in ("rotate-secret", "confirm-secret"):
            refused(plain_partner.post(f"/v1/clients/{client_id}/{verb}"), 404, "not-found")


def test_the_capability_is_shown_where_it_is_on(plain_partner):
    published = {
        "rateLimitTier": "STANDARD",
        "allowMarketplaceLedKyc": False,
        "allowMultiVinOrders": False,
        "allowContactPersonalData": False,
        "allowKycDocumentDownload": False,
    }

    assert plain_partner.get("/v1/me").json()["capabilities"] == published
    may_manage_clients(plain_partner)
    assert plain_partner.get("/v1/me").json()["capabilities"] == {**published, "manageClients": True}


def test_a_cutover_that_is_confirmed_ends_the_old_secret_at_once(partner):
    new = partner.post(path_of(partner)).json()["secret"]
    client_id = partner.client.client_id
    assert client_with(client_id, SECRET) == client_with(client_id, new) == partner.client

    answer = partner.post(path_of(partner, "confirm-secret"))

    assert answer.json() == {"clientId": client_id}
    assert client_with(client_id, SECRET) is None
    assert client_with(client_id, new) == partner.client
    assert Entry.objects.filter(action="client.secret_confirmed").count() == 1


@pytest.mark.parametrize("rotations", [0, 1, 3])
def test_confirming_again_changes_nothing(partner, rotations):
    for _ in range(rotations):
        partner.post(path_of(partner))
    partner.post(path_of(partner, "confirm-secret"))
    before = (ApiClient.objects.get().version, Entry.objects.count())

    assert partner.post(path_of(partner, "confirm-secret")).status_code == 200

    assert (ApiClient.objects.get().version, Entry.objects.count()) == before
    assert ClientSecret.objects.filter(expires_at=None).count() == 1
