"""A document beside what it has to match: whose it is, the facts of the case, what its type must show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format

from buyers.models import Buyer, ViesCheck
from nt24.documents.models import Document
from nt24.documents.types import DocumentType, Module, family_of
from nt24.staff.moves import url_of
from nt24.staff.wording import in_words
from orders.iban import masked
from orders.models import Invoice, Order
from transport.models import Milestone

Facts = Sequence[tuple[str, str]]

# What whoever looks at a document compares, in the order in which it stands there most often.
MUST_SHOW: Mapping[str, str] = {
    DocumentType.ORDER_PURCHASING_CONTRACT: "Seller and buyer, every VIN, the price, date and both signatures.",
    DocumentType.SHIPMENT_PRELIMINARY_INVOICE: "Number and date, seller and buyer with their VAT numbers, every VIN,"
    " the total without VAT.",
    DocumentType.SHIPMENT_INVOICE: "Number and date, seller and buyer with their VAT numbers, every VIN, and the amount"
    " as the verdict has it: without VAT for a valid export, otherwise with VAT.",
    DocumentType.PAYMENT_BANK_TRANSFER_SCREENSHOT: "The buyer as payer, the account, the amount and the date.",
    DocumentType.PAYMENT_CONFIRMATION: "The buyer as payer, the account or the cash, the amount and the date.",
    DocumentType.PAYMENT_SOURCE_OF_FUNDS_DECLARATION: "Where the money comes from, the buyer's name and signature."
    " It is no proof of payment by itself.",
    DocumentType.TRANSPORT_CMR: "Sender, consignee and carrier, every VIN, place and date of taking over, and the"
    " carrier's signature.",
    DocumentType.TRANSPORT_CMR_DELIVERY: "The same as at pickup, and in field 24 the recipient's signature with place"
    " and date.",
    DocumentType.TRANSPORT_PICKUP_DECLARATION: "Who collects for the buyer, every VIN, the destination, date and"
    " signature.",
    DocumentType.TRANSPORT_CONFIRMATION_OF_ARRIVAL: "The buyer's name and address, every VIN, place and month of"
    " arrival, date of issue and signature.",
    DocumentType.TRANSPORT_PICTURE_OF_TRANSPORT: "The vehicle, recognisable by VIN or number plate.",
}
MUST_SHOW_OF_FAMILY: Mapping[str, str] = {
    "COC_": "The company's name, register number and address, and who represents it.",
    "BANK_": "The company as holder of the account.",
    "VAT_": "The VAT number and the company's name.",
    "CONTACT_": "The person's name as among the contacts, and that the document is still valid.",
    "ADDRESS_": "The company's address.",
    "TP_": "The company's name.",
    "AML_": "The company, its beneficial owners, date and signature.",
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class DocumentContext:
    """`owner` is the case or the buyer that the document belongs to."""

    owner: Any
    owner_title: str
    owner_url: str
    must_show: str
    facts: Facts
    vins: Sequence[str]
    place: int
    count: int
    before: Neighbour | None
    after: Neighbour | None


def context_of(document: Document) -> DocumentContext | None:
    """At most seven queries, however many documents and vehicles the case has; None when nothing has its uuid."""
    is_kyc = document.module == Module.KYC
    owner: Any = buyer_of(document) if is_kyc else order_of(document)
    if owner is None:
        return None
    siblings = list(
        Document.objects.filter(subject_uuid=document.subject_uuid).order_by("pk").only("pk", "type")
    )
    before, after = neighbours(document, siblings)
    return DocumentContext(
        owner=owner,
        owner_title=f"Buyer {owner.company_name}" if is_kyc else f"Order {owner}",
        owner_url=f"{url_of(owner)}#papers",
        must_show=must_show(document),
        facts=[(name, value) for name, value in FACTS[Module(document.module)](owner, document) if value],
        vins=[] if is_kyc else [vehicle.vin for vehicle in owner.vehicles_in_order],
        place=[one.pk for one in siblings].index(document.pk) + 1,
        count=len(siblings),
        before=before,
        after=after,
    )


def buyer_of(document: Document) -> Buyer | None:
    return Buyer.objects.filter(uuid=document.subject_uuid).first()


def order_of(document: Document) -> Order | None:
    rows = Order.objects.select_related("buyer", "seller", "payment", "transport")
    rows = rows.prefetch_related("vehicles", "invoices", "transport__milestones")
    return rows.filter(uuid=document.subject_uuid).first()


def neighbours(document: Document, siblings: Sequence[Document]) -> tuple[Neighbour | None, Neighbour | None]:
    """The documents of the same case before and after this one."""
    found = [Neighbour(in_words(one.type), url_of(one)) if one else None for one in (None, *siblings, None)]
    numbers = [one.pk for one in siblings]
    place = numbers.index(document.pk) + 1
    return found[place - 1], found[place + 1]


def must_show(document: Document) -> str:
    type = DocumentType(document.type)
    family = family_of(type)
    return MUST_SHOW_OF_FAMILY[family] if family else MUST_SHOW[type]


# --- The facts ---------------------------------------------------------------------------------------------------


def facts_of_deal(order: Order, document: Document) -> Iterable[tuple[str, str]]:
    yield "Seller", f"{order.seller.name} ({order.seller.vat_number})"
    yield "Buyer", f"{order.buyer.company_name} ({order.buyer.vat_number})"
    yield "Purchase date", day(order.purchase_on)
    yield "Order total", str(order.total)


def facts_of_invoice(order: Order, document: Document) -> Iterable[tuple[str, str]]:
    is_final = document.type == DocumentType.SHIPMENT_INVOICE
    wanted = Invoice.Type.FINAL if is_final else Invoice.Type.PRELIMINARY
    for invoice in (one for one in order.invoices.all() if one.type == wanted):
        yield "Invoice number", invoice.invoice_number
        yield "Invoice date", day(invoice.invoice_on)
        yield "Amount", f"{invoice.money}, {'with' if invoice.vat_included else 'without'} VAT"
        yield "Margin scheme", "yes" if invoice.margin_scheme else ""
        yield "Buyer name on it", invoice.buyer_name
    yield from facts_of_deal(order, document)


def facts_of_payment(order: Order, document: Document) -> Iterable[tuple[str, str]]:
    if payment := getattr(order, "payment", None):
        yield "Payment date", day(payment.payment_on)
        yield "Bank transfer", str(payment.bank)
        yield "Cash", str(payment.cash) if payment.cash_amount else ""
        yield "IBAN", masked(payment.source_iban)
    for invoice in order.invoices.all():
        yield f"{in_words(invoice.type)} invoice", f"{invoice.invoice_number}, {invoice.money}"
    yield from facts_of_deal(order, document)


def facts_of_transport(order: Order, document: Document) -> Iterable[tuple[str, str]]:
    yield "Transport", in_words(order.transport.type) if order.transport.type else ""
    standing = [row for row in order.transport.milestones.all() if row.revoked_at is None]
    for kind in Milestone.Kind:
        yield in_words(kind), "; ".join(dict.fromkeys(where(row) for row in standing if row.kind == kind))
    yield from facts_of_deal(order, document)


def where(milestone: Milestone) -> str:
    address = milestone.address
    return f"{day(milestone.occurred_on)}, {address['post_code']} {address['city']}, {address['country']}"


def facts_of_buyer(buyer: Buyer, document: Document) -> Iterable[tuple[str, str]]:
    address = buyer.address
    yield "Company", buyer.company_name
    yield "VAT number", buyer.vat_number
    yield "Address", f"{address['street']}, {address['post_code']} {address['city']}, {address['country']}"
    answered = ViesCheck.objects.filter(buyer=buyer).exclude(trader_name="").order_by("-pk").first()
    yield "Name in VIES", answered.trader_name if answered else ""


def day(on: Any) -> str:
    return date_format(on, "Y-m-d")


FACTS: Mapping[Module, Callable[[Any, Document], Iterable[tuple[str, str]]]] = {
    Module.ORDER: facts_of_deal,
    Module.INVOICE: facts_of_invoice,
    Module.PAYMENT: facts_of_payment,
    Module.TRANSPORT: facts_of_transport,
    Module.KYC: facts_of_buyer,
}
