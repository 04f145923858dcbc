"""Everything about one buyer on one page: what his file has and lacks, what VIES and iDenfy said, what happened.

The number of queries does not depend on how many papers, checks, sessions, invitations or orders there are. People
are not on it: who somebody is, is read elsewhere and for a purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from buyers.invitation_models import Invitation
from buyers.kyc import NEEDS, Need, missing_needs
from buyers.link_secrets import masked_email
from buyers.links import LinkEnded, require_open
from buyers.models import Buyer, Contact, VerificationSession, ViesCheck
from buyers.queries import KycStatus, kyc_status_of
from buyers.refused_requesters import is_refused
from buyers.verification_moves import waiting_clearing
from buyers.vies import check_digit_warning
from nt24.documents.models import Document
from nt24.documents.types import Module, types_of
from nt24.proposals.models import Proposal
from nt24.staff.timeline import Moments, Names, moments
from nt24.staff.wording import in_words

SHOWN = 20  # of each list; the newest ones


@dataclass(frozen=True, slots=True)
class NeedShown:
    """One line of the contract's table "documents needed"."""

    title: str
    name: str
    is_met: bool
    type: str  # what is uploaded for it, most often


@dataclass(frozen=True, slots=True)
class InvitationShown:
    """`recipient` is masked; `is_open`: the link still opens, so mailing it again is of use."""

    invitation: Invitation
    recipient: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class BuyerPage:
    buyer: Buyer
    warning: str
    seller_is_refused: bool
    status: KycStatus
    needs: Sequence[NeedShown]
    papers: Sequence[Document]
    checks: Sequence[ViesCheck]
    sessions: Sequence[VerificationSession]
    proposal: Proposal | None
    contact_count: int
    invitations: Sequence[InvitationShown]
    orders: Sequence[Any]
    moments: Moments

    @property
    def is_mode_b(self) -> bool:
        return self.buyer.kyc_mode == Buyer.KycMode.NT24_LED

    @property
    def has_profile(self) -> bool:
        """As `profile_of` decides it: of a Mode B buyer whose newest session is VERIFIED."""
        newest = self.sessions[0] if self.sessions else None
        return self.is_mode_b and newest is not None and newest.status == VerificationSession.Status.VERIFIED


def need_shown(need: Need, *, is_met: bool) -> NeedShown:
    usual = next(type.value for type in types_of(Module.KYC) if need.is_met_by([type]))
    return NeedShown(need.title, need.name, is_met, usual)


def invitation_shown(invitation: Invitation, buyer: Buyer) -> InvitationShown:
    invitation.seller = buyer.seller  # it is the same row, with its organization
    try:
        require_open(invitation)
    except LinkEnded:
        is_open = False
    else:
        is_open = True
    return InvitationShown(invitation, masked_email(invitation.recipient_email), is_open)


def needs_missing(buyer: Buyer) -> list[NeedShown]:
    """The documents that the buyer's file lacks today."""
    types = Document.objects.of(Module.KYC, buyer.uuid).newest_counting(timezone.localdate())
    return [need_shown(need, is_met=False) for need in missing_needs(buyer.kyc_mode, types)]


def buyer_page(buyer: Buyer, before: int | None = None) -> BuyerPage:
    """`buyer` comes with seller, organization and KYC; `before` is an entry whose predecessors are its history."""
    status = kyc_status_of(buyer)
    papers = list(Document.objects.of(Module.KYC, buyer.uuid))
    checks = list(ViesCheck.objects.filter(buyer=buyer).order_by("-pk")[:SHOWN])
    sessions = (
        VerificationSession.objects.filter(buyer=buyer).defer("evidence", "link").order_by("-pk")[:SHOWN]
    )
    invitations = list(Invitation.objects.filter(buyer=buyer).order_by("-pk")[:SHOWN])
    parts = [
        *(paper.uuid for paper in papers),
        *(check.uuid for check in checks),
        *(one.uuid for one in invitations),
    ]
    return BuyerPage(
        buyer=buyer,
        warning=check_digit_warning(buyer.vat_number) or "",
        seller_is_refused=is_refused(buyer.seller),
        status=status,
        needs=[
            need_shown(need, is_met=need.name not in status.missing_documents)
            for need in NEEDS[buyer.kyc_mode]
        ],
        papers=papers,
        checks=checks,
        sessions=list(sessions),
        proposal=waiting_clearing(buyer),
        contact_count=Contact.objects.filter(buyer=buyer).count(),
        invitations=[invitation_shown(one, buyer) for one in invitations],
        # By the relation, because orders stand to the right of buyers.
        orders=list(buyer.orders.order_by("-created_at", "-pk")[:SHOWN]),
        moments=moments(
            about=[buyer.uuid, buyer.kyc.uuid, *parts],
            before=before,
            names=Names(titles={paper.uuid: in_words(paper.type) for paper in papers}),
        ),
    )
