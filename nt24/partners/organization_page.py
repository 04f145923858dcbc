"""An organization on one page. The number of queries does not depend on how many sellers or clients it has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from nt24.partners.gates import CAPABILITIES, last_day_of_grace
from nt24.partners.models import Agreement, ApiClient, ClientSecret, Organization, Seller
from nt24.staff.timeline import Moments, moments
from nt24.webhooks.actions import origin_of
from nt24.webhooks.models import Endpoint

SELLERS_SHOWN = 50
CLIENTS_SHOWN = 50
AGREEMENTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organization stands with the data processing agreement (contract 5), in one code and one sentence."""

    code: str
    sentence: str
    required: str
    is_open: bool  # whether the API answers


@dataclass(frozen=True, slots=True)
class ClientShown:
    """A client and how many of its secrets are valid; never a secret, never a digest."""

    client: ApiClient
    valid_secrets: int
    newest_secret_at: datetime | None
    old_one_until: datetime | None


@dataclass(frozen=True, slots=True)
class EndpointShown:
    endpoint: Endpoint
    origin: str


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    organization: Organization
    agreement: Standing
    agreements: Sequence[Agreement]
    limits: Sequence[tuple[str, int]]
    capabilities: Mapping[str, bool]
    sellers: Sequence[Seller]
    has_more_sellers: bool
    clients: Sequence[ClientShown]
    endpoints: Sequence[EndpointShown]
    moments: Moments


def organization_page(organization: Organization, before: int | None = None) -> OrganizationPage:
    """`before` is an entry whose predecessors are the history that is shown."""
    sellers = list(Seller.objects.filter(organization=organization).order_by("-pk")[: SELLERS_SHOWN + 1])
    clients = clients_of(organization)
    endpoints = list(Endpoint.objects.visible_to(organization.pk).order_by("pk"))
    about = [organization, *(shown.client for shown in clients), *endpoints, *sellers]
    return OrganizationPage(
        organization=organization,
        agreement=agreement_of(organization, timezone.now().date()),
        agreements=list(Agreement.objects.filter(organization=organization)[:AGREEMENTS_SHOWN]),
        limits=limits_of(organization),
        capabilities={outside: getattr(organization, name) for name, outside in CAPABILITIES.items()},
        sellers=sellers[:SELLERS_SHOWN],
        has_more_sellers=len(sellers) > SELLERS_SHOWN,
        clients=clients,
        endpoints=[EndpointShown(endpoint, origin_of(endpoint.url)) for endpoint in endpoints],
        moments=moments(about=[record.uuid for record in about], before=before),
    )


def agreement_of(organization: Organization, today: date) -> Standing:
    """As the gate judges it (nt24/partners/gates.py)."""
    required, until = settings.DPA_VERSION, last_day_of_grace()
    if organization.dpa_accepted_at is None:
        return Standing("MISSING", "Nothing is accepted: the API answers 403.", required, is_open=False)
    if organization.dpa_version >= required:
        return Standing("ACCEPTED", "The required version is accepted.", required, is_open=True)
    if today <= until:
        sentence = f"An older version is enough until {until.isoformat()}."
        return Standing("PENDING", sentence, required, is_open=True)
    sentence = f"The older version was enough until {until.isoformat()}: the API answers 403."
    return Standing("EXPIRED", sentence, required, is_open=False)


def limits_of(organization: Organization) -> list[tuple[str, int]]:
    """Calls per minute, where the organization has limits of its own."""
    limits = {
        "Reads a minute": organization.read_limit,
        "Writes a minute": organization.write_limit,
        "Webhook calls a minute": organization.webhook_limit,
    }
    return [(name, limit) for name, limit in limits.items() if limit is not None]


def clients_of(organization: Organization) -> list[ClientShown]:
    rows = ApiClient.objects.filter(organization=organization).order_by("disabled_at", "client_id")
    return clients_shown(list(rows[:CLIENTS_SHOWN]))


def clients_shown(clients: Sequence[ApiClient]) -> list[ClientShown]:
    rows = ClientSecret.objects.valid_at(timezone.now()).filter(client__in=clients)
    valid: dict[int, list[ClientSecret]] = defaultdict(list)
    for secret in rows.defer("digest"):
        valid[secret.client_id].append(secret)  # newest first
    return [client_shown(client, valid[client.pk]) for client in clients]


def client_shown(client: ApiClient, secrets: Sequence[ClientSecret]) -> ClientShown:
    ends = [secret.expires_at for secret in secrets if secret.expires_at is not None]
    return ClientShown(
        client=client,
        valid_secrets=len(secrets),
        newest_secret_at=secrets[0].created_at if secrets else None,
        old_one_until=max(ends, default=None),
    )
