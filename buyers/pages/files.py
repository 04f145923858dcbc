"""What is done with the files of a document: sent, turned, put in order, taken back, and said more about."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from buyers.drafts import (
    add_file,
    confirm_file,
    place_file,
    remove_draft,
    state_facts,
    turn_file,
)
from buyers.invitation_models import Invitation
from buyers.links import LinkUnknown, actor_of
from buyers.pages.catalogue import PaperKind
from buyers.pages.door import behind_the_link, lacks_token
from buyers.pages.forms import AnswerForm, PaperForm
from buyers.pages.refusals import CUT_OFF, TOGETHER_TOO_LARGE, TOO_LARGE, TOO_OFTEN, outdated, sentence_about
from buyers.pages.views import (
    KYC,
    Text,
    back_to,
    keeping,
    papers_page,
    proven,
    wanted_kind,
    works_too_often,
)
from nt24.documents.confinement import Busy, Overrun, drawing
from nt24.documents.first_look import FirstLook, look_at
from nt24.documents.models import ContentType
from nt24.documents.uploads import ReceivedFile, accept_evidence, keep_upload
from nt24.errors import PayloadTooLarge, Unavailable, UnsupportedMediaType, ValidationFailed
from nt24.staff.hidden import whole_number

Change = Callable[[HttpRequest, Invitation, PaperKind], None]
NOTHING_SEEN = FirstLook(b"")


# --- Sending -------------------------------------------------------------------------------------------------------


@behind_the_link(KYC, only_forms=True)
def upload(request: HttpRequest, invitation: Invitation, slug: str) -> HttpResponse:
    """Receive the files of one form. Whatever is wrong is said on the card; what is right is kept."""
    kind = wanted_kind(slug)
    accept_evidence(request, several=True)
    try:
        return receive(request, invitation, kind)
    except PayloadTooLarge as error:
        sentence = TOGETHER_TOO_LARGE if "together" in error.detail else TOO_LARGE
        return refused(request, invitation, kind, sentence, status=error.status)
    except (MultiPartParserError, SuspiciousOperation):
        return refused(request, invitation, kind, CUT_OFF, status=400)


def receive(request: HttpRequest, invitation: Invitation, kind: PaperKind) -> HttpResponse:
    if lacks_token(request):
        return refused(request, invitation, kind, outdated(), status=403)
    form = PaperForm(kind, request.POST, request.FILES)
    if not form.is_acceptable():
        return refused(request, invitation, kind, form.asks_for_file(), form=form, status=422)
    replaces = uuids_in(request.POST.getlist("replaces"))
    for file in form.chosen_files:
        if works_too_often(request):
            return refused(request, invitation, kind, TOO_OFTEN, form=form, status=429)
        try:
            keep_one(invitation, form, file, replaces)
        except (UnsupportedMediaType, ValidationFailed, Unavailable) as error:
            return refused(request, invitation, kind, sentence_about(error), form=form, status=error.status)
    if form.errors:
        return refused(request, invitation, kind, "", form=form, status=422)
    return back_to(invitation, kind.slug)


def keep_one(invitation: Invitation, form: PaperForm, file: UploadedFile, replaces: set[UUID]) -> None:
    """The file is looked at and stored before the draft's transaction begins."""
    stored = keep_upload(file, takes_heic=True)
    look = first_look(file, is_pdf=stored.content_type == ContentType.PDF)
    with keeping(stored):
        add_file(
            invitation,
            need=form.kind.need.name,
            facts=form.facts_given(),
            upload=stored,
            look=look,
            replaces=replaces,
            by=actor_of(invitation),
        )


def first_look(file: UploadedFile, *, is_pdf: bool) -> FirstLook:
    """Only a service: a file without one is taken all the same."""
    assert isinstance(file, ReceivedFile)
    with suppress(
        Busy, Overrun, RuntimeError, ValueError
    ):  # RuntimeError: how the process hands any error over
        return drawing.run(partial(look_at, is_pdf=is_pdf), file.source())
    return NOTHING_SEEN


def refused(
    request: HttpRequest,
    invitation: Invitation,
    kind: PaperKind,
    sentence: Text,
    *,
    status: int,
    form: PaperForm | AnswerForm | None = None,
) -> HttpResponse:
    forms = {kind.slug: form} if form else {}
    return papers_page(request, invitation, forms=forms, refusals={kind.slug: sentence}, status=status)


# --- Changing ------------------------------------------------------------------------------------------------------


def changing(change: Change) -> Callable[..., HttpResponse]:
    """A view of a form with one button, which leads back to the card."""

    @behind_the_link(KYC, only_forms=True)
    @proven
    def view(request: HttpRequest, invitation: Invitation, slug: str) -> HttpResponse:
        kind = wanted_kind(slug)
        change(request, invitation, kind)
        return back_to(invitation, kind.slug)

    return view


@changing
def remove(request: HttpRequest, invitation: Invitation, kind: PaperKind) -> None:
    """One file, or without a name all of them."""
    uuid = named_file(request) if "file" in request.POST else None
    remove_draft(invitation, need=kind.need.name, uuid=uuid, by=actor_of(invitation))


@changing
def turn(request: HttpRequest, invitation: Invitation, kind: PaperKind) -> None:
    turned = whole_number(request.POST.get("turned")) or 0
    with suppress(ValidationFailed):  # of a form that is not ours
        turn_file(invitation, uuid=named_file(request), turned=turned, by=actor_of(invitation))


@changing
def place(request: HttpRequest, invitation: Invitation, kind: PaperKind) -> None:
    wanted = whole_number(request.POST.get("place")) or 0
    place_file(invitation, uuid=named_file(request), place=wanted, by=actor_of(invitation))


@changing
def confirm(request: HttpRequest, invitation: Invitation, kind: PaperKind) -> None:
    confirm_file(invitation, need=kind.need.name, by=actor_of(invitation))


@behind_the_link(KYC, only_forms=True)
@proven
def facts(request: HttpRequest, invitation: Invitation, slug: str) -> HttpResponse:
    """Which document it is and until when it is valid, for files that are there already."""
    kind = wanted_kind(slug)
    form = AnswerForm(kind, request.POST)
    if not form.is_valid():
        return refused(request, invitation, kind, "", form=form, status=422)
    state_facts(invitation, need=kind.need.name, facts=form.facts_given(), by=actor_of(invitation))
    return back_to(invitation, kind.slug)


def named_file(request: HttpRequest) -> UUID:
    """:raises LinkUnknown: the form names none."""
    for uuid in uuids_in([request.POST.get("file", "")]):
        return uuid
    raise LinkUnknown


def uuids_in(texts: Iterable[str]) -> set[UUID]:
    found = set()
    for text in texts:
        with suppress(ValueError):
            found.add(UUID(text))
    return found
