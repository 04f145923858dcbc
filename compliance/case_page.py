"""Everything about one order on one page: what is fulfilled, what blocks, and what happened.

The number of queries does not depend on how many vehicles, papers, checks or versions there are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import QuerySet

from buyers.models import ViesCheck
from compliance.models import ExportFile, Override, Rollup
from compliance.rules import FATAL
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.proposals.models import Proposal
from nt24.staff.timeline import CODE, Moment, moments
from nt24.staff.wording import in_words as words_of_code
from nt24.staff.wording import label_of
from orders.iban import masked
from orders.models import Invoice, Order, Payment, Reading, Vehicle
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


# What removes a blocker: the move of this page, or the buyer's page, where the rest of them is decided.
REMEDIES: Mapping[str, str] = {
    "MISSING_INVOICE": "submit-invoice",
    "MISSING_INVOICE_PDF": "file-invoice-document",
    "INVOICE_TOTAL_MISMATCH": "change-invoice",
    "INVOICE_VAT_MISMATCH": "change-invoice",
    "BUYER_NAME_MISMATCH": "change-invoice",
    "MARGIN_SCHEME": "change-invoice",
    "FINAL_INVOICE_VAT_MISMATCH": "change-final-invoice",
    "MISSING_PAYMENT": "submit-payment",
    "MISSING_PAYMENT_PROOF": "file-payment-document",
    "AMOUNT_MISMATCH": "change-payment",
    "IBAN_MISMATCH": "change-payment",
    "NOT_READY_FOR_PICKUP": "ready-for-pickup",
    "PICKUP_NOT_CONFIRMED": "confirm-pickup",
    "DELIVERY_NOT_CONFIRMED": "confirm-delivery",
    "MISSING_CMR": "file-transport-document",
    "MISSING_PICKUP_DECLARATION": "file-transport-document",
    "MISSING_DELIVERY_PROOF": "file-transport-document",
    "EVIDENCE_DEADLINE_PASSED": "file-transport-document",
    "DESTINATION_NOT_CROSS_BORDER": "revoke-delivery",
}


@dataclass(frozen=True, slots=True)
class BlockerShown:
    """`remedy` is the name of the move that removes it; empty where the buyer's page does, or only time."""

    code: str
    message: str
    is_fatal: bool
    remedy: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the six modules of the rollup: how it stands, what it says, what blocks it."""

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
    panels: Sequence[Panel]
    vehicles: Sequence[VehicleShown]
    invoices: Sequence[Invoice]
    payment: Payment | None
    account: str
    papers: Mapping[str, Sequence[Paper]]
    kyc_papers: Sequence[Document]
    checks: Sequence[ViesCheck]
    proposals: Sequence[Proposal]
    overrides: Sequence[Override]
    versions: Sequence[ExportFile]
    moments: Sequence[Moment]


def orders_with_parts() -> QuerySet[Order]:
    """Orders with all that a page and its moves look at; the rest is asked for by `case_page`."""
    parts = ("buyer__kyc", "seller__organization", "payment", "transport", "rollup")
    return Order.objects.select_related(*parts).prefetch_related(
        "vehicles", "invoices", "transport__milestones", "overrides"
    )


def case_page(order: Order) -> CasePage:
    """`order` is one of `orders_with_parts`."""
    rollup, payment = order.rollup, getattr(order, "payment", None)
    invoices = sorted(order.invoices.all(), key=lambda invoice: invoice.type, reverse=True)
    documents = list(Document.objects.filter(subject_uuid__in=(order.uuid, order.buyer.uuid)))
    hints = {row.document_id: row.findings for row in Reading.objects.filter(order=order)}
    return CasePage(
        order=order,
        rollup=rollup,
        panels=panels_of(rollup, invoices),
        vehicles=vehicles_of(order),
        invoices=invoices,
        payment=payment,
        account=masked(payment.source_iban) if payment else "",
        papers=papers_of(documents, hints),
        kyc_papers=[document for document in documents if document.module == Module.KYC],
        checks=list(ViesCheck.objects.filter(buyer=order.buyer_id).order_by("-pk")[:CHECKS_SHOWN]),
        proposals=list(Proposal.objects.filter(order_uuid=order.uuid).order_by("-pk")),
        overrides=sorted(order.overrides.all(), key=lambda override: override.pk, reverse=True),
        versions=list(ExportFile.objects.filter(order=order).defer("dossier").order_by("-number")),
        moments=moments(order_uuid=order.uuid, about=[order.buyer.uuid, order.buyer.kyc.uuid]),
    )


def panels_of(rollup: Rollup, invoices: Iterable[Invoice]) -> list[Panel]:
    """The stored rollup as partners see it, module by module."""
    content = orjson.loads(rollup.content_json)
    return [
        Panel(
            name=name,
            title=title,
            status=content["modules"][name].get("status", ""),
            facts=list(facts_of(content["modules"][name])),
            blockers=[
                BlockerShown(
                    one["code"], one["message"], one["code"] in FATAL, remedy_of(one["code"], invoices)
                )
                for one in content["blockers"]
                if one["module"] == name
            ],
        )
        for name, title in MODULES
    ]


def remedy_of(code: str, invoices: Iterable[Invoice]) -> str:
    """The move that removes it: where an invoice is wrong and the preliminary one is not, the final one is meant."""
    remedy = REMEDIES.get(code, "")
    if remedy != "change-invoice":
        return remedy
    statuses: dict[str, str] = {invoice.type: invoice.status for invoice in invoices}
    is_final = "FINAL" in statuses and statuses.get("PRELIMINARY") == Invoice.Status.VALID
    return "change-final-invoice" if is_final else remedy


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


def steps_of(case: CasePage) -> list[str]:
    """The moves that go on with the case, the next one first: a remedy each, then the final invoice."""
    remedies = [blocker.remedy for panel in case.panels for blocker in panel.blockers if blocker.remedy]
    # The papers of a pickup are at hand; its delivery may be days away.
    in_time = sorted(dict.fromkeys(remedies), key=lambda remedy: remedy == "confirm-delivery")
    return [*in_time, "submit-final-invoice"]
