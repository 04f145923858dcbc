"""What waits for a person or has got stuck, as counts: one table, and one query for all of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, DateTimeField, Exists, Min, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Kyc, VerificationSession
from compliance.lists import DEADLINE, FINAL_INVOICE, NEWEST, Lookups, list_of
from compliance.models import ExportFile, Rollup, Status
from nt24.documents.models import Document, ScanStatus
from nt24.mail.models import Mail
from nt24.proposals.models import Proposal
from nt24.webhooks.models import Delivery, Endpoint
from orders.models import Invoice, Order
from transport.models import Milestone

SCAN_TAKES = timedelta(minutes=15)
RENDER_TAKES = timedelta(minutes=15)
FAILED_DELIVERIES_SHOWN = timedelta(hours=24)
FAILED_MAIL_SHOWN = timedelta(days=7)  # what failed before was seen, or is of no use any more
EXPIRES_SOON = timedelta(days=3)
DEADLINE_NEAR = timedelta(days=14)
NO_TIME = Cast(Value(None), DateTimeField())  # typed, because PostgreSQL unites columns of one type only
WITHOUT_PROOF_OF_DELIVERY = ["DELIVERY_NOT_CONFIRMED", "MISSING_CMR", "MISSING_DELIVERY_PROOF"]


def newest_versions(files: QuerySet[ExportFile]) -> QuerySet[ExportFile]:
    """Those that no later version of the same order has replaced."""
    later = ExportFile.objects.filter(order=OuterRef("order"), number__gt=OuterRef("number"))
    return files.filter(~Exists(later))


def final_invoice_due() -> QuerySet[Rollup]:
    """Of the orders that have a verdict and no final invoice.

    `final_invoice_seen` has an index and comes up to a day later (compliance/assess.py), so the few that are there
    already are left out one by one.
    """
    there = Invoice.objects.filter(order=OuterRef("order"), type=Invoice.Type.FINAL)
    return Rollup.objects.filter(~Exists(there), decided_at__isnull=False, final_invoice_seen="")


def proof_due_soon(now: datetime) -> QuerySet[Rollup]:
    """Of the orders picked up whose proof of delivery is missing, and whose last day for it is near (contract 10)."""
    first = timezone.localdate(now) - timedelta(days=settings.DELIVERY_PROOF_DAYS)
    picked_up = Milestone.objects.filter(
        kind=Milestone.Kind.PICKUP,
        revoked_at__isnull=True,
        occurred_on__range=(first, first + DEADLINE_NEAR),
    )
    return Rollup.objects.filter(
        order__in=picked_up.values("transport__order"),
        compliance_status=Status.INCOMPLETE,
        blocked_since__isnull=False,
        blocked_since__has_any_keys=WITHOUT_PROOF_OF_DELIVERY,
    )


@dataclass(frozen=True, slots=True)
class Pile:
    """Rows that wait for the same thing. `since` is the field that says for how long.

    They are found by `lookups`, and where these say too little by `rows`, one for each row of the list that `more`
    filters in the same way.
    """

    name: str
    title: str
    about: str
    model: type[Any]
    lookups: Callable[[datetime], Lookups] = lambda now: {}
    since: str = "created_at"
    rows: Callable[[datetime], QuerySet[Any]] | None = None
    more: Mapping[str, str] = field(default_factory=dict)


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
        "Mode B: approve or reject the identity on the buyer's page.",
        VerificationSession,
        lambda now: {"status__exact": VerificationSession.Status.IN_REVIEW},
    ),
    Pile(
        "screening",
        "AML hits",
        "Clearing a hit takes two people.",
        Kyc,
        lambda now: {"aml_status__exact": Kyc.Aml.FLAGGED},
        since="updated_at",
    ),
    Pile(
        "exposures",
        "Declared politically exposed persons",
        "Review the declaration. Accepting it takes two people.",
        Kyc,
        lambda now: {"exposed_since__lte": now},
        since="exposed_since",
    ),
    Pile(
        "proposals",
        "Proposals for a second person",
        "Another verdict, or clearing an AML hit: accept or decline what a colleague proposed.",
        Proposal,
        lambda now: {"status__exact": Proposal.Status.PENDING},
    ),
    Pile(
        "deadlines",
        "Proof of delivery due soon",
        f"At most {DEADLINE_NEAR.days} days are left: ask for the signed CMR or the confirmation of arrival.",
        Order,
        since="",
        rows=proof_due_soon,
        more={DEADLINE: "near"},
    ),
    Pile(
        "final_invoices",
        "Final invoices due",
        "The verdict is reached: submit the final invoice.",
        Order,
        since="decided_at",
        rows=lambda now: final_invoice_due(),
        more={FINAL_INVOICE: "due"},
    ),
    Pile(
        "prospects",
        "New prospects",
        "Companies that want to buy: turn them into buyers.",
        Prospect,
        lambda now: {"status__exact": Prospect.Status.SUBMITTED, "type__exact": Prospect.Type.COMPANY},
        since="submitted_at",
    ),
    Pile(
        "quarantine",
        "Documents in quarantine",
        "A virus was found: ask for a new file, then archive this one.",
        Document,
        lambda now: {"scan_status__exact": ScanStatus.INFECTED, "status__exact": Document.Status.ACTIVE},
    ),
    Pile(
        "unscanned",
        "Documents waiting for the virus scan",
        "For more than 15 minutes: the scanner may be down.",
        Document,
        lambda now: {"scan_status__exact": ScanStatus.PENDING, "created_at__lt": now - SCAN_TAKES},
    ),
    Pile(
        "exports_failed",
        "Failed Export Files",
        "Make a new version on the page of the order.",
        ExportFile,
        lambda now: {"status__exact": ExportFile.Status.FAILED},
        rows=lambda now: newest_versions(ExportFile.objects.filter(status=ExportFile.Status.FAILED)),
        more={NEWEST: "yes"},
    ),
    Pile(
        "exports_slow",
        "Export Files not ready after 15 minutes",
        "The worker, the storage or the time stamp service may be down.",
        ExportFile,
        lambda now: {
            "status__in": [ExportFile.Status.PENDING, ExportFile.Status.GENERATING],
            "created_at__lt": now - RENDER_TAKES,
        },
    ),
    Pile(
        "invitations",
        "Invitations that expire within 3 days",
        "Not used yet: resend them or call the buyer.",
        Invitation,
        lambda now: {"status__exact": Invitation.Status.ACTIVE, "expires_at__lt": now + EXPIRES_SOON},
        since="expires_at",
    ),
    Pile(
        "paused",
        "Paused webhook endpoints",
        "Events are kept and sent when the endpoint is resumed.",
        Endpoint,
        lambda now: {"status__exact": Endpoint.Status.PAUSED, "deleted_at__isnull": True},
        since="paused_at",
    ),
    Pile(
        "failing",
        "Failing webhook endpoints",
        "Still retried; paused after 20 failures or 72 hours.",
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
        "Failed webhook deliveries in the last 24 hours",
        "Replay them when the receiver works again.",
        Delivery,
        lambda now: {
            "status__exact": Delivery.Status.FAILED,
            "last_attempt_at__gte": now - FAILED_DELIVERIES_SHOWN,
        },
        since="last_attempt_at",
    ),
    Pile(
        "mail",
        "E-mails not sent in the last 7 days",
        "The address may be wrong, or the mail server was down.",
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
    rows = pile.rows(now) if pile.rows else pile.model._base_manager.filter(**pile.lookups(now))
    oldest = Min(pile.since) if pile.since else Min(NO_TIME)
    return (
        rows.annotate(pile=Value(pile.name, CharField()))
        .values("pile")
        .annotate(number=Count("*"), oldest=oldest)
        .values_list("pile", "number", "oldest")
        .order_by()
    )


def shown(pile: Pile, now: datetime, count: int, since: datetime | None) -> Waiting:
    url = list_of(pile.model, pile.lookups(now), **pile.more)
    return Waiting(pile.name, pile.title, pile.about, pile.model, count, since, url)
