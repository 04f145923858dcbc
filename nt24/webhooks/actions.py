"""Every write about endpoints that somebody asks for: registering, changing, new secrets, replays and tests.

What the delivery of events itself writes is in `delivering.py`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from nt24.actors import Actor
from nt24.claims import database_time
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.events import announce
from nt24.lifecycle import move
from nt24.nudges import nudge
from nt24.partners.models import Organization, Seller
from nt24.records import action, assigned
from nt24.vault import encrypt
from nt24.webhooks.models import SCHEMA_VERSION, Delivery, Endpoint, freeze

SECRET_PREFIX = "whsec_"  # noqa: S105  the prefix, contract 12
SECRET_OVERLAP = timedelta(hours=24)  # contract 12
MAX_ENDPOINTS = 50  # of one organization: each of them costs a request for every event


class TooManyEndpoints(StateConflict):
    def __init__(self) -> None:
        super().__init__(f"An organization has at most {MAX_ENDPOINTS} webhook endpoints; delete one first.")


class EndpointDisabled(StateConflict):
    def __init__(self) -> None:
        super().__init__("This endpoint is DISABLED and gets no deliveries; set it ACTIVE first.")


@action
def register_endpoint(
    organization_id: int,
    *,
    url: str,
    events: list[str],
    partner_ids: Sequence[UUID] | None,
    secret: str,
    by: Actor,
    schema_versions: Sequence[int] = (SCHEMA_VERSION,),
) -> tuple[Endpoint, str]:
    """A new active endpoint and its secret, which is readable only in this answer; an empty `secret` makes one.

    The caller has checked the url (nt24/egress.py): that asks the name service, which no transaction waits for.

    :raises ValidationFailed: a partner is not one of the organization's.
    :raises TooManyEndpoints: there are `MAX_ENDPOINTS` already.
    """
    # Two registrations at once stand in line here, so that the limit holds.
    Organization.objects.select_for_update().get(pk=organization_id)
    if Endpoint.objects.visible_to(organization_id).count() >= MAX_ENDPOINTS:
        raise TooManyEndpoints
    secret = secret or new_secret()
    endpoint = Endpoint.objects.create(
        organization_id=organization_id,
        url=url,
        events=events,
        partner_uuids=known_partners(organization_id, partner_ids),
        schema_versions=list(schema_versions),
        secret=encrypt(secret),
    )
    announce(
        endpoint,
        "endpoint.registered",
        by=by,
        organization_id=organization_id,
        changes={"url": [None, origin_of(url)], "events": [None, events]},
    )
    return endpoint, secret


@action
def update_endpoint(endpoint: Endpoint, *, by: Actor, reason: str = "", **sent: Any) -> Endpoint:
    """Change what was sent: `url`, `events`, `partner_ids`, `schema_versions`, and `status`, which resumes when it
    becomes ACTIVE.

    `reason` is why the status changes.

    :raises ValidationFailed: a partner is not one of the organization's.
    """
    status = sent.pop("status", endpoint.status)
    if "partner_ids" in sent:
        sent["partner_uuids"] = known_partners(endpoint.organization_id, sent.pop("partner_ids"))
    if changed := assigned(endpoint, sent):
        shown = {name: [shown_of(name, value) for value in pair] for name, pair in changed.items()}
        endpoint.save_changes(*changed)
        announce(endpoint, "endpoint.updated", by=by, organization_id=endpoint.organization_id, changes=shown)
    if status != endpoint.status:
        move_endpoint(endpoint, status, by=by, reason=reason)
    return endpoint


def move_endpoint(endpoint: Endpoint, to: str, *, by: Actor, reason: str) -> None:
    """Pause, disable or resume. What waits goes out on resume, on a plan that starts anew: the old one has passed."""
    is_paused = to == Endpoint.Status.PAUSED
    endpoint.paused_at = timezone.now() if is_paused else None
    endpoint.pause_reason = Endpoint.PauseReason.REQUESTED if is_paused else ""
    endpoint.consecutive_failures, endpoint.failing_since = 0, None
    also = ("paused_at", "pause_reason", "consecutive_failures", "failing_since")
    move(endpoint, to, by=by, also=also, reason=reason, organization_id=endpoint.organization_id)
    if to == Endpoint.Status.ACTIVE:
        now = database_time()
        waiting = Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.PENDING)
        waiting.update(due_at=now, planned_from=now, failures=0)
        start_delivering()


@action
def rotate_endpoint_secret(endpoint: Endpoint, *, by: Actor) -> str:
    """A new secret, readable only in this answer; the one before it signs as well for 24 hours, an older one ends."""
    secret = new_secret()
    endpoint.previous_secret = endpoint.secret
    endpoint.previous_secret_until = timezone.now() + SECRET_OVERLAP
    endpoint.secret = encrypt(secret)
    endpoint.save_changes("secret", "previous_secret", "previous_secret_until")
    announce(
        endpoint,
        "endpoint.secret_rotated",
        by=by,
        organization_id=endpoint.organization_id,
        changes={"previous_secret_valid_until": [None, endpoint.previous_secret_until.isoformat()]},
    )
    return secret


@action
def confirm_endpoint_secret(endpoint: Endpoint, *, by: Actor) -> None:
    """The receiver has the new secret: the one before signs no more from now on (contract 17.3).

    Without a second secret there is nothing to do, so this may be said twice.
    """
    if endpoint.old_secret_until is None:
        return
    ended = {"previous_secret_valid_until": [endpoint.old_secret_until.isoformat(), None]}
    endpoint.previous_secret, endpoint.previous_secret_until = None, None
    endpoint.save_changes("previous_secret", "previous_secret_until")
    announce(
        endpoint,
        "endpoint.secret_confirmed",
        by=by,
        organization_id=endpoint.organization_id,
        changes=ended,
    )


@action
def delete_endpoint(endpoint: Endpoint, *, by: Actor, reason: str = "") -> None:
    """Take it away with its secrets; its history ages out with everybody's. What still waited is not sent."""
    endpoint.deleted_at = timezone.now()
    endpoint.secret, endpoint.previous_secret = b"", None
    endpoint.save_changes("deleted_at", "secret", "previous_secret")
    organization_id = endpoint.organization_id
    announce(endpoint, "endpoint.deleted", by=by, organization_id=organization_id, reason=reason)


@action
def fire_test(endpoint: Endpoint, *, event_type: str, data: dict[str, Any], by: Actor) -> Delivery:
    """Send `data` verbatim as an event of this type, whatever the endpoint subscribes to.

    :raises EndpointDisabled: nothing would be sent.
    """
    refuse_disabled(endpoint)
    organization_id = endpoint.organization_id
    message = freeze(event_type, by=by, organization_id=organization_id, seller=None, data=data)
    message.is_distributed = True  # to this endpoint alone
    message.save(force_insert=True)
    delivery = Delivery.objects.create(endpoint=endpoint, message=message)
    announce(
        endpoint,
        "endpoint.tested",
        by=by,
        organization_id=organization_id,
        changes={"event_type": [None, event_type]},
    )
    start_delivering()
    return delivery


@action
def replay_delivery(delivery: Delivery, *, by: Actor) -> Delivery:
    """The same event once more, as a new delivery with a plan of its own.

    :raises EndpointDisabled: nothing would be sent.
    """
    endpoint = delivery.endpoint
    refuse_disabled(endpoint)
    replay = Delivery.objects.create(endpoint=endpoint, message=delivery.message, replay_of=delivery)
    say_replayed(endpoint, by=by, changes={"delivery": [delivery.public_id, replay.public_id]})
    start_delivering()
    return replay


@action
def replay_failed(endpoint: Endpoint, *, since: datetime, by: Actor) -> int:
    """Replay every failed delivery since then whose event has not arrived or been queued anew meanwhile.

    :raises EndpointDisabled: nothing would be sent.
    """
    refuse_disabled(endpoint)
    later = Delivery.objects.filter(endpoint=endpoint, message=OuterRef("message"), pk__gt=OuterRef("pk"))
    failed = Delivery.objects.filter(
        ~Exists(later), endpoint=endpoint, status=Delivery.Status.FAILED, created_at__gte=since
    )
    queued = bulk_replay(endpoint, failed.order_by("pk").values_list("pk", "message_id"))
    say_replayed(endpoint, by=by, changes={"since": [None, since.isoformat()], "queued": [None, queued]})
    start_delivering()
    return queued


def bulk_replay(endpoint: Endpoint, failed: Iterable[tuple[int, int]]) -> int:
    replays = [
        Delivery(endpoint=endpoint, replay_of_id=pk, message_id=message_id) for pk, message_id in failed
    ]
    return len(Delivery.objects.bulk_create(replays, batch_size=500))


def say_replayed(endpoint: Endpoint, *, by: Actor, changes: dict[str, Any]) -> None:
    announce(endpoint, "endpoint.replayed", by=by, organization_id=endpoint.organization_id, changes=changes)


def refuse_disabled(endpoint: Endpoint) -> None:
    if endpoint.status == Endpoint.Status.DISABLED:
        raise EndpointDisabled


def start_delivering() -> None:
    from nt24.webhooks.tasks import deliver_due

    nudge(deliver_due)


def new_secret() -> str:
    return f"{SECRET_PREFIX}{secrets.token_urlsafe(32)}"


def known_partners(organization_id: int, wanted: Sequence[UUID] | None) -> list[str] | None:
    """The sellers as kept in the row.

    :raises ValidationFailed: one of them is not the organization's.
    """
    if wanted is None:
        return None
    known = set(
        Seller.objects.filter(organization_id=organization_id, uuid__in=wanted).values_list("uuid", flat=True)
    )
    if unknown := [
        FieldError(
            f"partnerIds[{place}]", "This is not an authorized partner of your organization.", str(one)
        )
        for place, one in enumerate(wanted)
        if one not in known
    ]:
        raise ValidationFailed(*unknown)
    return [str(one) for one in dict.fromkeys(wanted)]


def origin_of(url: str) -> str:
    """Scheme, host and port: path and query of a hook often hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def shown_of(name: str, value: Any) -> Any:
    """A member as the trail may show it."""
    return origin_of(value) if name == "url" else value
