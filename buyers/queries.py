"""The KYC status of a buyer, read from his documents, his VIES checks and his verification (contract 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from buyers import kyc
from buyers.checks import REAL, is_waited_for, latest_answer, open_check
from buyers.drafts import documents_in
from buyers.invitation_models import Draft, Invitation
from buyers.models import Buyer, Kyc, ViesCheck
from nt24.documents.models import Document
from nt24.documents.types import Module


@dataclass(frozen=True, slots=True)
class KycStatus:
    """`verification_status` is None in Mode A, which has no verification (contract 16.6)."""

    buyer_id: UUID
    kyc_mode: str
    overall_status: str
    vies_last_checked_at: datetime | None
    vies_result: str
    documents_complete: bool
    missing_documents: list[str]
    verification_status: str | None
    aml_status: str


def kyc_status_of(buyer: Buyer) -> KycStatus:
    """What is known about the buyer now."""
    record = Kyc.objects.get(buyer=buyer)
    documents = Document.objects.of(Module.KYC, buyer.uuid).newest_counting(timezone.localdate())
    missing = kyc.missing_documents(buyer.kyc_mode, documents)
    answer = latest_answer(buyer)
    is_mode_b = buyer.kyc_mode == Buyer.KycMode.NT24_LED
    result = answer.result if answer else None
    return KycStatus(
        buyer_id=buyer.uuid,
        kyc_mode=buyer.kyc_mode,
        overall_status=kyc.overall_status(
            buyer.kyc_mode,
            missing,
            result,
            record.verification_status,
            record.aml_status,
            is_exposed=record.exposed_since is not None,
        ),
        vies_last_checked_at=answer.checked_at if answer else None,
        vies_result=kyc.vies_result_shown(result, is_waited_for(open_check(buyer))),
        documents_complete=not missing,
        missing_documents=missing,
        verification_status=record.verification_status if is_mode_b else None,
        aml_status=aml_status_shown(record) if is_mode_b else Kyc.Aml.NOT_APPLICABLE,
    )


def aml_status_shown(record: Kyc) -> str:
    """CLEAR only once a declared politically exposed person was reviewed."""
    waits = record.exposed_since is not None and record.aml_status == Kyc.Aml.CLEAR
    return Kyc.Aml.PENDING if waits else record.aml_status


def overall_statuses(buyers: Sequence[Buyer]) -> dict[int, str]:
    """The overall status of each buyer by his number, in two queries; `buyers` come with their KYC."""
    answers = ViesCheck.objects.filter(buyer__in=buyers, result__in=REAL).order_by("pk")
    results = dict(answers.values_list("buyer_id", "result"))  # the last one of each stays
    types: dict[UUID, set[str]] = {}
    counting = Document.objects.counting(timezone.localdate()).filter(module=Module.KYC)
    rows = counting.filter(subject_uuid__in=[buyer.uuid for buyer in buyers])
    for subject, type in rows.values_list("subject_uuid", "type"):
        types.setdefault(subject, set()).add(type)
    return {
        buyer.pk: kyc.overall_status(
            buyer.kyc_mode,
            kyc.missing_documents(buyer.kyc_mode, types.get(buyer.uuid, set())),
            results.get(buyer.pk),
            buyer.kyc.verification_status,
            buyer.kyc.aml_status,
            is_exposed=buyer.kyc.exposed_since is not None,
        )
        for buyer in buyers
    }


@dataclass(frozen=True, slots=True)
class Paper:
    """One need of the buyer's file as the page behind a KYC link shows it: nothing of earlier documents but that."""

    need: kyc.Need
    files: tuple[Draft, ...]  # in the order of their pages; without their thumbnails
    is_met_already: bool  # by a document that was filed before
    same_as: str = (
        ""  # the type of another document that has one of the files, until the buyer says it is meant so
    )

    @property
    def waits_for_date(self) -> bool:
        return any(draft.waits_for_date for draft in self.files)

    @property
    def is_there(self) -> bool:
        if self.files:
            return not self.waits_for_date and not self.same_as
        return self.is_met_already


def papers_for_invitation(invitation: Invitation) -> list[Paper]:
    """Every need of the buyer behind a KYC link, in the table's order, with what is there."""
    buyer = invitation.buyer
    if buyer is None:
        return []
    documents = Document.objects.of(Module.KYC, buyer.uuid).newest_counting(timezone.localdate())
    files = documents_in(invitation)
    twins = twins_of([draft for drafts in files.values() for draft in drafts], buyer)
    return [
        Paper(need, tuple(files.get(need.name, ())), need.is_met_by(documents), twins.get(need.name, ""))
        for need in kyc.NEEDS[buyer.kyc_mode]
    ]


def twins_of(drafts: Sequence[Draft], buyer: Buyer) -> dict[str, str]:
    """Need of a draft → type of a document for another need, sent or filed before, that has the same file."""
    hashes = [draft.sha256 for draft in drafts]
    rows = Document.objects.of(Module.KYC, buyer.uuid).filter(status=Document.Status.ACTIVE)
    same = rows.filter(Q(sha256__in=hashes) | Q(originals__sha256__in=hashes)) if hashes else rows.none()
    seen = [
        (sha256, type)
        for row in same.values_list("sha256", "originals__sha256", "type")
        for sha256, type in ((row[0], row[2]), (row[1], row[2]))
    ]
    twins: dict[str, str] = {}
    for draft in sorted(drafts, key=lambda draft: draft.pk):
        others = (type for sha256, type in seen if sha256 == draft.sha256 and not serves(draft.need, type))
        if not draft.is_meant_twice and (other := next(others, "")):
            twins.setdefault(draft.need, other)
        seen.append((draft.sha256, draft.type))
    return twins


def serves(need: str, type: str) -> bool:
    return kyc.Need("", tuple(need.split("|"))).is_met_by([type])
