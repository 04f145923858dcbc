"""What the page of a KYC link shows: one card for each paper, the identity check in Mode B, and what is missing."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from buyers.drafts import hashes_of_sealed
from buyers.invitation_models import Draft, Invitation
from buyers.links import token_of
from buyers.models import Buyer, VerificationSession
from buyers.pages.catalogue import KIND_OF_NEED, TITLE_OF_TYPE, PaperKind
from buyers.pages.forms import AnswerForm, FactsForm, PaperForm
from buyers.pages.local_names import local_names_of
from buyers.queries import Paper, papers_for_invitation
from buyers.verification import newest_session, usable_session
from nt24.documents.first_look import BLURRED, DARK, SMALL
from nt24.documents.types import DocumentType

Text = str | Promise
Status = VerificationSession.Status
ANSWERS = "-answers"  # in the ids of the second form of a card
REMARKS: Mapping[str, Text] = {
    SMALL: gettext_lazy("This photo is small. Small print may not be readable."),
    DARK: gettext_lazy("This photo is very dark."),
    BLURRED: gettext_lazy("This photo looks blurred."),
}


@dataclass(frozen=True, slots=True)
class FileShown:
    """One file of a document, and where its buttons lead."""

    draft: Draft
    thumbnail: str  # a data URL; empty when nothing could be drawn
    place: int  # from 0
    is_last: bool
    view_url: str

    @property
    def turned_next(self) -> int:
        """A quarter clockwise."""
        return (self.draft.turned + 90) % 360

    @property
    def before(self) -> int:
        return self.place - 1

    @property
    def behind(self) -> int:
        return self.place + 1

    @property
    def remarks(self) -> list[Text]:
        return [REMARKS[code] for code in self.draft.remarks.split(",") if code]


@dataclass(frozen=True, slots=True)
class Card:
    """One document. `refusal` says why what was just sent was not taken; `answers` is open while a date is missing."""

    kind: PaperKind
    files: tuple[FileShown, ...]
    is_done: bool
    is_met_already: bool
    is_sealed: bool  # filled in here: a photo of a signed one replaces it
    waits_for_date: bool
    same_as: Text
    form: PaperForm
    answers: FactsForm
    refusal: Text
    local_name: str
    local_language: str
    local_intro: str
    token: str

    @property
    def slug(self) -> str:
        return self.kind.slug

    @property
    def title(self) -> Text:
        return self.kind.title

    @property
    def first(self) -> Draft | None:
        return self.files[0].draft if self.files else None

    @property
    def is_folded(self) -> bool:
        """Whether the upload form is the second choice."""
        return bool(self.files) or self.is_done or self.kind.can_be_filled_in

    @property
    def can_grow(self) -> bool:
        return bool(self.files) and not self.is_sealed

    @property
    def has_answers(self) -> bool:
        return bool(self.files) and not self.is_sealed

    @property
    def urls(self) -> dict[str, str]:
        """Where its forms lead."""
        return {
            name: reverse(f"buyer-{name}", args=[self.token, self.slug])
            for name in ("upload", "remove", "facts", "confirm", "turn", "place")
        }

    @property
    def fill_in_url(self) -> str:
        return reverse("buyer-declaration", args=[self.token]) if self.kind.can_be_filled_in else ""


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """The identity check of Mode B. `can_start`: there is something left for the buyer to do."""

    state: Text
    explanation: Text
    can_start: bool = False
    is_begun: bool = False
    is_done: bool = False
    is_rejected: bool = False
    is_awaited: bool = False

    slug = "verification"

    @property
    def title(self) -> Text:
        return _("Verify your identity")


def cards_of(
    invitation: Invitation, *, forms: Mapping[str, FactsForm], refusals: Mapping[str, Text]
) -> list[Card]:
    """In the order of the table of needs; `forms` and `refusals` by slug are those of what was just refused."""
    rows = Draft.objects.filter(invitation=invitation).values_list("pk", "thumbnail")
    thumbnails = {pk: bytes(thumbnail) for pk, thumbnail in rows if thumbnail}
    return [
        card_of(
            paper, invitation, thumbnails=thumbnails, form=forms.get(slug), refusal=refusals.get(slug, "")
        )
        for paper in papers_for_invitation(invitation)
        for slug in [KIND_OF_NEED[paper.need].slug]
    ]


def card_of(
    paper: Paper,
    invitation: Invitation,
    *,
    thumbnails: Mapping[int, bytes],
    form: FactsForm | None,
    refusal: Text,
) -> Card:
    assert invitation.buyer is not None
    kind = KIND_OF_NEED[paper.need]
    names = local_names_of(invitation.buyer.vat_number)
    return Card(
        kind=kind,
        files=tuple(files_shown(paper, kind, token_of(invitation), thumbnails)),
        is_done=paper.is_there,
        is_met_already=paper.is_met_already,
        is_sealed=kind.can_be_filled_in and bool(hashes_of_sealed(paper.files)),
        waits_for_date=paper.waits_for_date,
        same_as=TITLE_OF_TYPE.get(DocumentType(paper.same_as), paper.same_as) if paper.same_as else "",
        form=form if isinstance(form, PaperForm) and not paper.files else PaperForm(kind),
        answers=answers_of(paper, kind, form),
        refusal=refusal,
        local_name=getattr(names, kind.slug, "") if names else "",
        local_language=names.language if names else "",
        local_intro=names.usually if names and names.language == get_language() else "",
        token=token_of(invitation),
    )


def files_shown(
    paper: Paper, kind: PaperKind, token: str, thumbnails: Mapping[int, bytes]
) -> Iterator[FileShown]:
    for place, draft in enumerate(paper.files):
        yield FileShown(
            draft=draft,
            thumbnail=data_url(thumbnails.get(draft.pk)),
            place=place,
            is_last=place == len(paper.files) - 1,
            view_url=reverse("buyer-file", args=[token, kind.slug, draft.uuid]),
        )


def answers_of(paper: Paper, kind: PaperKind, form: FactsForm | None) -> FactsForm:
    """What was just answered wrongly, also beside a file that was kept; else what is known."""
    if form is not None and form.is_bound:
        return AnswerForm(kind, form.data, prefix_of_ids=ANSWERS)
    if not paper.files:
        return FactsForm(kind, prefix_of_ids=ANSWERS)
    draft = paper.files[0]
    known = {
        "type": draft.type,
        "expires_on": draft.expires_on,
        "no_expiry": draft.expires_on is None and not draft.waits_for_date,
        "document_on": draft.document_on,
    }
    return FactsForm(kind, initial=known, prefix_of_ids=ANSWERS)


def data_url(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}" if jpeg else ""


def identity_card_of(buyer: Buyer, *, came_back: bool = False) -> IdentityCard | None:
    """None in Mode A, where the identity document is one of the papers.

    `came_back`: the buyer has just come from iDenfy, whose result may still be on its way.
    """
    if buyer.kyc_mode != Buyer.KycMode.NT24_LED:
        return None
    session = newest_session(buyer)
    if session is None or (session.status == Status.OPEN and usable_session(buyer) is None):
        return not_begun()
    if session.status == Status.OPEN and came_back:
        return awaited()
    if session.status == Status.REJECTED:
        return rejected(session.reason)
    return {
        Status.OPEN: begun,
        Status.IN_REVIEW: in_review,
        Status.VERIFIED: verified,
        Status.EXPIRED: run_out,
    }[Status(session.status)]()


def not_begun() -> IdentityCard:
    return IdentityCard(
        state=_("Missing"),
        explanation=_(
            "The person who buys for the company shows an identity document to the camera. Our partner iDenfy "
            "checks it; that takes two minutes."
        ),
        can_start=True,
    )


def begun() -> IdentityCard:
    return IdentityCard(
        state=_("Started"),
        explanation=_("The identity check is not finished yet. You can go on where you stopped."),
        can_start=True,
        is_begun=True,
    )


def awaited() -> IdentityCard:
    return IdentityCard(
        state=_("Result expected"),
        explanation=_(
            "The result of the identity check has not arrived yet; that can take a few minutes. If you have not "
            "finished the check, you can go on where you stopped."
        ),
        can_start=True,
        is_begun=True,
        is_awaited=True,
    )


def in_review() -> IdentityCard:
    return IdentityCard(
        state=_("Being checked"),
        explanation=_("You have done your part. We are reviewing it."),
        is_done=True,
    )


def verified() -> IdentityCard:
    return IdentityCard(state=_("Verified"), explanation=_("Your identity is verified."), is_done=True)


def run_out() -> IdentityCard:
    return IdentityCard(
        state=_("Missing"),
        explanation=_("The identity check was not finished in time. Please start it again."),
        can_start=True,
    )


def rejected(codes: str) -> IdentityCard:
    return IdentityCard(
        state=_("Not successful"),
        explanation=reason_in_words(codes),
        can_start=True,
        is_rejected=True,
    )


def reason_in_words(codes: str) -> str:
    """What iDenfy's codes (`FACE_MISMATCH, DOC_EXPIRED`) mean for the person; a suspicion is told to nobody."""
    if "DOC_EXPIRED" in codes:
        return _("The identity document has expired. Please try again with a valid one.")
    if "DOC_" in codes:
        return _(
            "The identity document could not be checked. Please try again, in good light and without glare."
        )
    if "FACE" in codes:
        return _(
            "Your face did not match the photo in the document. Please try again with your own document."
        )
    return _("The identity check was not successful. You can try again with a valid document and good light.")
