"""The life of a VIES check: queued in a table, asked outside of any transaction, recorded with its evidence.

An outage is never "invalid": the check stays open and is tried again, the last real answer stays the last known one.
A refusal of the seller's own number leaves it open as well, until that number is corrected (contract 17.14).
"""

from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from buyers.models import Buyer, ViesCheck
from buyers.refused_requesters import forget_refusal, note_refusal, sellers_with_another_number
from buyers.vies import REQUESTER_REFUSED, VISIBLE_TRIES, Answer, Question, ask, next_try_after
from buyers.vies.numbers import split_vat_number
from nt24.actors import Actor, system
from nt24.claims import claim_due, database_time
from nt24.events import announce, evidence_changed
from nt24.lifecycle import move_quietly
from nt24.nudges import nudge
from nt24.records import action

LEASE = timedelta(seconds=60)  # a question takes at most 40
ASKER = system("ask-vies")
DAILY = system("daily-vies-recheck")
REAL = (ViesCheck.Result.VALID, ViesCheck.Result.INVALID)
# Asked a little before the day is over, so that the answer is there when the old one turns 24 hours old.
RECHECK_AFTER = timedelta(hours=23, minutes=30)

log = structlog.get_logger(__name__)


def latest_answer(buyer: Buyer) -> ViesCheck | None:
    """The last check that VIES really answered."""
    return ViesCheck.objects.filter(buyer=buyer, result__in=REAL).order_by("-pk").first()


def open_check(buyer: Buyer) -> ViesCheck | None:
    return ViesCheck.objects.filter(buyer=buyer).exclude(status=ViesCheck.Status.COMPLETED).first()


def is_waited_for(check: ViesCheck | None) -> bool:
    """Whether an answer is expected; after a few outages the result shown is UNKNOWN (contract 10)."""
    if check is None or check.status == ViesCheck.Status.COMPLETED:
        return False
    return check.tries < VISIBLE_TRIES or waits_for_the_seller(check)


def waits_for_the_seller(check: ViesCheck) -> bool:
    """VIES has refused the seller's own number, and only a corrected one helps (contract 17.14)."""
    return check.status != ViesCheck.Status.COMPLETED and check.error_code == REQUESTER_REFUSED


@action
def request_vies_check(buyer: Buyer, *, cause: ViesCheck.Cause, by: Actor) -> ViesCheck:
    """Queue a check; an open one serves as well and is made due at once."""
    try:
        check, is_new = open_or_new_check(buyer, cause)
    except IntegrityError:
        # The open one was answered between the insert that met it and the look for it; now there is room.
        check, is_new = open_or_new_check(buyer, cause)
    if not is_new:
        make_due(check)
    else:
        announce(check, "vies_check.requested", by=by, seller=buyer.seller)
    from buyers.tasks import ask_vies

    nudge(ask_vies)
    return check


def open_or_new_check(buyer: Buyer, cause: ViesCheck.Cause) -> tuple[ViesCheck, bool]:
    """The buyer's open check, or one that is made now; true when it is new."""
    return ViesCheck.objects.get_or_create(
        buyer=buyer,
        status__in=(ViesCheck.Status.QUEUED, ViesCheck.Status.IN_PROGRESS),
        defaults={
            "vat_number": str(split_vat_number(buyer.vat_number)),
            "requester_vat_number": buyer.seller.vat_number,
            "cause": cause,
            "status": ViesCheck.Status.QUEUED,
            "due_at": timezone.now(),
        },
    )


def make_due(check: ViesCheck) -> None:
    """Let a check that waits for its next try be asked now, unless its answer is being recorded at this moment.

    Who records an answer holds the check and waits for the orders; who calls this may hold an order, so it must
    not wait for the check.
    """
    waiting = ViesCheck.objects.filter(pk=check.pk, status=ViesCheck.Status.QUEUED)
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    for pk in waiting.values_list("pk", flat=True):
        ViesCheck.objects.filter(pk=pk).update(due_at=database_time())


def is_stale(answer: ViesCheck | None, now: datetime) -> bool:
    """Whether a buyer on the move has to be asked about again."""
    return answer is None or answer.checked_at is None or answer.checked_at <= now - RECHECK_AFTER


def ask_due() -> int:
    """Ask what is due, one at a time; how many there were."""
    ask_again_for_corrected_sellers()
    done = 0
    while claimed := claim_due(ViesCheck, lease=LEASE, limit=1):
        for check in claimed:
            run_check(check)
            done += 1
    return done


def ask_again_for_corrected_sellers() -> None:
    """Make the checks due that waited for a corrected number of their seller.

    Found by comparing, not by being told of the correction: a refusal may be recorded while the number is corrected.
    """
    for seller_id in sellers_with_another_number():
        with transaction.atomic(durable=True):
            forget_refusal(seller_id)
            waiting = ViesCheck.objects.filter(
                buyer__seller=seller_id, status=ViesCheck.Status.QUEUED, error_code=REQUESTER_REFUSED
            )
            waiting.update(due_at=database_time(), leased_until=None, tries=0)


def run_check(check: ViesCheck) -> None:
    """Claimed → asked → recorded. The requester is the seller's number of this moment, not of the request."""
    buyer = Buyer.objects.select_related("seller").get(pk=check.buyer_id)
    requester = buyer.seller.vat_number
    ViesCheck.objects.filter(pk=check.pk).exclude(status=ViesCheck.Status.COMPLETED).update(
        status=ViesCheck.Status.IN_PROGRESS, requester_vat_number=requester
    )
    answer = ask(
        Question(
            vat_number=check.vat_number,
            requester_vat_number=requester or None,
            company_name=buyer.company_name,
            street=buyer.address["street"],
            postal_code=buyer.address["post_code"],
            city=buyer.address["city"],
        )
    )
    record_answer(check.pk, answer)


def record_answer(check_id: int, answer: Answer) -> None:
    """Store what VIES said, or when to ask again; the open orders of the buyer are assessed with it."""
    with transaction.atomic(durable=True):
        buyer_id = ViesCheck.objects.values_list("buyer", flat=True).get(pk=check_id)
        buyer = Buyer.objects.for_change().select_related("seller").get(pk=buyer_id)
        check = ViesCheck.objects.get(pk=check_id)
        if check.status == ViesCheck.Status.COMPLETED:
            return  # a twin whose lease had run out was answered first
        previous = latest_answer(buyer)
        pause = next_try_after(check.tries) if answer.retryable else None
        if answer.error_code == REQUESTER_REFUSED:
            wait_for_the_seller(check, answer)
            note_refusal(buyer.seller, check.requester_vat_number, by=ASKER)
        elif pause is not None:
            wait_for_next_try(check, answer, max(pause, answer.retry_after))
        else:
            complete(check, answer)
            tell(check, buyer, previous)
            if check.result in REAL:
                forget_refusal(buyer.seller_id)
        evidence_changed.send(sender=ViesCheck, buyer_id=buyer.pk, by=ASKER)


def wait_for_next_try(check: ViesCheck, answer: Answer, pause: timedelta) -> None:
    log.info("vies_without_answer", check=str(check.uuid), code=answer.error_code, tries=check.tries)
    ViesCheck.objects.filter(pk=check.pk).update(
        status=ViesCheck.Status.QUEUED,
        error_code=answer.error_code,
        due_at=database_time() + pause,
        leased_until=None,
    )


def wait_for_the_seller(check: ViesCheck, answer: Answer) -> None:
    """Not due until somebody asks, or the seller's number is another one."""
    ViesCheck.objects.filter(pk=check.pk).update(
        status=ViesCheck.Status.QUEUED, error_code=answer.error_code, due_at=None, leased_until=None
    )


def complete(check: ViesCheck, answer: Answer) -> None:
    check.result = ViesCheck.Result(answer.outcome.value)
    check.error_code = answer.error_code
    check.consultation_number = answer.consultation_number
    check.trader_name, check.trader_address = answer.trader_name, answer.trader_address
    check.request_body, check.raw_body, check.raw_sha256 = answer.requested, answer.raw, answer.raw_sha256
    check.checked_at, check.due_at, check.leased_until = answer.asked_at, None, None
    move_quietly(check, ViesCheck.Status.COMPLETED)
    check.save()


def tell(check: ViesCheck, buyer: Buyer, previous: ViesCheck | None) -> None:
    """The trail always; the outside only when a number turns out to be really invalid, once per change."""
    before = previous.result if previous else "UNKNOWN"
    turned_invalid = check.result == ViesCheck.Result.INVALID and before != ViesCheck.Result.INVALID
    message = {
        "buyerUuid": buyer.uuid,
        "vatNumber": buyer.vat_number,
        "previousResult": before,
        "currentResult": check.result,
        "checkedAt": check.checked_at,
        "reason": check.error_code or "NOT_VALID",
    }
    announce(
        check,
        "vies_check.failed" if turned_invalid else "vies_check.completed",
        by=ASKER,
        seller=buyer.seller,
        changes={"result": [before, check.result]},
        message=message if turned_invalid else None,
    )


def queue_daily_checks(buyers: list[Buyer]) -> int:
    """Queue the daily re-check of those whose last answer is nearly a day old; how many were queued."""
    queued = 0
    for buyer in buyers:
        if is_stale(latest_answer(buyer), timezone.now()) and open_check(buyer) is None:
            request_vies_check(buyer, cause=ViesCheck.Cause.DAILY, by=DAILY)
            queued += 1
    return queued
