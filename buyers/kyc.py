"""What a buyer's file needs and what it amounts to: pure functions of stored facts (contract 6).

Standard library only. Refuses to look anything up: callers bring the facts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

OverallStatus = Literal["INCOMPLETE", "VALID", "INVALID"]
ViesResultShown = Literal["VALID", "INVALID", "PENDING", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Need:
    """One document the file needs. `accepted` holds document types, or a family written `COC_*`."""

    title: str
    accepted: tuple[str, ...]

    @property
    def name(self) -> str:
        """The need as `missingDocuments` shows it, e.g. `COC_*` or `CONTACT_ID_CARD|CONTACT_PASSPORT`."""
        return "|".join(self.accepted)

    def is_met_by(self, document_types: Collection[str]) -> bool:
        return any(fnmatchcase(kind, pattern) for kind in document_types for pattern in self.accepted)


REGISTER_EXTRACT = Need("company register document", ("COC_*",))
VAT_REGISTRATION = Need("proof of the VAT registration", ("VAT_*",))
IDENTITY_DOCUMENT = Need(
    "identity document of a contact person",
    ("CONTACT_ID_CARD", "CONTACT_PASSPORT", "CONTACT_DRIVING_LICENCE"),
)
AML_DECLARATION = Need("anti-money-laundering declaration", ("AML_DECLARATION",))

# Contract 6, "Documents needed". In Mode B identity comes from the verification, not from a document.
NEEDS: dict[str, tuple[Need, ...]] = {
    "MARKETPLACE_LED": (REGISTER_EXTRACT, VAT_REGISTRATION, IDENTITY_DOCUMENT, AML_DECLARATION),
    "NT24_LED": (REGISTER_EXTRACT, VAT_REGISTRATION, AML_DECLARATION),
}


def missing_needs(mode: str, active_types: Collection[str]) -> list[Need]:
    """The needs of this KYC mode that no active, counting document meets, in the table's order."""
    return [need for need in NEEDS[mode] if not need.is_met_by(active_types)]


def missing_documents(mode: str, active_types: Collection[str]) -> list[str]:
    """The names of the missing needs, as `missingDocuments` shows them."""
    return [need.name for need in missing_needs(mode, active_types)]


def vies_result_shown(last_completed: str | None, outstanding: bool) -> ViesResultShown:
    """The `viesResult` of a buyer.

    The last completed answer stays while a re-check runs or VIES is out of order. Before any answer it
    is PENDING while a check is queued, running or waiting for its retry, otherwise UNKNOWN.
    """
    if last_completed == "VALID":
        return "VALID"
    if last_completed == "INVALID":
        return "INVALID"
    return "PENDING" if outstanding else "UNKNOWN"


def overall_status(
    mode: str,
    missing: Collection[str],
    vies_result: str | None,
    verification: str,
    aml: str,
    *,
    is_exposed: bool = False,
) -> OverallStatus:
    """The `overallStatus` of a buyer's KYC. Verification and AML count in Mode B only.

    `is_exposed`: a declared politically exposed person waits for staff; nothing counts before, in either mode.

    `vies_result` may be the last completed answer or the result shown: only VALID and INVALID decide.
    """
    verified_by_us = mode == "NT24_LED"
    if vies_result == "INVALID" or (verified_by_us and verification == "REJECTED"):
        return "INVALID"
    if missing or vies_result != "VALID" or is_exposed:
        return "INCOMPLETE"
    if verified_by_us and (verification != "VERIFIED" or aml != "CLEAR"):
        return "INCOMPLETE"
    return "VALID"
