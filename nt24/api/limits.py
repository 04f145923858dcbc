"""Rate limits of the API (contract 4.5): per organization and category, shared by the organization's clients.

`check` counts one call and says whether it may go on; the house view class raises the refusal and sets the
headers.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from nt24.api.shared_windows import windows_of_settings
from nt24.api.windows import BURST, MINUTE, Quota, Windows
from nt24.partners.authentication import Caller
from nt24.partners.models import RateLimitTier

READS = frozenset({"GET", "HEAD", "OPTIONS"})
WEBHOOK_TREE = "/v1/webhooks"


class Category(StrEnum):
    READ = "read"
    WRITE = "write"
    WEBHOOK_MANAGEMENT = "webhook-management"


# Calls per minute, contract 4.5. ENTERPRISE is not here: its limits are the organization's own.
LIMITS: dict[str, dict[Category, int]] = {
    RateLimitTier.STANDARD: {Category.READ: 300, Category.WRITE: 60, Category.WEBHOOK_MANAGEMENT: 10},
    RateLimitTier.HIGH_VOLUME: {Category.READ: 1000, Category.WRITE: 200, Category.WEBHOOK_MANAGEMENT: 30},
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """One call's answer. `reset_unix`: when `remaining` grows next; `retry_after`: 0 when allowed."""

    limit: int
    remaining: int
    reset_unix: int
    category: Category
    is_allowed: bool
    retry_after: int

    def headers(self) -> dict[str, str]:
        """The four headers of every answer after authentication; `Retry-After` comes with the problem."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_unix),
            "X-RateLimit-Category": self.category.value,
        }


def category_of(method: str, path: str) -> Category:
    """The whole webhook tree is one category, whatever the method; elsewhere the method decides."""
    if path == WEBHOOK_TREE or path.startswith(f"{WEBHOOK_TREE}/"):
        return Category.WEBHOOK_MANAGEMENT
    return Category.READ if method in READS else Category.WRITE


def limit_of(caller: Caller, category: Category) -> int:
    """Calls per minute; an ENTERPRISE organization has its own numbers, the others those of their tier."""
    own = {
        Category.READ: caller.read_limit,
        Category.WRITE: caller.write_limit,
        Category.WEBHOOK_MANAGEMENT: caller.webhook_limit,
    }[category]
    return own if own is not None else LIMITS[caller.rate_limit_tier][category]


def quota_of(limit: int) -> Quota:
    """Twice the even share in any ten seconds (contract 4.5), rounded down so that it is never more."""
    return Quota(per_minute=limit, per_burst=max(1, 2 * limit * BURST // MINUTE))


def check(caller: Caller, category: str) -> Allowance:
    """Count this call against the organization's budget; ten refusals in a row pause the client.

    Calls during a pause are refused without being counted, so they neither prolong it nor use up the budget.
    """
    kind = Category(category)
    limit = limit_of(caller, kind)
    taking = windows().take(
        f"organization:{caller.organization_uuid}", kind.value, quota_of(limit), client=str(caller.client_pk)
    )
    return Allowance(limit, taking.remaining, taking.reset, kind, taking.granted > 0, taking.wait)


@cache
def windows() -> Windows:
    """The counters of this process or of the shared cache, made at the first call: after a fork."""
    return windows_of_settings()
