"""Identity verification in Mode B: sessions at iDenfy, their results, and what staff decide (contract 6, 16.6).

The newest session of a buyer counts and `Kyc` follows it. SUSPECTED and a flag of the screening wait for staff. Where
an action takes a buyer, the caller holds the buyer's lock (`Buyer.objects.for_change()`).
"""

import json
import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from buyers import idenfy
from buyers.actions import assess_orders
from buyers.idenfy import Finding, IdenfyUnavailable, Opened
from buyers.models import Buyer, Kyc, VerificationSession
from nt24.actors import Actor, system
from nt24.claims import claim_due, database_time
from nt24.errors import FieldError, MalformedRequest, StateConflict, ValidationFailed
from nt24.events import announce
from nt24.lifecycle import follow, move_quietly
from nt24.proposals.actions import SecondPersonNeeded
from nt24.reasons import require_reason, require_staff
from nt24.records import action
from nt24.vault import decrypt, encrypt

Status, Authority = VerificationSession.Status, VerificationSession.Authority

IDENFY = system("idenfy-callback")
CLOCK = system("settle-verifications")
STAFF_REVIEW = "STAFF_REVIEW"  # the `reason` partners read; what staff typed stays in the trail

# A buyer who has begun has an hour to finish, at most (domain C.1); after that a result is overdue.
GRACE = timedelta(hours=1)
# iDenfy wants to be asked rarely (domain C.3): three times, then the session is over.
LOOK_AGAIN_AFTER = timedelta(hours=1)
LOOK_UPS = 3
LEASE = timedelta(seconds=60)  # one question takes at most 15

SHOWN = {
    Status.OPEN: Kyc.Verification.IN_PROGRESS,
    Status.IN_REVIEW: Kyc.Verification.IN_PROGRESS,
    Status.VERIFIED: Kyc.Verification.VERIFIED,
    Status.REJECTED: Kyc.Verification.REJECTED,
    Status.EXPIRED: Kyc.Verification.NOT_STARTED,
}
OUTCOMES = (Status.VERIFIED, Status.REJECTED)
TOLD_AS = {
    Status.IN_REVIEW: "verification.suspected",
    Status.VERIFIED: "verification.completed",
    Status.REJECTED: "verification.completed",
    Status.EXPIRED: "verification.expired",
}

log = structlog.get_logger(__name__)


class NoVerificationInModeA(MalformedRequest):
    def __init__(self) -> None:
        super().__init__("This buyer is MARKETPLACE_LED: the marketplace identifies him, NT24 does not.")


class AlreadyVerified(StateConflict):
    def __init__(self) -> None:
        super().__init__("This buyer is verified already.")


class WaitsForStaff(StateConflict):
    def __init__(self) -> None:
        super().__init__(
            "The buyer has finished the verification; its result waits for a review by NT24 staff."
        )


class NothingToReview(StateConflict):
    def __init__(self) -> None:
        super().__init__("There is no result that waits for a review.")


class NothingToClear(StateConflict):
    def __init__(self) -> None:
        super().__init__("There is no flag, and no finished verification without a screening.")


# --- Opening a session ---------------------------------------------------------------------------------------------


def open_if_needed(seller_id: int, buyer_uuid: UUID, *, back_to: str = "") -> Opened | None:
    """Ask iDenfy for a session, unless `start_verification` will need none. Slow: never inside a transaction.

    `back_to`: where iDenfy sends the buyer afterwards.

    :raises IdenfyUnavailable: one is needed and there is none to be had.
    """
    buyer = Buyer.objects.visible_to(seller_id).filter(uuid=buyer_uuid).first()
    if buyer is None or refusal(buyer) is not None or usable_session(buyer) is not None:
        return None
    return idenfy.open_session(uuid.uuid4(), back_to=back_to)


@action
def start_verification(buyer: Buyer, *, opened: Opened | None, by: Actor) -> VerificationSession:
    """The buyer's usable session, or a fresh one made of what iDenfy has opened; the other of two at once is dropped.

    :raises NoVerificationInModeA: there is nothing to verify.
    :raises AlreadyVerified: it is done.
    :raises WaitsForStaff: the buyer has done his part.
    :raises IdenfyUnavailable: a session is needed and iDenfy has opened none.
    """
    if (why_not := refusal(buyer)) is not None:
        raise why_not
    if (session := usable_session(buyer)) is not None:
        return session
    if opened is None:
        raise IdenfyUnavailable  # the last one has ended since `open_if_needed` looked
    supersede(buyer)
    session = VerificationSession.objects.create(
        buyer=buyer,
        uuid=opened.client_id,
        scan_ref=opened.scan_ref,
        link=encrypt(opened.link),
        expires_at=opened.expires_at,
        due_at=opened.expires_at + GRACE,
    )
    show(session, "verification.started", by=by)
    return session


def refusal(buyer: Buyer) -> MalformedRequest | StateConflict | None:
    """Why no verification can be started now, if so."""
    if buyer.kyc_mode != Buyer.KycMode.NT24_LED:
        return NoVerificationInModeA()
    session = newest_session(buyer)
    if session is None or session.status not in (Status.VERIFIED, Status.IN_REVIEW):
        return None
    return AlreadyVerified() if session.status == Status.VERIFIED else WaitsForStaff()


def is_done_by_buyer(buyer: Buyer) -> bool:
    """Whether there is nothing left for the buyer to do: Mode A, verified, or a result that staff review.

    A check that was rejected, has run out or was not finished is missing.
    """
    if buyer.kyc_mode != Buyer.KycMode.NT24_LED:
        return True
    session = newest_session(buyer)
    return session is not None and session.status in (Status.VERIFIED, Status.IN_REVIEW)


def newest_session(buyer: Buyer) -> VerificationSession | None:
    return (
        VerificationSession.objects.filter(buyer=buyer)
        .select_related("buyer__seller")
        .order_by("-pk")
        .first()
    )


def usable_session(buyer: Buyer) -> VerificationSession | None:
    """The session that the buyer can still visit."""
    session = newest_session(buyer)
    is_usable = session is not None and session.status == Status.OPEN and session.expires_at > timezone.now()
    return session if is_usable else None


def link_of(session: VerificationSession) -> str:
    """Where the buyer goes. Whoever has the link can verify himself as this buyer."""
    assert session.link is not None
    return decrypt(session.link)


def supersede(buyer: Buyer) -> None:
    """End the session that has run out but was not settled yet; a result that it still gets changes nothing."""
    for session in VerificationSession.objects.filter(buyer=buyer, status=Status.OPEN):
        move_quietly(session, Status.EXPIRED)
        session.link, session.due_at, session.leased_until = None, None, None
        session.save()


# --- Results -------------------------------------------------------------------------------------------------------


@action
def record_finding(finding: Finding, *, by: Actor) -> None:
    """Store a result and what follows from it, once: one that is repeated, overruled or outdated changes nothing."""
    buyer_id = (
        VerificationSession.objects.filter(scan_ref=finding.scan_ref).values_list("buyer", flat=True).first()
    )
    if buyer_id is None:
        log.warning("verification_unknown", scan_ref=finding.scan_ref)
        return
    # Locked in a statement of its own, so that what is read next is what the one before us has left.
    buyer = Buyer.objects.for_change().get(pk=buyer_id)
    session = newest_session(buyer)
    if session is None or session.scan_ref != finding.scan_ref or finding.authority <= session.authority:
        log.info("verification_result_without_effect", scan_ref=finding.scan_ref, overall=finding.overall)
        return
    note(session, finding)
    if session.status == finding.status:
        session.save()
        show(session, "verification.confirmed", by=by)
    else:
        end(session, finding.status, reason=finding.reason or finding.overall, by=by)


def note(session: VerificationSession, finding: Finding) -> None:
    """What the result says beside its status. A flag stays until two people clear it."""
    session.authority, session.overall, session.reason = finding.authority, finding.overall, finding.reason
    if session.aml_status != Kyc.Aml.FLAGGED:
        session.aml_status = finding.aml_status
    if finding.evidence:
        session.evidence = encrypt(json.dumps(finding.evidence))
        session.raw_sha256 = finding.raw_sha256
    session.link, session.due_at, session.leased_until = None, None, None


def end(
    session: VerificationSession, to: VerificationSession.Status, *, reason: str, by: Actor, typed: str = ""
) -> None:
    """Move the session and tell of it: an outcome to the outside, everything to the trail."""
    move_quietly(session, to)
    session.decided_at = timezone.now()
    session.save()
    message = completed(session, reason) if to in OUTCOMES else None
    show(session, TOLD_AS[to], by=by, message=message, typed=typed)


def completed(session: VerificationSession, reason: str) -> dict[str, Any]:
    """The `data` of `kyc.verification_completed` (contract 12)."""
    is_rejected = session.status == Status.REJECTED
    return {
        "buyerUuid": session.buyer.uuid,
        "outcome": session.status,
        "sessionId": session.uuid,
        "completedAt": session.decided_at,
        **({"reason": reason} if is_rejected else {}),
    }


def show(
    session: VerificationSession,
    told_as: str,
    *,
    by: Actor,
    message: dict[str, Any] | None = None,
    typed: str = "",
) -> None:
    """Let `Kyc` follow the newest session, write the trail, and assess the orders when anything shown changed."""
    buyer = session.buyer
    record = Kyc.objects.get(buyer=buyer)
    was = {"verificationStatus": record.verification_status, "amlStatus": record.aml_status}
    has_changed = follow(record, standing(session), is_written=False)
    now = {"verificationStatus": record.verification_status, "amlStatus": record.aml_status}
    announce(
        record,
        told_as,
        by=by,
        seller=buyer.seller,
        changes={
            "sessionId": [None, str(session.uuid)],
            **{name: [was[name], now[name]] for name in was if was[name] != now[name]},
        },
        reason=typed,
        message=message,
    )
    if has_changed:
        assess_orders(buyer, by=by)


def standing(newest: VerificationSession) -> dict[str, str]:
    """What `Kyc` shows. A flag of an earlier session is not undone by trying again with somebody else."""
    has_flag = VerificationSession.objects.filter(buyer=newest.buyer_id, aml_status=Kyc.Aml.FLAGGED).exists()
    return {
        "verification_status": SHOWN[Status(newest.status)],
        "aml_status": Kyc.Aml.FLAGGED if has_flag else newest.aml_status,
    }


# --- Sessions without a callback -----------------------------------------------------------------------------------


def settle_due() -> int:
    """Ask about sessions whose result is overdue, one at a time; how many there were."""
    done = 0
    while claimed := claim_due(VerificationSession, lease=LEASE, limit=1):
        for session in claimed:
            settle(session)
            done += 1
    return done


def settle(session: VerificationSession) -> None:
    """Claimed → asked → recorded. Without a result in the end, the session has run out."""
    finding = idenfy.look_up(session.scan_ref)
    if finding is None and session.tries < LOOK_UPS:
        VerificationSession.objects.filter(pk=session.pk, status=Status.OPEN).update(
            due_at=database_time() + LOOK_AGAIN_AFTER, leased_until=None
        )
        return
    record_finding(finding or idenfy.run_out(session.scan_ref), by=CLOCK)


# --- What staff decide ---------------------------------------------------------------------------------------------


@action
def review_verification(
    buyer: Buyer, *, outcome: VerificationSession.Status, reason: str, by: Actor
) -> VerificationSession:
    """Decide a result that iDenfy left open: VERIFIED or REJECTED. iDenfy cannot overrule it afterwards.

    :raises Forbidden: by somebody else than staff.
    :raises ValidationFailed: without a reason, or for another outcome.
    :raises NothingToReview: nothing waits.
    """
    require_staff(by)
    require_reason(reason)
    if outcome not in OUTCOMES:
        raise ValidationFailed(FieldError("outcome", "Choose VERIFIED or REJECTED."))
    session = newest_session(buyer)
    if session is None or session.status != Status.IN_REVIEW:
        raise NothingToReview
    session.authority = Authority.STAFF
    end(session, outcome, reason=STAFF_REVIEW, by=by, typed=reason)
    return session


@action
def clear_aml(buyer: Buyer, *, reason: str, by: Actor, seconded_by: Actor) -> VerificationSession:
    """Decide that nobody on a list is meant: takes two people (contract 14). Also where the result had no screening.

    :raises Forbidden: by somebody else than staff, or by one person alone.
    :raises ValidationFailed: without a reason.
    :raises NothingToClear: no flag, and no verification that only lacks its screening.
    """
    require_staff(by)
    require_staff(seconded_by)
    require_reason(reason)
    if by.id == seconded_by.id:
        raise SecondPersonNeeded
    session = newest_session(buyer)
    if session is None or not can_be_cleared(session):
        raise NothingToClear
    VerificationSession.objects.filter(buyer=buyer, aml_status=Kyc.Aml.FLAGGED).update(
        aml_status=Kyc.Aml.CLEAR
    )
    if session.status in (Status.VERIFIED, Status.IN_REVIEW):
        VerificationSession.objects.filter(pk=session.pk).update(aml_status=Kyc.Aml.CLEAR)
    session.refresh_from_db(fields=["aml_status"])
    # An entry of each, so that the trail has both as what they are: two members of staff.
    announce(
        Kyc.objects.get(buyer=buyer),
        "aml.clearing_seconded",
        by=seconded_by,
        seller=buyer.seller,
        reason=reason,
    )
    show(session, "aml.cleared", by=by, typed=reason)
    return session


def can_be_cleared(newest: VerificationSession) -> bool:
    shown = standing(newest)["aml_status"]
    return shown == Kyc.Aml.FLAGGED or (shown == Kyc.Aml.PENDING and newest.status == Status.VERIFIED)
