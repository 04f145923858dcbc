"""Hints to staff: whether the text of a paper names what it should. Nothing is decided by them, and no text is kept.

Each paper that has something to be looked for has a `Reading`, which a task works off after the upload.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from nt24.claims import claim_due, database_time
from nt24.documents.downloads import BlobAltered
from nt24.documents.models import Document, ScanStatus
from nt24.documents.text import text_of
from nt24.documents.types import DocumentType, Module
from nt24.errors import Unavailable
from nt24.nudges import nudge
from orders.iban import masked
from orders.matching import contains, names_company, shows_account
from orders.models import Invoice, Order, Payment, Reading

LEASE = timedelta(minutes=2)  # one paper takes at most a minute
PAUSE = timedelta(minutes=10)  # until a paper that cannot be read yet is looked at again
SHOWN_AT_MOST = 5  # vehicles in one sentence

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hint:
    """`code` is BUYER_NAME | INVOICE_NUMBER | VIN | IBAN | NO_TEXT; the sentence says what was looked for."""

    code: str
    found: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Facts of ours that the paper should name, each as it is shown to staff."""

    code: str
    title: str
    is_in: Callable[[str, str], bool]
    facts: Mapping[str, str]


NO_TEXT = Hint("NO_TEXT", False, "There is no text in this file; it has to be read by eye.")


# --- What is looked for --------------------------------------------------------------------------------------------


def sought_on_preliminary(order: Order) -> Iterator[Sought]:
    return sought_on_invoice(order, Invoice.Type.PRELIMINARY)


def sought_on_final(order: Order) -> Iterator[Sought]:
    return sought_on_invoice(order, Invoice.Type.FINAL)


def sought_on_invoice(order: Order, type: Invoice.Type) -> Iterator[Sought]:
    name = order.buyer.company_name
    yield Sought("BUYER_NAME", "The buyer's name", names_company, {name: name})
    for invoice in Invoice.objects.filter(order=order, type=type):
        number = invoice.invoice_number
        yield Sought("INVOICE_NUMBER", "The invoice number", contains, {number: number})


def sought_vehicles(order: Order) -> Iterator[Sought]:
    yield Sought("VIN", "The VIN", contains, {row.vin: row.vin for row in order.vehicles_in_order})


def sought_account(order: Order) -> Iterator[Sought]:
    for payment in Payment.objects.filter(order=order).exclude(source_iban=""):
        iban = payment.source_iban
        yield Sought("IBAN", "The account", shows_account, {masked(iban): iban})


SOUGHT: Mapping[str, Callable[[Order], Iterator[Sought]]] = {
    DocumentType.SHIPMENT_PRELIMINARY_INVOICE: sought_on_preliminary,
    DocumentType.SHIPMENT_INVOICE: sought_on_final,
    DocumentType.ORDER_PURCHASING_CONTRACT: sought_vehicles,
    DocumentType.TRANSPORT_CMR: sought_vehicles,
    DocumentType.TRANSPORT_CMR_DELIVERY: sought_vehicles,
    DocumentType.TRANSPORT_CONFIRMATION_OF_ARRIVAL: sought_vehicles,
    DocumentType.PAYMENT_BANK_TRANSFER_SCREENSHOT: sought_account,
    DocumentType.PAYMENT_CONFIRMATION: sought_account,
}


def hints_in(text: str, order: Order, type: str) -> list[Hint]:
    if not text.strip():
        return [NO_TEXT]
    return [hint_about(sought, text) for sought in SOUGHT[type](order)]


def hint_about(sought: Sought, text: str) -> Hint:
    missing = [shown for shown, fact in sought.facts.items() if not sought.is_in(text, fact)]
    if missing:
        return Hint(sought.code, False, f"{sought.title} was not found on the document: {listed(missing)}.")
    return Hint(sought.code, True, f"{sought.title} is on the document: {listed(list(sought.facts))}.")


def listed(shown: list[str]) -> str:
    rest = len(shown) - SHOWN_AT_MOST
    if rest > 0:
        return f"{', '.join(shown[:SHOWN_AT_MOST])} and {rest} more"
    return ", ".join(shown).removesuffix(".")  # the sentence has one of its own


# --- When it is looked for ------------------------------------------------------------------------------------------


def expect_reading(order: Order, document: Document) -> None:
    """Have a new paper read after the commit. Part of the action that files it."""
    if document.type in SOUGHT:
        Reading.objects.create(order=order, document=document, due_at=database_time())
        nudge_readers()


def look_again(order: Order, module: Module) -> None:
    """Have the papers of this module read anew: what they are compared with has changed. Part of that action."""
    rows = Reading.objects.filter(order=order, document__module=module)
    # Whoever is reading at this moment loses the lease, and with it the right to store what no longer holds.
    if rows.update(due_at=database_time(), leased_until=None):
        nudge_readers()


def nudge_readers() -> None:
    from orders.tasks import read_hints

    nudge(read_hints)


def read_due() -> int:
    """Read what is due, one at a time; how many papers there were."""
    done = 0
    while claimed := claim_due(Reading, lease=LEASE, limit=1):
        for reading in claimed:
            look(reading)
            done += 1
    return done


def look(reading: Reading) -> None:
    """Claimed → read → recorded; a paper that nobody may open yet, or cannot be fetched, waits."""
    document = Document.objects.get(pk=reading.document_id)
    if document.scan_status == ScanStatus.PENDING:
        return wait(reading)
    if not document.is_released():
        return record(reading, [])
    try:
        text = text_of(document)
    except Unavailable as outage:
        log.warning("reading_postponed", document=str(document.uuid), why=type(outage).__name__)
        return wait(reading)
    except BlobAltered:  # told as an error already; these bytes are not the paper
        return record(reading, [])
    order = Order.objects.select_related("buyer").get(pk=reading.order_id)
    return record(reading, hints_in(text, order, document.type))


def wait(reading: Reading) -> None:
    held(reading).update(due_at=database_time() + PAUSE, leased_until=None)


def record(reading: Reading, hints: list[Hint]) -> None:
    held(reading).update(
        hints=[asdict(hint) for hint in hints], read_at=timezone.now(), due_at=None, leased_until=None
    )


def held(reading: Reading) -> QuerySet[Reading]:
    """The row as long as the lease is ours."""
    return Reading.objects.filter(pk=reading.pk, leased_until=reading.leased_until)
