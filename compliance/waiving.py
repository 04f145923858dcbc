"""What an override of two members of staff means to the rules (ADR 0022): what it sets aside, what never, its basis.

Standard library only, no clock: pure functions of what the rules have found.
"""

from collections.abc import Iterable

from compliance.blockers import NEVER_WAIVED
from compliance.case import Case, OverrideFacts
from compliance.rules import Blocker

EXEMPTED = (
    "Two members of NT24 staff decided that this supply may be invoiced without VAT, although not everything that is"
    " checked here is as it should be."
)
TAXED = "Two members of NT24 staff decided that VAT applies to this supply."


def set_aside(found: Iterable[Blocker], override: OverrideFacts | None) -> tuple[Blocker, ...]:
    """Of what is found, what an override to VALID_EXPORT does not count; what comes up later counts."""
    if override is None or override.decision != "VALID_EXPORT":
        return ()
    return tuple(blocker for blocker in found if blocker.code in override.waived - NEVER_WAIVED)


def never_waived(found: Iterable[Blocker]) -> tuple[str, ...]:
    """The codes that stand in the way of an override to VALID_EXPORT."""
    return tuple(blocker.code for blocker in found if blocker.code in NEVER_WAIVED)


def codes_to_waive(case: Case, found: Iterable[Blocker]) -> tuple[str, ...]:
    """What an override to VALID_EXPORT made now has to set aside: all that is found.

    A proof of delivery that is not waited for has no deadline any more; else the verdict would fall on its day.
    """
    codes = tuple(blocker.code for blocker in found)
    is_waiting = any(case.proof_deadline(vehicle) is not None for vehicle in case.transport.vehicles)
    return tuple(dict.fromkeys((*codes, "EVIDENCE_DEADLINE_PASSED"))) if is_waiting else codes


def exempted_by_staff(override: OverrideFacts, aside: Iterable[Blocker]) -> tuple[str, ...]:
    """The basis in place of the law's reasons, which would not all be true."""
    named = (f"Set aside by them ({blocker.code}): {blocker.finding}" for blocker in aside)
    return (EXEMPTED, reason_of(override), *named)


def taxed_by_staff(override: OverrideFacts) -> tuple[str, ...]:
    return (TAXED, reason_of(override))


def reason_of(override: OverrideFacts) -> str:
    return f"Their reason: {override.reason}"
