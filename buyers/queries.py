"""The KYC status of a buyer, read from his documents, his VIES checks and his verification (contract 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from buyers import kyc
from buyers.checks import REAL, is_waited_for, latest_answer, open_check
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
    draft: Draft | None
    is_met_already: bool  # by a document that was filed before

    @property
    def is_there(self) -> bool:
        return self.is_met_already or self.draft is not None


def papers_for_invitation(invitation: Invitation) -> list[Paper]:
    """Every need of the buyer behind a KYC link, in the table's order, with what is there."""
    buyer = invitation.buyer
    if buyer is None:
        return []
    documents = Document.objects.of(Module.KYC, buyer.uuid).newest_counting(timezone.localdate())
    drafts = {draft.need: draft for draft in Draft.objects.filter(invitation=invitation)}
    return [
        Paper(need, drafts.get(need.name), need.is_met_by(documents)) for need in kyc.NEEDS[buyer.kyc_mode]
    ]
