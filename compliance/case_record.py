"""One case as it stands at one moment: what the API says of it, its files, and its part of the trail. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet

from buyers.api.serializers import BuyerOut, KycOut, ViesCheckOut
from buyers.models import Buyer, Kyc, ViesCheck
from buyers.queries import kyc_status_of
from compliance import exports
from compliance.api.serializers import ExportFileOut
from compliance.models import ExportFile, Rollup
from nt24.audit.models import Entry
from nt24.documents.api.serializers import DocumentOut
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.records import action
from orders.api.serializers import InvoiceOut, OrderOut, PaymentOut
from orders.models import Invoice, Order, Payment
from transport.api.serializers import TransportOut
from transport.models import Transport


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """`members` is `order.json`; documents in the order they came, versions oldest first."""

    order: Order
    members: dict[str, Any]
    documents: list[Document]
    versions: list[ExportFile]
    entries: list[Entry]


@action
def case_record(order: Order) -> CaseRecord:
    """Everything about the case but the bytes. The order is locked meanwhile, so that all of it fits together."""
    Order.objects.for_change().only("pk").get(pk=order.pk)
    order = Order.objects.select_related("buyer", "seller__organization").get(pk=order.pk)
    documents, versions = documents_of(order), exports.versions_of(order)
    checks = vies_checks_of(order)
    ready = [version for version in reversed(versions) if version.status == ExportFile.Status.READY]
    subjects = [*(one.uuid for one in documents if one.module == Module.KYC), *(one.uuid for one in checks)]
    return CaseRecord(
        order=order,
        members={
            **parties(order),
            **members_of_sale(order),
            "compliance": orjson.loads(bytes(Rollup.objects.get(order=order).body)),
            "exportFile": ExportFileOut(exports.export_file_as_shown(order, versions)).data,
            "documents": documents_as_shown(documents),
            "viesChecks": ViesCheckOut(checks, many=True).data,
        },
        documents=documents,
        versions=ready,
        entries=entries_of(order, subjects),
    )


def documents_of(order: Order) -> list[Document]:
    """The order's, and the buyer's but for those that were archived before the order existed."""
    is_of_the_order = Q(subject_uuid=order.uuid)
    is_of_the_buyer = Q(subject_uuid=order.buyer.uuid, module=Module.KYC)
    is_in_time = Q(archived_at__isnull=True) | Q(archived_at__gte=order.created_at)
    return list(Document.objects.filter(is_of_the_order | (is_of_the_buyer & is_in_time)).order_by("pk"))


def vies_checks_of(order: Order) -> list[ViesCheck]:
    """Newest first: those since the order was placed, the last one before it, and the one its verdict rests on."""
    checks = ViesCheck.objects.filter(buyer=order.buyer_id)
    before = checks.filter(requested_at__lt=order.created_at).order_by("-pk").values_list("pk", flat=True)[:1]
    settled = Transport.objects.filter(order=order, vies_check__isnull=False).values_list(
        "vies_check", flat=True
    )
    wanted = Q(requested_at__gte=order.created_at) | Q(pk__in=[*before, *settled])
    return list(checks.filter(wanted).defer("request_body", "raw_body").order_by("-requested_at", "-pk"))


def entries_of(order: Order, subjects: Iterable[UUID]) -> list[Entry]:
    """Of the order, its buyer, and what is in the folder of him; not who has read personal data when."""
    buyer = Buyer.objects.filter(pk=order.buyer_id).values("uuid")
    kyc = Kyc.objects.filter(buyer=order.buyer_id).values("uuid")
    is_told = (
        Q(order_uuid=order.uuid)
        | Q(subject_uuid__in=buyer)
        | Q(subject_uuid__in=kyc)
        | Q(subject_uuid__in=[*subjects])
    )
    rows = Entry.objects.filter(is_told, retention=Entry.Retention.RECORD)
    return list(rows.select_related("link").order_by("pk"))


# --- As the API shows it -------------------------------------------------------------------------------------------


def parties(order: Order) -> dict[str, Any]:
    seller = order.seller
    return {
        "organization": {"uuid": seller.organization.uuid, "name": seller.organization.name},
        "seller": {
            "uuid": seller.uuid,
            "name": seller.name,
            "vatNumber": seller.vat_number,
            "address": {
                "street": seller.street,
                "postCode": seller.post_code,
                "city": seller.city,
                "country": seller.country,
            },
        },
        "buyer": BuyerOut(order.buyer).data,
        "kyc": KycOut(kyc_status_of(order.buyer)).data,
    }


def members_of_sale(order: Order) -> dict[str, Any]:
    invoices: QuerySet[Invoice] = Invoice.objects.filter(order=order).order_by(
        "-type"
    )  # the preliminary one first
    payment = Payment.objects.filter(order=order).first()
    return {
        "order": OrderOut(order).data,
        "invoices": InvoiceOut(invoices, many=True).data,
        "payment": PaymentOut(payment).data if payment else None,
        "transport": TransportOut(Transport.objects.get(order=order)).data,
    }


def documents_as_shown(documents: list[Document]) -> dict[str, Any]:
    """By module, newest first as in the API's lists."""
    newest_first = sorted(documents, key=lambda one: (one.created_at, one.pk), reverse=True)
    return {
        module.lower(): DocumentOut([one for one in newest_first if one.module == module], many=True).data
        for module in Module
    }
