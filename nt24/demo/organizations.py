"""The demo tenants, clients, sellers and logins (contract 15, 16.15). Seeding again finds what is there.

Their secrets are kept in one file below `KEYS_DIR`, so that they stay the same from run to run; nowhere else are
they readable.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, User
from django.db import transaction

from nt24.actors import system
from nt24.addresses import Address
from nt24.demo.locks import hold_lock
from nt24.partners.actions import (
    CLIENT_ID_PREFIX,
    Terms,
    accept_dpa,
    change_terms,
    create_client,
    create_organization,
    register_seller,
    rotate_client_secret,
)
from nt24.partners.keys import EMBEDDED_REALM, OPENID_CONNECT
from nt24.partners.models import ApiClient, Organization, RateLimitTier, Seller
from nt24.partners.tokens import client_with
from nt24.people import roles

SECRETS_FILE = "demo.json"
SEED = system("seed_demo")

EVERYTHING = Terms(
    rate_limit_tier=RateLimitTier.ENTERPRISE,
    read_limit=60_000,
    write_limit=60_000,
    webhook_limit=6_000,
    allow_marketplace_led_kyc=True,
    allow_multi_vin_orders=True,
    allow_contact_personal_data=True,
    allow_kyc_document_download=True,
)
NOTHING_SPECIAL = Terms()


@dataclass(frozen=True, slots=True)
class DemoSeller:
    name: str
    vat_number: str  # with it the seller is found again
    address: Address
    admin_email: str


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    slug: str
    name: str
    terms: Terms
    has_accepted_dpa: bool
    sellers: tuple[DemoSeller, ...]


def german(street: str, post_code: str, city: str) -> Address:
    return Address(street=street, post_code=post_code, city=city, country="DE")


FIRST = DemoOrganization(
    slug="demo",
    name="Demo Bank AG",
    terms=EVERYTHING,
    has_accepted_dpa=True,
    sellers=(
        DemoSeller(
            "Autohaus Mustermann GmbH",
            "DE123456788",
            german("Hauptstraße 42", "10115", "Berlin"),
            "verkauf@mustermann.example",
        ),
        DemoSeller(
            "Nordwagen Handels GmbH",
            "DE234567894",
            german("Hafenstraße 7", "20457", "Hamburg"),
            "buero@nordwagen.example",
        ),
    ),
)
SECOND = DemoOrganization(
    slug="demo-two",
    name="Second Marketplace GmbH",
    terms=NOTHING_SPECIAL,
    has_accepted_dpa=True,
    sellers=(
        DemoSeller(
            "Rheinauto Beispiel GmbH",
            "DE345678906",
            german("Rheinallee 3", "50667", "Köln"),
            "info@rheinauto.example",
        ),
    ),
)
WITHOUT_DPA = DemoOrganization(
    slug="demo-dpa-pending",
    name="Marketplace without DPA GmbH",
    terms=EVERYTHING,
    has_accepted_dpa=False,
    sellers=(
        DemoSeller(
            "Wartende Wagen GmbH",
            "DE456789019",
            german("Wartestraße 1", "80331", "München"),
            "info@wartende-wagen.example",
        ),
    ),
)
# One of each role, and a second case handler: some decisions need two.
ADMINISTRATOR, AUDITOR = "admin", "auditor"
HANDLER, SECOND_HANDLER, VIEWER = "handler", "second", "viewer"
ROLE_OF = {
    ADMINISTRATOR: roles.ADMINISTRATOR,
    AUDITOR: roles.AUDITOR,
    HANDLER: roles.CASE_HANDLER,
    SECOND_HANDLER: roles.CASE_HANDLER,
    VIEWER: roles.VIEWER,
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization as somebody needs it who wants to call the API."""

    organization_uuid: str
    client_id: str
    client_secret: str
    seller_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    password: str

    @property
    def role(self) -> str:
        return ROLE_OF[self.username]


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything the seed has made; `base_url` is where the portal answers."""

    base_url: str
    first: Tenant
    second: Tenant
    without_dpa: Tenant
    staff: Login
    auditor: Login
    colleagues: tuple[Login, ...]

    @property
    def logins(self) -> tuple[Login, ...]:
        return (self.staff, self.auditor, *self.colleagues)

    @property
    def token_url(self) -> str:
        return f"{self.base_url}{EMBEDDED_REALM}{OPENID_CONNECT}/token"

    def as_json(self) -> dict[str, Any]:
        """The members of contract 15 and 16.15."""
        first, second, pending = self.first, self.second, self.without_dpa
        return {
            "baseUrl": self.base_url,
            "tokenUrl": self.token_url,
            "organizationUuid": first.organization_uuid,
            "clientId": first.client_id,
            "clientSecret": first.client_secret,
            "sellerId": first.seller_ids[0],
            "secondSellerId": first.seller_ids[1],
            "secondOrganization": {
                "organizationUuid": second.organization_uuid,
                "clientId": second.client_id,
                "clientSecret": second.client_secret,
                "sellerId": second.seller_ids[0],
            },
            "dpaPendingOrganization": {
                "clientId": pending.client_id,
                "clientSecret": pending.client_secret,
                "sellerId": pending.seller_ids[0],
            },
            "staff": asdict(self.staff),
            "auditor": asdict(self.auditor),
        }


def secrets_path() -> Path:
    return Path(settings.KEYS_DIR) / SECRETS_FILE


def seed(*, base_url: str) -> Demo:
    """Make what is missing, and bring terms and secrets back to what the demo says."""
    with kept_secrets() as kept:
        return Demo(
            base_url=base_url,
            first=seed_tenant(FIRST, kept),
            second=seed_tenant(SECOND, kept),
            without_dpa=seed_tenant(WITHOUT_DPA, kept),
            staff=seed_login(ADMINISTRATOR, kept),
            auditor=seed_login(AUDITOR, kept),
            colleagues=tuple(seed_login(name, kept) for name in (HANDLER, SECOND_HANDLER, VIEWER)),
        )


@contextmanager
def kept_secrets() -> Iterator[dict[str, str]]:
    """The kept secrets by client id or username; written back at the end, also of a seed that fails half way.

    A second seed waits for the first one.
    """
    path = secrets_path()
    with hold_lock(path.with_suffix(".lock")):
        before = json.loads(path.read_text()) if path.exists() else {}
        kept = dict(before)
        try:
            yield kept
        finally:
            if kept != before:
                draft = path.with_suffix(".draft")
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    json.dump(kept, file, indent=1)
                draft.replace(path)


def seed_tenant(wanted: DemoOrganization, kept: dict[str, str]) -> Tenant:
    organization = seed_organization(wanted)
    client_id = f"{CLIENT_ID_PREFIX}{wanted.slug}"
    kept[client_id] = valid_secret(organization, wanted.slug, kept.get(client_id, ""))
    return Tenant(
        organization_uuid=str(organization.uuid),
        client_id=client_id,
        client_secret=kept[client_id],
        seller_ids=tuple(str(seed_seller(organization, seller).uuid) for seller in wanted.sellers),
    )


@transaction.atomic
def seed_organization(wanted: DemoOrganization) -> Organization:
    organization = Organization.objects.filter(slug=wanted.slug).first() or create_organization(
        name=wanted.name,
        slug=wanted.slug,
        admin_email=f"admin@{wanted.slug}.example",
        terms=wanted.terms,
        by=SEED,
    )
    change_terms(organization, wanted.terms, by=SEED)
    if wanted.has_accepted_dpa and organization.dpa_version < settings.DPA_VERSION:
        accept_dpa(organization, version=settings.DPA_VERSION, by=SEED)
    return organization


@transaction.atomic
def seed_seller(organization: Organization, wanted: DemoSeller) -> Seller:
    existing = (
        Seller.objects.filter(organization=organization, vat_number=wanted.vat_number).order_by("pk").first()
    )
    return existing or register_seller(organization, **asdict(wanted), by=SEED)


def valid_secret(organization: Organization, slug: str, secret: str) -> str:
    """The kept secret while it opens the door, else a new one (the file or the database is another one)."""
    client_id = f"{CLIENT_ID_PREFIX}{slug}"
    if secret and client_with(client_id, secret) is not None:
        return secret
    client = ApiClient.objects.filter(client_id=client_id).first()
    if client is not None:
        return rotate_client_secret(client, by=SEED)
    return create_client(organization, slug=slug, label="Demo client", by=SEED)[1]


def seed_login(username: str, kept: dict[str, str]) -> Login:
    """A staff user with the kept password and exactly his role."""
    password = kept.setdefault(username, secrets.token_urlsafe(12))
    user = User.objects.filter(username=username).first()
    # Hashing takes a good part of a second: on SQLite every other writer would wait for it inside the transaction.
    if user is None or not check_password(password, user.password):
        keep_login(username, hashed=make_password(password))
    else:
        keep_login(username, hashed=user.password)
    return Login(username, password)


@transaction.atomic
def keep_login(username: str, *, hashed: str) -> None:
    """Write only what differs."""
    email = f"{username}@nt24.example"
    user, _ = User.objects.get_or_create(username=username, defaults={"email": email, "password": hashed})
    wanted = {"password": hashed, "is_active": True, "is_staff": True, "is_superuser": False}
    if changes := {name: value for name, value in wanted.items() if getattr(user, name) != value}:
        User.objects.filter(pk=user.pk).update(**changes)
    if [group.name for group in user.groups.all()] != [ROLE_OF[username]]:
        user.groups.set([Group.objects.get(name=ROLE_OF[username])])
