"""One entry of the trail on a page: what it says, where it stands in the chain, and whether it is as it was sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from nt24.audit.form import canonical, digest_of
from nt24.audit.models import Checkpoint, Entry, Link
from nt24.partners.models import Organization
from nt24.staff.timeline import changes_of


@dataclass(frozen=True, slots=True)
class Seal:
    """`code` says how the entry stands; the command that walks the whole chain says more (`verify_audit`)."""

    code: str
    sentence: str
    link: Link | None = None
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    entry: Entry
    changes: Sequence[tuple[str, str, str]]
    organization: Organization | None
    seal: Seal


def entry_page(entry: Entry) -> EntryPage:
    return EntryPage(
        entry=entry,
        changes=list(changes_of(entry.changes)),
        organization=Organization.objects.filter(pk=entry.organization_id or 0).first(),
        seal=seal_of(entry),
    )


def seal_of(entry: Entry) -> Seal:
    """Compared with its own link only: that the link follows from those before it is the command's to prove."""
    link = Link.objects.filter(entry=entry).first()
    if link is None:
        return Seal("PENDING", "Not sealed yet: that is done every minute.")
    checkpoint = Checkpoint.objects.filter(position__gte=link.position).order_by("position").first()
    if digest_of(canonical(entry)) != link.digest:
        return Seal("INVALID", "This is not what was sealed: the entry was altered.", link, checkpoint)
    signed = "Its place is signed." if checkpoint else "The chain has not been signed from here on yet."
    return Seal("VALID", f"It is as it was sealed. {signed}", link, checkpoint)
