"""What waits for a person or has got stuck, as counts: one table, and one query for all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, Min, Model, OuterRef, QuerySet, Value

from buyers.invitation_models import Invitation
from buyers.models import Kyc, VerificationSession
from compliance.lists import NEWEST, Lookups, list_of
from compliance.models import ExportFile
from nt24.documents.models import Document, ScanStatus
from nt24.mail.models import Mail
from nt24.proposals.models import Proposal
from nt24.webhooks.models import Delivery, Endpoint

SCAN_TAKES = timedelta(minutes=15)
RENDER_TAKES = timedelta(minutes=15)
FAILED_DELIVERIES_SHOWN = timedelta(hours=24)
FAILED_MAIL_SHOWN = timedelta(days=7)  # what failed before was seen, or is of no use any more
EXPIRES_SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Pile:
    """Rows that wait for the same thing. `since` is the field that says for how long."""

    name: str
    title: str
    about: str
    model: type[Any]
    lookups: Callable[[datetime], Lookups]
    since: str = "created_at"
    is_newest: bool = False  # of an order's Export Files: a version that was replaced needs nobody


@dataclass(frozen=True, slots=True)
class Waiting:
    name: str
    title: str
    about: str
    model: type[Model]
    count: int
    since: datetime | None
    url: str


PILES = (
    Pile(
        "reviews",
        "Identities to review",
        "Mode B: approve or reject what the verification left open.",
        VerificationSession,
        lambda now: {"status__exact": VerificationSession.Status.IN_REVIEW},
    ),
    Pile(
        "screening",
        "Hits of the AML screening",
        "Clearing one takes two people.",
        Kyc,
        lambda now: {"aml_status__exact": Kyc.Aml.FLAGGED},
        since="updated_at",
    ),
    Pile(
        "proposals",
        "Proposals for a second person",
        "Overrides of a verdict and clearings of the screening: accept or decline what somebody else proposed.",
        Proposal,
        lambda now: {"status__exact": Proposal.Status.PENDING},
    ),
    Pile(
        "quarantine",
        "Documents in quarantine",
        "Infected: ask for the paper again, then archive it.",
        Document,
        lambda now: {"scan_status__exact": ScanStatus.INFECTED, "status__exact": Document.Status.ACTIVE},
    ),
    Pile(
        "unscanned",
        "Documents waiting for the scanner",
        "For more than 15 minutes: the scanner may be down.",
        Document,
        lambda now: {"scan_status__exact": ScanStatus.PENDING, "created_at__lt": now - SCAN_TAKES},
    ),
    Pile(
        "exports_failed",
        "Export Files that failed",
        "Ask for a new version on the page of the order.",
        ExportFile,
        lambda now: {"status__exact": ExportFile.Status.FAILED},
        is_newest=True,
    ),
    Pile(
        "exports_slow",
        "Export Files not ready after 15 minutes",
        "The worker, the storage or the time stamp may be away.",
        ExportFile,
        lambda now: {
            "status__in": [ExportFile.Status.PENDING, ExportFile.Status.GENERATING],
            "created_at__lt": now - RENDER_TAKES,
        },
    ),
    Pile(
        "invitations",
        "Invitations that expire within 3 days",
        "Not used yet: send them again or call the buyer.",
        Invitation,
        lambda now: {"status__exact": Invitation.Status.ACTIVE, "expires_at__lt": now + EXPIRES_SOON},
        since="expires_at",
    ),
    Pile(
        "paused",
        "Webhook endpoints paused",
        "Events are kept and go out when the endpoint is resumed.",
        Endpoint,
        lambda now: {"status__exact": Endpoint.Status.PAUSED, "deleted_at__isnull": True},
        since="paused_at",
    ),
    Pile(
        "failing",
        "Webhook endpoints failing",
        "Still tried; paused after 20 failures or 72 hours.",
        Endpoint,
        lambda now: {
            "status__exact": Endpoint.Status.ACTIVE,
            "failing_since__isnull": False,
            "deleted_at__isnull": True,
        },
        since="failing_since",
    ),
    Pile(
        "deliveries",
        "Deliveries given up in the last 24 hours",
        "Replay them when the receiver is well again.",
        Delivery,
        lambda now: {
            "status__exact": Delivery.Status.FAILED,
            "last_attempt_at__gte": now - FAILED_DELIVERIES_SHOWN,
        },
        since="last_attempt_at",
    ),
    Pile(
        "mail",
        "Mail not sent in the last 7 days",
        "The address may be wrong, or the mail server was away.",
        Mail,
        lambda now: {"status__exact": Mail.Status.FAILED, "created_at__gte": now - FAILED_MAIL_SHOWN},
    ),
)


def waiting_at(now: datetime) -> tuple[Waiting, ...]:
    """Every pile with its size, empty ones too, in the table's order."""
    first, *others = [counted(pile, now) for pile in PILES]
    found = {name: (count, since) for name, count, since in first.union(*others, all=True)}
    return tuple(shown(pile, now, *found.get(pile.name, (0, None))) for pile in PILES)


def counted(pile: Pile, now: datetime) -> QuerySet[Any]:
    """One row: name, count, the oldest one's time."""
    rows: QuerySet[Any] = pile.model._base_manager.filter(**pile.lookups(now))
    if pile.is_newest:
        rows = newest_versions(rows)
    return (
        rows.annotate(pile=Value(pile.name, CharField()))
        .values("pile")
        .annotate(number=Count("*"), oldest=Min(pile.since))
        .values_list("pile", "number", "oldest")
        .order_by()
    )


def newest_versions(files: QuerySet[ExportFile]) -> QuerySet[ExportFile]:
    """Those that no later version of the same order has replaced."""
    later = ExportFile.objects.filter(order=OuterRef("order"), number__gt=OuterRef("number"))
    return files.filter(~Exists(later))


def shown(pile: Pile, now: datetime, count: int, since: datetime | None) -> Waiting:
    more = {NEWEST: "yes"} if pile.is_newest else {}
    url = list_of(pile.model, pile.lookups(now), **more)
    return Waiting(pile.name, pile.title, pile.about, pile.model, count, since, url)
