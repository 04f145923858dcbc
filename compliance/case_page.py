"""Everything about one order on one page: what is fulfilled, what blocks, and what happened.

The number of queries does not depend on how many vehicles, papers, checks or versions there are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import QuerySet

from buyers.buyer_page import NeedShown, needs_missing
from buyers.models import ViesCheck
from compliance.blockers import kind_of
from compliance.models import ExportFile, Override, Rollup
from compliance.next_step import State, Step, moves_for, next_step
from nt24.documents.models import Document, ScanStatus
from nt24.documents.types import Module
from nt24.proposals.models import Proposal
from nt24.staff.timeline import CODE, Moments, Names, moments
from nt24.staff.wording import in_words as words_of_code
from nt24.staff.wording import label_of
from orders.iban import masked
from orders.models import Invoice, Order, Payment, Reading, Vehicle
from orders.similar_names import similar_names
from transport.models import Milestone

CHECKS_SHOWN = 10
MODULES = (
    ("buyer", "Buyer and KYC"),
    ("order", "Order"),
    ("invoice", "Invoice"),
    ("payment", "Payment"),
    ("transport", "Transport"),
    ("exportFile", "Export File"),
)


@dataclass(frozen=True, slots=True)
class BlockerShown:
    """`moves` are the buttons that remove it, `part` is where on the buyer's page that is done."""

    code: str
    title: str
    message: str
    is_fatal: bool
    moves: Sequence[str]
    part: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the six modules of the rollup: its status, its facts, what blocks it."""

    name: str
    title: str
    status: str
    facts: Sequence[tuple[str, str]]
    blockers: Sequence[BlockerShown]


@dataclass(frozen=True, slots=True)
class VehicleShown:
    vehicle: Vehicle
    pickup: Milestone | None
    delivery: Milestone | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document, with the hints that its text has given."""

    document: Document
    hints: str


@dataclass(frozen=True, slots=True)
class CasePage:
    order: Order
    rollup: Rollup
    step: Step | None
    panels: Sequence[Panel]
    vehicles: Sequence[VehicleShown]
    invoices: Sequence[Invoice]
    similar_names: Sequence[Invoice]
    payment: Payment | None
    account: str
    papers: Mapping[str, Sequence[Paper]]
    kyc_papers: Sequence[Document]
    kyc_missing: Sequence[NeedShown]
    checks: Sequence[ViesCheck]
    proposals: Sequence[Proposal]
    overrides: Sequence[Override]
    versions: Sequence[ExportFile]
    moments: Moments

    @property
    def badge(self) -> str:
        return badge_of(self.order, self.rollup)


def badge_of(order: Order, rollup: Rollup) -> str:
    """The one code that says where an order is: its verdict, once there is one."""
    return rollup.decision if rollup.decision and not order.is_cancelled else order.status


def orders_with_parts() -> QuerySet[Order]:
    """Orders with all that a page and its moves look at; the rest is asked for by `case_page`."""
    parts = ("buyer__kyc", "seller__organization", "payment", "transport", "rollup")
    return Order.objects.select_related(*parts).prefetch_related(
        "vehicles", "invoices", "transport__milestones", "overrides"
    )


def case_page(order: Order, before: int | None = None) -> CasePage:
    """`order` is one of `orders_with_parts`; `before` an entry whose predecessors are shown as its history."""
    rollup, payment = order.rollup, getattr(order, "payment", None)
    invoices = sorted(order.invoices.all(), key=lambda invoice: invoice.type, reverse=True)
    documents = list(Document.objects.filter(subject_uuid__in=(order.uuid, order.buyer.uuid)))
    hints = {row.document_id: row.findings for row in Reading.objects.filter(order=order)}
    proposals = list(Proposal.objects.filter(order_uuid=order.uuid).order_by("-pk"))
    content, statuses = orjson.loads(rollup.content_json), {one.type: one.status for one in invoices}
    return CasePage(
        order=order,
        rollup=rollup,
        step=next_step(
            State(
                blockers={one["code"]: one["message"] for one in content["blockers"]},
                decision=rollup.decision,
                invoices=statuses,
                export_status=content["modules"]["exportFile"].get("status", ""),
                is_cancelled=order.is_cancelled,
                has_proposal=any(proposal.is_pending for proposal in proposals),
                scanning=moves_with_a_paper_at_the_scanner(documents),
            )
        ),
        panels=panels_of(content, statuses),
        vehicles=vehicles_of(order),
        invoices=invoices,
        similar_names=similar_names(order),
        payment=payment,
        account=masked(payment.source_iban) if payment else "",
        papers=papers_of(documents, hints),
        kyc_papers=[document for document in documents if document.module == Module.KYC],
        kyc_missing=needs_missing(order.buyer) if "DOCUMENTS_MISSING" in rollup.blocker_codes else [],
        checks=list(ViesCheck.objects.filter(buyer=order.buyer_id).order_by("-pk")[:CHECKS_SHOWN]),
        proposals=proposals,
        overrides=sorted(order.overrides.all(), key=lambda override: override.pk, reverse=True),
        versions=list(ExportFile.objects.filter(order=order).defer("dossier").order_by("-number")),
        moments=moments(
            order_uuid=order.uuid,
            about=[order.buyer.uuid, order.buyer.kyc.uuid],
            before=before,
            names=Names(order.currency, {one.uuid: words_of_code(one.type) for one in documents}),
        ),
    )


def moves_with_a_paper_at_the_scanner(documents: Iterable[Document]) -> frozenset[str]:
    return frozenset(
        f"file-{document.module.lower()}-document"
        for document in documents
        if document.scan_status == ScanStatus.PENDING and document.status == Document.Status.ACTIVE
    )


def panels_of(content: Mapping[str, Any], invoices: Mapping[str, str]) -> list[Panel]:
    """The rollup as partners see it, module by module; `invoices` is type → status."""
    return [
        Panel(
            name=name,
            title=title,
            status=content["modules"][name].get("status", ""),
            facts=list(facts_of(content["modules"][name])),
            blockers=[blocker_shown(one, invoices) for one in content["blockers"] if one["module"] == name],
        )
        for name, title in MODULES
    ]


def blocker_shown(blocker: Mapping[str, str], invoices: Mapping[str, str]) -> BlockerShown:
    code, message = blocker["code"], blocker["message"]
    kind = kind_of(code)
    return BlockerShown(code, kind.title, message, kind.is_fatal, moves_for(code, invoices), kind.part)


NOT_SHOWN = {"status", "vins", "downloadUrl"}  # on the panel's head, in a table of their own, as a button


def facts_of(module: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in module.items():
        if name not in NOT_SHOWN:
            yield label_of(name), in_words(value)


def in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if CODE.fullmatch(str(value)) or (str(value).isalpha() and str(value).isupper()):
        return words_of_code(str(value))  # no names stand here, so this is a code of the wire
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z", str(value))
    return f"{moment[1]} {moment[2]} UTC" if moment else str(value)


def vehicles_of(order: Order) -> list[VehicleShown]:
    milestones = order.transport.milestones.all()
    standing = {(row.vehicle_id, row.kind): row for row in milestones if row.revoked_at is None}
    return [
        VehicleShown(
            vehicle,
            standing.get((vehicle.pk, Milestone.Kind.PICKUP)),
            standing.get((vehicle.pk, Milestone.Kind.DELIVERY)),
        )
        for vehicle in order.vehicles_in_order
    ]


def papers_of(documents: Iterable[Document], hints: Mapping[int, str]) -> dict[str, list[Paper]]:
    """By module, newest first; a buyer's KYC papers stand apart, because reading them is noted."""
    papers: dict[str, list[Paper]] = {module.value: [] for module in Module if module != Module.KYC}
    for document in documents:
        if document.module in papers:
            papers[document.module].append(Paper(document, hints.get(document.pk, "")))
    return papers
