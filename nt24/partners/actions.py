"""Every write about tenants: organizations and their terms, clients and their secrets, sellers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from nt24.actors import Actor, ActorKind
from nt24.addresses import Address
from nt24.audit.access import note_access
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.events import announce, evidence_changed
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import render_mail
from nt24.partners.days import DEFAULT_ZONE
from nt24.partners.gates import last_day_of_grace
from nt24.partners.models import Agreement, ApiClient, ClientSecret, Organization, RateLimitTier, Seller
from nt24.partners.tokens import digest_of, new_secret
from nt24.records import Record, action, assigned

CLIENT_ID_PREFIX = "api-client-"  # contract 2
DPA_REMINDER = "partners.dpa_reminder"
DPA_REMINDED_EVERY_DAYS = 7
NOT_IN_THE_TRAIL = frozenset({"admin_email"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What an organization may do. The three limits (calls per minute) are ENTERPRISE's alone."""

    rate_limit_tier: str = RateLimitTier.STANDARD
    read_limit: int | None = None
    write_limit: int | None = None
    webhook_limit: int | None = None
    allow_marketplace_led_kyc: bool = False
    allow_multi_vin_orders: bool = False
    allow_contact_personal_data: bool = False
    allow_kyc_document_download: bool = False
    manage_clients: bool = False


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """Who has signed a data processing agreement and when, and its file, which is examined and stored already."""

    signed_on: date
    signer_name: str
    signer_role: str
    file_name: str
    content_type: str
    size: int
    sha256: str
    storage_key: str
    scan_status: str


@transaction.atomic
def create_organization(*, name: str, slug: str, admin_email: str, terms: Terms, by: Actor) -> Organization:
    """A new tenant without clients, sellers and an accepted DPA.

    :raises ValidationFailed: the slug is taken.
    :raises IntegrityError: the limits do not fit the tier.
    """
    organization = Organization(name=name, slug=slug, admin_email=admin_email, **asdict(terms))
    insert_first(organization, "slug", FieldError("slug", "Another organization has this slug.", slug))
    announce(organization, "organization.created", by=by, organization_id=organization.pk)
    return organization


def insert_first(record: Record, unique: str, taken: FieldError) -> None:
    """Insert and ask afterwards: of two who want the same name at once, the second one is told.

    :raises ValidationFailed: `taken`, because another row has this value of the member `unique`.
    :raises IntegrityError: another constraint is broken.
    """
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError as error:
        value = getattr(record, unique)
        if not type(record)._base_manager.filter(**{unique: value}).exists():
            raise
        raise ValidationFailed(taken) from error


@transaction.atomic
def update_organization(
    organization: Organization, *, by: Actor, expected_version: int | None = None, **sent: Any
) -> Organization:
    """Change what was sent: `name`, `admin_email`. The slug stays, because it stands in other systems.

    :raises VersionMismatch: it has another version than expected.
    """
    organization.expect_version(expected_version)
    if changes := assigned(organization, sent):
        organization.save_changes(*changes)
        shown = changes_shown(changes)
        announce(organization, "organization.updated", by=by, organization_id=organization.pk, changes=shown)
    return organization


def changes_shown(changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """As the trail may keep them for ever: that a mailbox changed, not whose it is."""
    return {name: ["…", "…"] if name in NOT_IN_THE_TRAIL else change for name, change in changes.items()}


@transaction.atomic
def change_terms(
    organization: Organization, terms: Terms, *, by: Actor, expected_version: int | None = None
) -> None:
    """Set tier, limits and capabilities; they hold from the next call on. Equal terms change nothing.

    :raises VersionMismatch: it has another version than expected.
    """
    organization.expect_version(expected_version)
    changes = assigned(organization, asdict(terms))
    if not changes:
        return
    organization.save_changes(*changes)
    announce(
        organization, "organization.terms_changed", by=by, organization_id=organization.pk, changes=changes
    )


@transaction.atomic
def accept_dpa(
    organization: Organization,
    *,
    version: str,
    by: Actor,
    signed: SignedAgreement | None = None,
    expected_version: int | None = None,
) -> Agreement:
    """Record that the organization has accepted this version of the data processing agreement.

    A new version counts from now on. The version that counts already may be recorded again, with its signed file or a
    better one; it still counts from when it was accepted first.

    :raises ValidationFailed: a newer version is accepted already.
    :raises VersionMismatch: it has another version than expected, or somebody records one at the same time.
    """
    organization.expect_version(expected_version)
    was = organization.dpa_version
    if version < was:
        raise ValidationFailed(FieldError("version", f"Version {was} is accepted already.", version))
    if version != was or organization.dpa_accepted_at is None:
        organization.dpa_version, organization.dpa_accepted_at = version, timezone.now()
    organization.save_changes("dpa_version", "dpa_accepted_at")
    agreement = Agreement.objects.create(
        organization=organization,
        dpa_version=version,
        recorded_by=by.label if by.kind == ActorKind.STAFF else f"command {by.id}",
        **(asdict(signed) if signed is not None else {}),
    )
    # Who has signed is on the agreement: the trail is kept for ever and names nobody of a partner's.
    announce(
        organization,
        "organization.dpa_accepted",
        by=by,
        organization_id=organization.pk,
        changes={
            "dpa_version": [was, version],
            **(
                {"signed_on": [None, signed.signed_on.isoformat()], "sha256": [None, signed.sha256]}
                if signed
                else {}
            ),
        },
    )
    return agreement


@action
def note_agreement_read(agreement: Agreement, *, by: Actor, purpose: str) -> None:
    """Write the access log entry of a look at a signed agreement: it names who has signed."""
    note_access(
        agreement.organization,
        "agreement.read",
        by=by,
        organization_id=agreement.organization_id,
        purpose=purpose,
        agreement=str(agreement.uuid),
    )


@action
def remind_of_dpa(organization: Organization, *, by: Actor) -> bool:
    """Mail the admin, at most weekly, while an older version of the DPA is only enough for a time (contract 5)."""
    today = timezone.now().date()
    # Two runs at once stand in line here; the second one finds the mail of the first.
    locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if not is_in_grace(locked, today) or was_reminded_of_dpa(locked, today):
        return False
    content = render_mail(
        "dpa_reminder",
        {
            "organization": locked.name,
            "accepted_version": locked.dpa_version,
            "version": settings.DPA_VERSION,
            "since": date.fromisoformat(settings.DPA_VERSION_SINCE),
            "last_day": last_day_of_grace(),
        },
        language=settings.LANGUAGE_CODE,
    )
    queue_mail(
        DPA_REMINDER, to=locked.admin_email, content=content, organization_id=locked.pk, about=locked.uuid
    )
    announce(
        locked,
        "organization.dpa_reminded",
        by=by,
        organization_id=locked.pk,
        changes={"required_version": [locked.dpa_version, settings.DPA_VERSION]},
    )
    return True


def is_in_grace(organization: Organization, today: date) -> bool:
    """Whether the version it has accepted is not the required one, and still enough."""
    return (
        organization.disabled_at is None
        and organization.dpa_accepted_at is not None
        and organization.dpa_version < settings.DPA_VERSION
        and date.fromisoformat(settings.DPA_VERSION_SINCE) <= today <= last_day_of_grace()
    )


def was_reminded_of_dpa(organization: Organization, today: date) -> bool:
    """Within the last week, counted in days: the hour at which the task happens to run does not matter."""
    first_day = today - timedelta(days=DPA_REMINDED_EVERY_DAYS - 1)
    since = datetime.combine(first_day, time.min, UTC)
    return Mail.objects.filter(organization=organization, kind=DPA_REMINDER, created_at__gte=since).exists()


@transaction.atomic
def disable_organization(organization: Organization, *, by: Actor, reason: str) -> None:
    """Shut out all its clients from their next call on; nothing is deleted.

    :raises StateConflict: it is disabled already.
    """
    if organization.disabled_at is not None:
        raise StateConflict("This organization is disabled already.", current=organization)
    organization.disabled_at = timezone.now()
    organization.save_changes("disabled_at")
    announce(organization, "organization.disabled", by=by, organization_id=organization.pk, reason=reason)


@transaction.atomic
def enable_organization(organization: Organization, *, by: Actor, reason: str) -> None:
    """Let its clients in again; those that were disabled one by one stay so.

    :raises StateConflict: it is not disabled.
    """
    if organization.disabled_at is None:
        raise StateConflict("This organization is not disabled.", current=organization)
    organization.disabled_at = None
    organization.save_changes("disabled_at")
    announce(organization, "organization.enabled", by=by, organization_id=organization.pk, reason=reason)


@transaction.atomic
def register_seller(
    organization: Organization,
    *,
    name: str,
    vat_number: str,
    address: Address,
    admin_email: str,
    time_zone: str = DEFAULT_ZONE,
    by: Actor,
) -> Seller:
    """Add an authorized partner to the organization's list."""
    seller = Seller.objects.create(
        organization=organization,
        name=name,
        vat_number=vat_number,
        street=address["street"],
        post_code=address["post_code"],
        city=address["city"],
        country=address["country"],
        admin_email=admin_email,
        time_zone=time_zone,
    )
    announce(seller, "seller.registered", by=by, seller=seller)
    return seller


@transaction.atomic
def update_seller(
    seller: Seller,
    *,
    by: Actor,
    expected_version: int | None = None,
    address: Address | None = None,
    **sent: Any,
) -> Seller:
    """Change what was sent: `name`, `vat_number`, `address`, `admin_email`, `time_zone`.

    Before the pickup an order departs from the seller's country (contract 10), so a new one is evidence; the number
    is the requester of the next VIES check on.

    :raises VersionMismatch: it has another version than expected.
    """
    seller.expect_version(expected_version)
    changes = assigned(seller, {**sent, **(address or {})})
    if not changes:
        return seller
    seller.save_changes(*changes)
    announce(seller, "seller.updated", by=by, seller=seller, changes=changes_shown(changes))
    if "country" in changes:
        evidence_changed.send(sender=Seller, seller_id=seller.pk, by=by)
    return seller


@transaction.atomic
def disable_seller(seller: Seller, *, by: Actor, reason: str) -> None:
    """Take the seller off the organization's list: calls for it answer 403 from now on.

    :raises StateConflict: it is disabled already.
    """
    if seller.disabled_at is not None:
        raise StateConflict("This seller is disabled already.", current=seller)
    seller.disabled_at = timezone.now()
    seller.save_changes("disabled_at")
    announce(seller, "seller.disabled", by=by, seller=seller, reason=reason)


@transaction.atomic
def enable_seller(seller: Seller, *, by: Actor, reason: str) -> None:
    """Put the seller on the organization's list again.

    :raises StateConflict: it is not disabled.
    """
    if seller.disabled_at is None:
        raise StateConflict("This seller is not disabled.", current=seller)
    seller.disabled_at = None
    seller.save_changes("disabled_at")
    announce(seller, "seller.enabled", by=by, seller=seller, reason=reason)


@transaction.atomic
def create_client(organization: Organization, *, slug: str, label: str, by: Actor) -> tuple[ApiClient, str]:
    """A new client `api-client-{slug}` and its secret, which is readable only in this answer.

    :raises ValidationFailed: the slug is taken.
    """
    client = ApiClient(organization=organization, client_id=f"{CLIENT_ID_PREFIX}{slug}", label=label)
    insert_first(client, "client_id", FieldError("slug", "There is a client with this id already.", slug))
    secret = new_secret()
    ClientSecret.objects.create(client=client, digest=digest_of(secret))
    announce(client, "client.created", by=by, organization_id=organization.pk)
    return client, secret


@transaction.atomic
def rotate_client_secret(client: ApiClient, *, by: Actor) -> str:
    """A new secret, readable only in this answer; the one before it stays valid for `CLIENT_SECRET_OVERLAP`.

    At most two are valid at any time: what an earlier rotation had left over ends now.

    :raises StateConflict: the client is disabled.
    """
    # Two rotations at once stand in line here; without that both would end the same secret and add one.
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    if locked.disabled_at is not None:
        raise StateConflict("This client is disabled; it gets no new secret.", current=locked)
    now, secret = timezone.now(), new_secret()
    old_one_ends_at = now + settings.CLIENT_SECRET_OVERLAP
    valid = ClientSecret.objects.valid_at(now).filter(client=locked)
    valid.filter(expires_at__isnull=False).update(expires_at=now)
    valid.filter(expires_at__isnull=True).update(expires_at=old_one_ends_at)
    ClientSecret.objects.create(client=locked, digest=digest_of(secret), created_at=now)
    # The version moves, so that a form that was opened before does not end the secret that is in use meanwhile.
    locked.save_changes()
    announce(
        locked,
        "client.secret_rotated",
        by=by,
        organization_id=locked.organization_id,
        changes={"previousSecretValidUntil": [None, old_one_ends_at.isoformat()]},
    )
    return secret


@transaction.atomic
def confirm_client_secret(client: ApiClient, *, by: Actor) -> None:
    """The partner has changed over: from now on the newest secret alone is valid (contract 17.3).

    Without a second secret there is nothing to do, so this may be said twice.
    """
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    now = timezone.now()
    old = ClientSecret.objects.valid_at(now).filter(client=locked, expires_at__isnull=False)
    ends_at = old.values_list("expires_at", flat=True).first()
    if ends_at is None:
        return
    old.update(expires_at=now)
    locked.save_changes()
    announce(
        locked,
        "client.secret_confirmed",
        by=by,
        organization_id=locked.organization_id,
        changes={"previousSecretValidUntil": [ends_at.isoformat(), None]},
    )


@transaction.atomic
def disable_client(client: ApiClient, *, by: Actor, reason: str) -> None:
    """Shut the client out from its next call on, whatever tokens it still has.

    :raises StateConflict: it is disabled already.
    """
    if client.disabled_at is not None:
        raise StateConflict("This client is disabled already.", current=client)
    client.disabled_at = timezone.now()
    client.save_changes("disabled_at")
    announce(client, "client.disabled", by=by, organization_id=client.organization_id, reason=reason)


@transaction.atomic
def enable_client(client: ApiClient, *, by: Actor, reason: str) -> None:
    """Let the client in again, with the secrets that are still valid.

    :raises StateConflict: it is not disabled.
    """
    if client.disabled_at is None:
        raise StateConflict("This client is not disabled.", current=client)
    client.disabled_at = None
    client.save_changes("disabled_at")
    announce(client, "client.enabled", by=by, organization_id=client.organization_id, reason=reason)
