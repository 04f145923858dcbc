"""The Export File of one dossier: rendered as PDF/A-3, originals and decision embedded, sealed.

Refuses to build a file whose originals are not exactly those the dossier names. Reads neither database
nor clock.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from compliance import wording
from compliance.appendix import Appendix, appendix_of, has_pages
from compliance.dossier import Address, Dossier, Evidence, Invoice, Ruling, SealNotice, Vehicle, ViesCheck
from compliance.templatetags.export_file import day
from nt24.documents import pdf, sealing
from nt24.money import Money
from orders.vat_figures import rate_in_words

TEMPLATE = "compliance/pdf/export_file.html"
DECISION_NAME = sealing.MANIFEST_NAME
DECISION_FORMAT = "nt24.decision/1"
SHORT_HASH = 12  # characters of the decision's SHA-256 at the foot of every page
NO_PAGES = Appendix((), {})
COVER_VEHICLES = 3  # more are counted on the cover and listed in section 3
COVER_MOVES = 2  # of pickups and of deliveries; more are counted
COVER_BLOCKERS = 4  # more are counted and listed in section 8

SECTION_TITLES = (
    "Decision and summary",
    "Buyer and KYC",
    "Vehicles",
    "Invoices",
    "Payment",
    "Transport",
    "VIES history",
    "Compliance checks",
    "Evidence",
    "Timeline",
    "How to verify this file",
    "Pages of the documents",
)


class EvidenceAltered(Exception):
    """An original is missing, not named by the dossier, or not the bytes whose hash the dossier has."""


@dataclass(frozen=True, slots=True)
class Original:
    """An embedded document: `name` is `Evidence.embedded_as`; `open` gives its bytes, each time it is called."""

    name: str
    content_type: str
    sha256: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


def build(dossier: Dossier, originals: Iterable[Original]) -> bytes:
    """The sealed Export File. Slow (a second and more): call it outside a transaction.

    :raises EvidenceAltered: the originals are not the dossier's.
    :raises SealingFailed: the key cannot be used or the time-stamping authority does not answer.
    """
    reason = (
        f"Seals Export File {dossier.order.external_id} version {dossier.version}: {dossier.ruling.decision}"
    )
    document = compose(replace(dossier, seal=seal_notice()), originals)
    return sealing.seal(document, reason=reason, location=dossier.verify_url)


def seal_notice() -> SealNotice:
    """The seal that the present key makes."""
    key = sealing.sealing_key()
    return SealNotice(key.name, key.certificate_sha256, key.is_development)


def compose(dossier: Dossier, originals: Iterable[Original]) -> bytes:
    """The same file before the seal: identical bytes for an identical dossier.

    :raises EvidenceAltered: as `build`.
    """
    decision = decision_record(dossier)
    handed = _as_listed(dossier, originals)
    appendix = _appendix(handed)
    _, document = pdf.render(
        TEMPLATE,
        context(dossier, decision, appendix),
        title=f"Export File {dossier.order.external_id}, version {dossier.version}",
        created_at=dossier.created_at,
        time_zone=ZoneInfo(dossier.time_zone),
        pictures=appendix.pictures,
    )
    return pdf.embed(document, _embedded_files(dossier, decision, handed))


def decision_record(dossier: Dossier) -> bytes:
    """`decision.json`: verdict, rules, facts and document hashes, for machines. Canonical, UTF-8."""
    data: dict[str, Any] = dossier.to_data()["dossier"]
    record = {
        "format": DECISION_FORMAT,
        "orderReference": dossier.order.external_id,
        "orderUuid": dossier.order.uuid,
        "version": dossier.version,
        "generatedAt": data["created_at"],
        "factsAsOf": data["created_at"],  # later facts are not included
        "supersedes": data["supersedes"],
        "decision": dossier.ruling.decision,
        "complianceStatus": dossier.ruling.compliance_status,
        "decidedAt": data["ruling"]["decided_at"],
        "ruleset": dossier.ruling.ruleset,
        "basis": data["ruling"]["basis"],
        "override": data["ruling"]["override"],
        "blockers": [_blocker(check) for check in data["checks"] if check["outcome"] in {"OPEN", "FATAL"}],
        "checks": data["checks"],
        "seller": data["seller"],
        "buyer": data["buyer"],
        "vehicles": data["vehicles"],
        "viesChecks": data["vies_checks"],
        "documents": [_document_line(item) for item in dossier.evidence],
    }
    content = {**_camel(record), "case": data["case"]}  # the snapshot's keys are data, not ours to rename
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def context(dossier: Dossier, decision: bytes, appendix: Appendix = NO_PAGES) -> dict[str, Any]:
    """What the template needs beside the dossier itself."""
    decision_sha256 = hashlib.sha256(decision).hexdigest()
    return {
        "dossier": dossier,
        "statement": wording.statement(dossier.ruling.decision, is_by_staff=_is_by_staff(dossier.ruling)),
        "sections": [
            {"number": number, "title": title, "anchor": f"section-{number}"}
            for number, title in enumerate(SECTION_TITLES, start=1)
        ],
        "decision_name": DECISION_NAME,
        "decision_sha256": decision_sha256,
        "decision_short": decision_sha256[:SHORT_HASH],
        "vehicles_summary": _vehicles_summary(dossier.vehicles),
        "first_vehicles": dossier.vehicles[:COVER_VEHICLES],
        "further_vehicles": len(dossier.vehicles[COVER_VEHICLES:]),
        "cover_blockers": dossier.blockers[:COVER_BLOCKERS],
        "further_blockers": len(dossier.blockers[COVER_BLOCKERS:]),
        "buyer_evidence": [item for item in dossier.evidence if item.module == "KYC"],
        "invoices": _invoices(dossier),
        "final_invoice_wanted": _final_invoice_wanted(dossier),
        "journey": _journey(dossier),
        "answer": _vies_answer(dossier),
        "payment_total": _payment_total(dossier),
        "transport_proofs": _transport_proofs(dossier),
        "appendix": appendix,
        "evidence_summary": _evidence_summary(dossier.evidence),
        "law": wording.legal_references(
            _codes_that_name_the_law(dossier), departure_states=_departed_from(dossier).split(", ")
        ),
    }


def _codes_that_name_the_law(dossier: Dossier) -> list[str]:
    """What stands against the supply, and what two people set aside because another exemption applies (ADR 0053)."""
    aside = {check.code for check in dossier.checks if check.outcome == "WAIVED"}
    return [
        *(check.code for check in dossier.blockers),
        *sorted(aside & {"DESTINATION_OUTSIDE_VAT_TERRITORY"}),
    ]


def _as_listed(dossier: Dossier, originals: Iterable[Original]) -> list[tuple[Evidence, Original]]:
    """Every original with its line of the dossier.

    :raises EvidenceAltered: one is missing, or not named by the dossier.
    """
    expected = {item.embedded_as: item for item in dossier.evidence if item.is_embedded}
    handed = []
    for original in originals:
        item = expected.pop(original.name, None)
        if item is None:
            raise EvidenceAltered(f"{original.name}: not in the dossier, or given twice")
        handed.append((item, original))
    if expected:
        raise EvidenceAltered(f"missing originals: {', '.join(sorted(expected))}")
    return handed


def _appendix(handed: Iterable[tuple[Evidence, Original]]) -> Appendix:
    chosen = [(item, original) for item, original in handed if has_pages(item)]
    contents = ((item, _checked_content(original, item)) for item, original in chosen)
    return appendix_of(contents, papers=len(chosen))


def _embedded_files(
    dossier: Dossier, decision: bytes, handed: Iterable[tuple[Evidence, Original]]
) -> Iterator[pdf.EmbeddedFile]:
    """The decision first, then every original, read one at a time and checked against the dossier."""
    yield pdf.EmbeddedFile(
        name=DECISION_NAME,
        content=decision,
        content_type="application/json",
        relationship="Data",
        description="Decision, rules, facts and document hashes",
        modified_at=dossier.created_at,
    )
    for item, original in handed:
        yield pdf.EmbeddedFile(
            name=original.name,
            content=_checked_content(original, item),
            content_type=item.content_type,
            relationship="Supplement",
            description=f"{wording.label(item.type)}, original no. {item.number}",
            modified_at=item.uploaded_at,
        )


def _checked_content(original: Original, item: Evidence) -> bytes:
    with original.open() as file:
        content = file.read()
    found = hashlib.sha256(content).hexdigest()
    if not found == original.sha256 == item.sha256:
        raise EvidenceAltered(f"{original.name}: SHA-256 is {found}, the dossier has {item.sha256}")
    return content


def _document_line(item: Evidence) -> dict[str, Any]:
    """One document as `sealing.verify` reads it; `embeddedAs` is null for one that is not inside."""
    return {
        "number": item.number,
        "uuid": item.uuid,
        "module": item.module,
        "type": item.type,
        "status": item.status,
        "fileName": item.file_name,
        "embeddedAs": item.embedded_as or None,
        "contentType": item.content_type,
        "documentDate": item.document_on.isoformat(),
        "size": item.size,
        "sha256": item.sha256,
    }


def _blocker(check: dict[str, Any]) -> dict[str, Any]:
    return {name: check[name] for name in ("module", "code", "message")}


def _camel(value: Any) -> Any:
    """Member names as the API writes them; `nt24/api/json.py` serves requests, this a document."""
    if isinstance(value, dict):
        return {_camel_name(name): _camel(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_camel(item) for item in value]
    return value


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _is_by_staff(ruling: Ruling) -> bool:
    override = ruling.override
    return override is not None and wording.is_by_staff(
        ruling.decision, override=override.decision, rules_alone=override.rules_alone
    )


def _vehicles_summary(vehicles: tuple[Vehicle, ...]) -> str:
    return "1 vehicle" if len(vehicles) == 1 else f"{len(vehicles)} vehicles"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """`net` is None where the invoice includes VAT that it does not state; `rate` in percent, `state` that of the VAT.

    `is_overtaken`: a preliminary invoice without VAT, although VAT applies.
    """

    invoice: Invoice
    net: Money | None
    rate: str
    state: str
    is_overtaken: bool


def _invoices(dossier: Dossier) -> list[InvoiceLine]:
    return [
        _invoice_line(dossier, invoice)
        for invoice in (dossier.preliminary_invoice, dossier.final_invoice)
        if invoice
    ]


def _invoice_line(dossier: Dossier, invoice: Invoice) -> InvoiceLine:
    net: Money | None = None if invoice.vat_included else invoice.amount
    if invoice.vat is not None:
        net = Money(invoice.amount.value - invoice.vat.value, invoice.amount.currency)
    is_exempt = not invoice.vat_included and not invoice.margin_scheme
    return InvoiceLine(
        invoice=invoice,
        net=net,
        rate=rate_in_words(invoice.vat_rate) if invoice.vat_rate else "",
        # The supply is taxed where the transport begins (Directive 2006/112/EC, Article 32).
        state=_departed_from(dossier),
        is_overtaken=invoice.type == "PRELIMINARY" and is_exempt and not dossier.is_valid_export,
    )


def _departed_from(dossier: Dossier) -> str:
    """Codes of the countries where the goods were collected; the seller's as long as none was."""
    return dossier.ruling.departure_state or dossier.seller.address.country


def _final_invoice_wanted(dossier: Dossier) -> str:
    if dossier.is_valid_export:
        return "without VAT"
    preliminary = dossier.preliminary_invoice
    if preliminary is not None and preliminary.margin_scheme:
        return "under the margin scheme, without showing VAT"
    return "with VAT"


def _journey(dossier: Dossier) -> dict[str, Any]:
    """When and where the vehicles left and arrived, each as one line."""
    transport = dossier.transport
    if transport is None:
        return {"shown": [], "further": 0}
    left = [_move("Picked up", one.picked_up_on, one.collection_address) for one in transport.pickups]
    arrived = [_move("Delivered", one.delivered_on, one.delivery_address) for one in transport.deliveries]
    shown = [*left[:COVER_MOVES], *arrived[:COVER_MOVES]]
    if left and not arrived:
        shown.append("No delivery was recorded by the time of this version.")
        return {"shown": shown, "further": len(left[COVER_MOVES:])}
    return {"shown": shown, "further": len(left[COVER_MOVES:]) + len(arrived[COVER_MOVES:])}


def _move(what: str, on: date, address: Address) -> str:
    return f"{what} {day(on)} in {address.post_code} {address.city}, {address.country}"


def _vies_answer(dossier: Dossier) -> ViesCheck | None:
    """The last answer that agrees with the result that counts."""
    answers = [check for check in dossier.vies_checks if check.result == dossier.buyer.vies_result]
    return answers[-1] if answers and dossier.buyer.vies_result in {"VALID", "INVALID"} else None


def _payment_total(dossier: Dossier) -> Money | None:
    return dossier.payment.bank + dossier.payment.cash if dossier.payment else None


def _transport_proofs(dossier: Dossier) -> list[dict[str, Any]]:
    """The proof this kind of transport needs, each with the active documents that are there."""
    if dossier.transport is None:
        return []
    return [
        {
            "type": kind,
            "items": [item for item in dossier.evidence if item.type == kind and item.counts],
        }
        for kind in wording.TRANSPORT_PROOFS[dossier.transport.type]
    ]


def _evidence_summary(evidence: tuple[Evidence, ...]) -> str:
    inside = sum(item.is_embedded for item in evidence)
    return f"{len(evidence)} documents were filed for this sale, {inside} of them are embedded."
