"""What the page of a KYC link shows: one card for each paper, the identity check in Mode B, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from buyers.invitation_models import Draft, Invitation
from buyers.links import token_of
from buyers.models import Buyer, VerificationSession
from buyers.pages.catalogue import KIND_OF_NEED, PaperKind
from buyers.pages.forms import PaperForm
from buyers.pages.local_names import local_names_of
from buyers.queries import Paper, papers_for_invitation
from buyers.verification import newest_session, usable_session

Text = str | Promise
Status = VerificationSession.Status


@dataclass(frozen=True, slots=True)
class Card:
    """One paper. `refusal` says why what was just sent was not taken."""

    kind: PaperKind
    draft: Draft | None
    is_done: bool
    form: PaperForm
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
    def is_folded(self) -> bool:
        """Whether the upload form is the second choice."""
        return self.is_done or self.kind.can_be_filled_in

    @property
    def upload_url(self) -> str:
        return reverse("buyer-upload", args=[self.token, self.slug])

    @property
    def remove_url(self) -> str:
        return reverse("buyer-remove", args=[self.token, self.slug])

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
    invitation: Invitation, *, forms: Mapping[str, PaperForm], refusals: Mapping[str, Text]
) -> list[Card]:
    """In the order of the table of needs; `forms` and `refusals` by slug are those of a refused upload."""
    return [
        card_of(paper, invitation, forms=forms, refusals=refusals)
        for paper in papers_for_invitation(invitation)
    ]


def card_of(
    paper: Paper, invitation: Invitation, *, forms: Mapping[str, PaperForm], refusals: Mapping[str, Text]
) -> Card:
    assert invitation.buyer is not None
    kind = KIND_OF_NEED[paper.need]
    names = local_names_of(invitation.buyer.vat_number)
    return Card(
        kind=kind,
        draft=paper.draft,
        is_done=paper.is_there,
        form=forms.get(kind.slug) or PaperForm(kind),
        refusal=refusals.get(kind.slug, ""),
        local_name=getattr(names, kind.slug, "") if names else "",
        local_language=names.language if names else "",
        local_intro=names.usually if names and names.language == get_language() else "",
        token=token_of(invitation),
    )


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
