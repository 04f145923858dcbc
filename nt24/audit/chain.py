"""Seals the trail: every committed entry gets a link, in the order of ids, and from time to time the chain is signed.

Writing entries waits for nobody: they are sealed afterwards, by a task.
"""

from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from nt24.audit import checkpoints
from nt24.audit.form import START, canonical, chain_after, digest_of, stamp
from nt24.audit.models import Entry, Link

BATCH = 1000  # entries of one transaction; SQLite lets nobody else write meanwhile
LONGEST_TRANSACTION = timedelta(
    days=1
)  # an entry may be committed that much later than others with a higher id

log = structlog.get_logger(__name__)


def seal_new() -> int:
    """Link every committed entry that has no link yet and sign the chain if that is due; how many were linked.

    Whoever seals at the same time wants the same positions: the loser's batch is undone, the winner goes on.
    """
    count, after = 0, sealed_up_to(timezone.now())
    try:
        while links := seal_batch(after):
            count, after = count + len(links), links[-1].entry_id
    except IntegrityError:
        log.info("audit_sealed_by_another", sealed=count)
        return count
    checkpoints.sign_if_due(timezone.now())
    return count


def sealed_up_to(now: datetime) -> int:
    """The id below which nothing can appear any more: it was sealed longer ago than any transaction lasts."""
    old = Link.objects.filter(sealed_at__lt=now - LONGEST_TRANSACTION).order_by("-position")
    return old.values_list("entry_id", flat=True).first() or 0


def seal_batch(after: int) -> list[Link]:
    """Link the next entries above the id `after`, in one transaction.

    :raises IntegrityError: somebody else has taken the positions.
    """
    with transaction.atomic(durable=True):
        head = Link.objects.order_by("-position").first()
        chain, position = (head.chain, head.position) if head else (START, 0)
        links, now = [], timezone.now()
        for entry in unsealed().filter(pk__gt=after).order_by("pk")[:BATCH]:
            position, digest = position + 1, digest_of(canonical(entry))
            chain = chain_after(chain, position, digest, stamp(now))
            links.append(
                Link(
                    position=position,
                    entry=entry,
                    entry_uuid=entry.uuid,
                    digest=digest,
                    chain=chain,
                    sealed_at=now,
                )
            )
        return Link.objects.bulk_create(links)


def unsealed() -> QuerySet[Entry]:
    return Entry.objects.filter(~Exists(Link.objects.filter(entry=OuterRef("pk"))))
