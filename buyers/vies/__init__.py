"""VAT number checks with VIES: `ask` and what belongs to it.

An outage is an answer (UNKNOWN, retryable), not an exception. Storing answers, retrying and deciding what an
answer means for an order is the caller's business.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from buyers.vies import breaker, live, sandbox
from buyers.vies.answers import BREAKER_OPEN, REQUESTER_REFUSED, Answer, Outcome, Question, outage
from buyers.vies.live import ServiceStatus
from buyers.vies.numbers import check_digit_warning, split_vat_number
from buyers.vies.sandbox import NEXT_ANSWERS, set_next
from buyers.vies.schedule import VISIBLE_TRIES, next_try_after

__all__ = [
    "NEXT_ANSWERS",
    "REQUESTER_REFUSED",
    "VISIBLE_TRIES",
    "Answer",
    "Outcome",
    "Question",
    "ServiceStatus",
    "ask",
    "check_digit_warning",
    "next_try_after",
    "set_next",
    "status_of_member_states",
]


def ask(question: Question) -> Answer:
    """Ask the provider of VIES_PROVIDER once. Takes up to 40 seconds: never call it inside a transaction.

    While the breaker of the member state is open, the answer is UNKNOWN, BREAKER_OPEN, without a request. The
    sandbox has no breaker: there an outage belongs to one number and says nothing about the others.

    :raises ImproperlyConfigured: for an unknown provider or an unencrypted VIES_URL outside development.
    """
    if is_sandbox():
        return sandbox.ask_sandbox(question)
    state = split_vat_number(question.vat_number).country
    if not breaker.allows(state):
        return outage(BREAKER_OPEN, asked_at=timezone.now(), provider=live.PROVIDER)
    answer = live.ask_live(question)
    if answer.retryable:
        breaker.note_outage(state)
    elif answer.error_code != REQUESTER_REFUSED:  # which says nothing about the state
        breaker.note_success(state)
    return answer


def status_of_member_states() -> ServiceStatus:
    """What the service says about itself and each member state, for people to look at."""
    return sandbox.sandbox_status() if is_sandbox() else live.live_status()


def is_sandbox() -> bool:
    if settings.VIES_PROVIDER not in {"sandbox", "live"}:
        raise ImproperlyConfigured(f"VIES_PROVIDER is sandbox or live, not {settings.VIES_PROVIDER}.")
    return settings.VIES_PROVIDER == "sandbox"
