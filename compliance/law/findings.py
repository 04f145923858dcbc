"""What a condition or a route finds: a code, and how much it weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Weight(IntEnum):
    """The heaviest first: what cannot be cured, what a person has to judge, what can still be supplied, a remark."""

    TAX = 3
    REVIEW = 2
    WAIT = 1
    FLAG = 0


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    weight: Weight


def tax(*codes: str) -> tuple[Finding, ...]:
    return tuple(Finding(code, Weight.TAX) for code in codes)


def review(*codes: str) -> tuple[Finding, ...]:
    return tuple(Finding(code, Weight.REVIEW) for code in codes)


def wait(*codes: str) -> tuple[Finding, ...]:
    return tuple(Finding(code, Weight.WAIT) for code in codes)


def flag(*codes: str) -> tuple[Finding, ...]:
    return tuple(Finding(code, Weight.FLAG) for code in codes)


def without_flags(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.weight is not Weight.FLAG)
