"""Every way the drafts behind a KYC link change, and how they become documents.

A document may consist of several files (both sides of a card, the pages of an extract, a PDF and a photo). Whatever
somebody sends is kept: what is still unknown about it, or looks wrong, is asked about and not refused. Each action
takes its locks itself; files are looked at, stored and combined before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from buyers.actions import add_kyc_document
from buyers.invitation_models import Draft, Invitation
from buyers.kyc import NEEDS
from buyers.links import held, require_kyc, require_open, tell_of
from buyers.models import Buyer
from nt24.actors import Actor
from nt24.audit.access import note_access
from nt24.documents.actions import require_valid
from nt24.documents.combining import PICTURE_BYTES
from nt24.documents.first_look import FirstLook
from nt24.documents.models import ContentType, Document, ScanStatus, SealedFile
from nt24.documents.pdf_examination import MAX_PAGES
from nt24.documents.types import Module
from nt24.documents.uploads import Upload
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.partners.days import latest_day
from nt24.records import action

DRAFTS_KEPT = timedelta(days=7)  # after their invitation has ended without them
MOST_FILES = 12  # of one document
FRAME_BYTES = 256 * 1024  # of a PDF around what it was put together from
QUARTERS = (0, 90, 180, 270)


class TooMuch(ValidationFailed):
    """More files, pages or bytes than one document may have."""

    def __init__(self) -> None:
        super().__init__(FieldError("file", "One document cannot take this file as well."))


class FilesChanged(StateConflict):
    """Submitted with files that were put together before somebody changed them."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__("The files of a document were changed meanwhile.", current=invitation)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said about a document. `waits_for_date`: its end was asked for and is still to be said."""

    type: str
    document_on: date
    expires_on: date | None = None
    is_exposed: bool = False  # a declaration that names a politically exposed person; staff then review it
    waits_for_date: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """One PDF of all the files of a document; `state` says of which, in which order, turned how."""

    state: tuple[tuple[str, int], ...]
    upload: Upload


# --- By whoever holds the link -------------------------------------------------------------------------------------


@action
def save_draft(
    invitation: Invitation,
    *,
    need: str,
    type: str,
    upload: Upload,
    document_on: date,
    by: Actor,
    expires_on: date | None = None,
    is_exposed: bool = False,
) -> Draft:
    """Keep one file for `need` (`Need.name`) in place of everything that was sent for it.

    The stored file of a refused upload may be deleted by the caller; otherwise the nightly sweep does it.

    :raises LinkEnded: the link does not open any more.
    :raises StateConflict: it is a PROSPECT link.
    :raises ValidationFailed: on `need`, `type`, `documentDate`, `expiresAt` or `file`.
    """
    facts = Facts(type, document_on, expires_on, is_exposed)
    return keep_file(invitation, need=need, facts=facts, upload=upload, by=by)


@action
def add_file(
    invitation: Invitation,
    *,
    need: str,
    facts: Facts,
    upload: Upload,
    look: FirstLook,
    replaces: Collection[UUID],
    by: Actor,
) -> Draft:
    """Keep one more file for `need`, behind those that are there and in place of those that it `replaces`.

    What is known about the document already is not changed. The same file twice is kept once.

    :raises TooMuch: one document cannot take it as well.
    :raises LinkEnded, StateConflict, ValidationFailed: as `save_draft`.
    """
    return keep_file(invitation, need=need, facts=facts, upload=upload, look=look, replaces=replaces, by=by)


@action
def state_facts(invitation: Invitation, *, need: str, facts: Facts, by: Actor) -> None:
    """Say what kind of document it is and until when it is valid. Nothing there: nothing happens.

    :raises LinkEnded, ValidationFailed: as `save_draft`.
    """
    invitation = held(invitation)
    require_open(invitation)
    require_right(invitation, need=need, facts=facts, by=by)
    drafts = Draft.objects.filter(invitation=invitation, need=need)
    was = drafts.first()
    if was is None or facts_of(was) == facts:
        return
    drafts.update(**asdict(facts))
    changes = {
        name: [as_said(getattr(was, name)), as_said(value)]
        for name, value in asdict(facts).items()
        if getattr(was, name) != value
    }
    tell_of(invitation, "invitation.draft_dated", by=by, changes=changes)


@action
def turn_file(invitation: Invitation, *, uuid: UUID, turned: int, by: Actor) -> None:
    """Show the file turned by so many degrees clockwise from how it came; saying it twice turns it once.

    :raises LinkEnded: the link does not open any more.
    :raises ValidationFailed: that is no quarter.
    """
    if turned not in QUARTERS:
        raise ValidationFailed(FieldError("turned", "Turn it by quarters.", turned))
    invitation = held(invitation)
    require_open(invitation)
    Draft.objects.filter(invitation=invitation, uuid=uuid).update(turned=turned)


@action
def place_file(invitation: Invitation, *, uuid: UUID, place: int, by: Actor) -> None:
    """Let the file be the one at `place` (from 0) among those of its document.

    :raises LinkEnded: the link does not open any more.
    """
    invitation = held(invitation)
    require_open(invitation)
    moved = Draft.objects.filter(invitation=invitation, uuid=uuid).first()
    if moved is None:
        return
    others = [draft for draft in files_for(invitation, moved.need) if draft.pk != moved.pk]
    others.insert(max(0, place), moved)
    for position, draft in enumerate(others):
        Draft.objects.filter(pk=draft.pk).update(position=position)


@action
def confirm_file(invitation: Invitation, *, need: str, by: Actor) -> None:
    """Say that a file which stands for another document too is meant for both.

    :raises LinkEnded: the link does not open any more.
    """
    invitation = held(invitation)
    require_open(invitation)
    if Draft.objects.filter(invitation=invitation, need=need, is_meant_twice=False).update(
        is_meant_twice=True
    ):
        tell_of(invitation, "invitation.draft_confirmed", by=by, changes={"need": [None, need]})


@action
def remove_draft(invitation: Invitation, *, need: str, by: Actor, uuid: UUID | None = None) -> None:
    """Take back what was sent for `need`, or one file of it; the nightly sweep deletes the bytes. Nothing there:
    nothing happens.

    :raises LinkEnded: the link does not open any more.
    """
    invitation = held(invitation)
    require_open(invitation)
    for draft in files_for(invitation, need):
        if uuid in (None, draft.uuid):
            changes = {"type": [draft.type, None], "sha256": [draft.sha256, None]}
            draft.delete()
            tell_of(invitation, "invitation.draft_removed", by=by, changes=changes)


@action
def note_draft_read(draft: Draft, *, by: Actor) -> None:
    """Write the access log entry of a look at a file that is not submitted yet."""
    invitation = draft.invitation
    note_access(invitation, "kyc_draft.read", by=by, seller=invitation.seller, type=draft.type)


@action
def forget_drafts(now: datetime) -> int:
    """Delete drafts whose invitation was revoked or has expired a week ago; the sweep then deletes their files."""
    ended = Q(invitation__status=Invitation.Status.REVOKED, invitation__revoked_at__lte=now - DRAFTS_KEPT)
    ended |= Q(invitation__status=Invitation.Status.EXPIRED, invitation__expires_at__lte=now - DRAFTS_KEPT)
    count, _ = Draft.objects.filter(ended).delete()
    return count


# --- Reading -------------------------------------------------------------------------------------------------------


def files_for(invitation: Invitation, need: str) -> list[Draft]:
    """In the order in which they become pages."""
    drafts = Draft.objects.filter(invitation=invitation, need=need).defer("thumbnail")
    return list(drafts.order_by("position", "pk"))


def documents_in(invitation: Invitation) -> dict[str, list[Draft]]:
    """The files by need."""
    documents: dict[str, list[Draft]] = {}
    drafts = Draft.objects.filter(invitation=invitation).defer("thumbnail")
    for draft in drafts.order_by("position", "pk"):
        documents.setdefault(draft.need, []).append(draft)
    return documents


def state_of(files: Sequence[Draft]) -> tuple[tuple[str, int], ...]:
    return tuple((draft.uuid.hex, draft.turned) for draft in files)


def is_as_sent(files: Sequence[Draft]) -> bool:
    """One file that is filed byte for byte."""
    return len(files) == 1 and not files[0].turned and files[0].content_type in ContentType.values


def facts_of(draft: Draft) -> Facts:
    return Facts(
        type=draft.type,
        document_on=draft.document_on,
        expires_on=draft.expires_on,
        is_exposed=draft.is_exposed,
        waits_for_date=draft.waits_for_date,
    )


def upload_of(draft: Draft) -> Upload:
    return Upload(
        file_name=draft.file_name,
        content_type=draft.content_type,
        size=draft.size,
        sha256=draft.sha256,
        storage_key=draft.storage_key,
        scan_status=ScanStatus(draft.scan_status),
        pages=draft.pages,
    )


# --- Parts of them -------------------------------------------------------------------------------------------------


def keep_file(
    invitation: Invitation,
    *,
    need: str,
    facts: Facts,
    upload: Upload,
    by: Actor,
    look: FirstLook | None = None,
    replaces: Collection[UUID] | None = None,
) -> Draft:
    """Without `replaces` the file is the only one. What is replaced is judged under the lock."""
    invitation = held(invitation)
    require_open(invitation)
    require_kyc(invitation)
    require_right(invitation, need=need, facts=facts, by=by)
    require_clean(upload)
    there = files_for(invitation, need)
    gone = there if replaces is None else replaced(there, replaces)
    others = [draft for draft in there if draft not in gone]
    if same := next((draft for draft in others if draft.sha256 == upload.sha256), None):
        return same
    require_room(others, upload)
    for draft in gone:
        draft.delete()
    known = facts_of(others[0]) if others else facts
    position = others[-1].position + 1 if others else 0
    draft = add_row(invitation, need, known, upload, look or FirstLook(b""), position)
    was = gone[0] if gone else None
    changes = {"type": [was and was.type, known.type], "sha256": [was and was.sha256, upload.sha256]}
    tell_of(invitation, "invitation.draft_saved", by=by, changes=changes)
    return draft


def replaced(there: Sequence[Draft], replaces: Collection[UUID]) -> list[Draft]:
    """A declaration that was filled in here is sealed, so nothing can be added to it: it is replaced."""
    hashes = hashes_of_sealed(there)
    return [draft for draft in there if draft.uuid in replaces or draft.sha256 in hashes]


def hashes_of_sealed(files: Sequence[Draft]) -> set[str]:
    """Of those that we have made ourselves."""
    sealed = SealedFile.objects.filter(sha256__in=[draft.sha256 for draft in files])
    return set(sealed.values_list("sha256", flat=True))


def as_said(value: object) -> object:
    """A day as it is written in the audit trail."""
    return value.isoformat() if isinstance(value, date) else value


def add_row(
    invitation: Invitation, need: str, facts: Facts, upload: Upload, look: FirstLook, position: int
) -> Draft:
    return Draft.objects.create(
        invitation=invitation,
        need=need,
        position=position,
        **asdict(facts),
        **asdict(upload),
        thumbnail=look.thumbnail or None,
        remarks=",".join(look.remarks),
    )


def require_right(invitation: Invitation, *, need: str, facts: Facts, by: Actor) -> None:
    """:raises ValidationFailed: on `need`, `type`, `documentDate` or `expiresAt`."""
    require_wanted(invitation, need=need, type=facts.type)
    require_valid(
        module=Module.KYC,
        type=facts.type,
        document_on=facts.document_on,
        expires_on=facts.expires_on,
        latest=latest_day(invitation.seller, by),
    )
    if facts.expires_on is not None and facts.expires_on < timezone.localdate():
        end = facts.expires_on.isoformat()
        raise ValidationFailed(FieldError("expiresAt", "This document has expired.", end))


def require_wanted(invitation: Invitation, *, need: str, type: str) -> None:
    """:raises ValidationFailed: the buyer's file has no such need, or the need is not met by this type."""
    buyer = require_kyc(invitation)
    wanted = next((known for known in NEEDS[buyer.kyc_mode] if known.name == need), None)
    if wanted is None:
        raise ValidationFailed(FieldError("need", "This is not asked for."))
    if not wanted.is_met_by([type]):
        raise ValidationFailed(FieldError("type", f"This type is not taken as {wanted.title}.", type))


def require_clean(upload: Upload) -> None:
    """:raises ValidationFailed: the scanner has found something in the file."""
    if upload.scan_status == ScanStatus.INFECTED:
        raise ValidationFailed(FieldError("file", "The virus scanner has found something in this file."))


def require_room(others: Sequence[Draft], upload: Upload) -> None:
    """A document alone is as large as a file may be; put together it must stay so.

    :raises TooMuch: it would not.
    """
    if not others:
        return
    files = [*map(upload_of, others), upload]
    is_large = sum(map(room_of, files)) + FRAME_BYTES > settings.DOCUMENT_MAX_BYTES
    if len(files) > MOST_FILES or is_large or sum(file.pages for file in files) > MAX_PAGES:
        raise TooMuch


def room_of(upload: Upload) -> int:
    """The bytes it takes in a combined PDF at most; a picture is drawn anew for it."""
    return upload.size if upload.content_type == ContentType.PDF else PICTURE_BYTES


def file_documents(
    invitation: Invitation, buyer: Buyer, *, combined: Mapping[str, Combined], by: Actor
) -> list[Document]:
    """The files of each need become one document of the buyer; the drafts are not needed any more.

    :raises FilesChanged: what was combined is not what is there, or was not combined at all.
    """
    documents = sorted(documents_in(invitation).items(), key=lambda document: document[1][0].pk)
    return [file_document_of(files, buyer, combined=combined.get(need), by=by) for need, files in documents]


def file_document_of(
    files: Sequence[Draft], buyer: Buyer, *, combined: Combined | None, by: Actor
) -> Document:
    facts = facts_of(files[0])
    originals = [upload_of(draft) for draft in files]
    if is_as_sent(files):
        upload, originals = originals[0], []
    elif combined is None or combined.state != state_of(files):
        raise FilesChanged(files[0].invitation)
    else:
        upload = combined.upload
    document = add_kyc_document(
        buyer,
        upload=upload,
        originals=originals,
        by=by,
        type=facts.type,
        document_on=facts.document_on,
        expires_on=facts.expires_on,
    )
    for draft in files:
        draft.delete()
    return document
