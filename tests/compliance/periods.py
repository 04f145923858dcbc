"""Judged orders by the hundred, straight into the tables: for lists that only read them."""

from datetime import UTC, date, datetime
from typing import Any

from buyers.models import Buyer
from compliance.models import ExportFile, Rollup
from nt24.partners.models import Seller
from orders.models import Invoice, Order, Vehicle
from transport.models import Milestone, Transport

ADDRESS = {"street": "ul. Prosta 1", "post_code": "00-850", "city": "Warszawa", "country": "PL"}
NOON = datetime(2026, 4, 20, 12, 0, tzinfo=UTC)


def traded(
    seller: Seller,
    count: int = 1,
    *,
    decision: str = "VALID_EXPORT",
    decided_at: datetime = NOON,
    created_at: datetime = NOON,
    invoiced_on: date = date(2026, 4, 18),
    picked_up_on: date = date(2026, 4, 19),
    buyer: Buyer | None = None,
    **changes: Any,
) -> list[Order]:
    """`count` orders of two vehicles each, invoiced twice, picked up, judged and exported; the rest as given."""
    buyer = buyer or bought_by(seller)
    first = Order.objects.count()
    status = "COMPLIANCE_VALID" if decision else "TRANSPORT_COMPLETED"
    about = {
        "seller": seller, "buyer": buyer, "purchase_on": date(2026, 4, 17), "currency": "EUR", "status": status,
        "total_amount": 1_850_050, "created_at": created_at, **changes,
    }  # fmt: skip
    orders = Order.objects.bulk_create(
        Order(**{"external_order_id": f"DEAL-{number}", **about}) for number in range(first, first + count)
    )
    for order in orders:
        has_parts(order, decision, invoiced_on, picked_up_on)
        if decision:
            is_decided(order, decision, decided_at)
    return orders


def bought_by(seller: Seller, vat_number: str = "PL5260001246", company_name: str = "Auto Nowak") -> Buyer:
    return Buyer.objects.get_or_create(
        seller=seller, vat_number=vat_number,
        defaults={"company_name": company_name, "address": ADDRESS, "kyc_mode": "MARKETPLACE_LED"},
    )[0]  # fmt: skip


def has_parts(order: Order, decision: str, invoiced_on: date, picked_up_on: date) -> None:
    vehicles = [
        Vehicle.objects.create(
            order=order, position=position, vin=f"WVWZZZ1JZXW{order.pk % 100000:05d}{position}", brand="VW",
            model="Golf", purchase_amount=925_025,
        )
        for position in range(2)
    ]  # fmt: skip
    for type, number in (("PRELIMINARY", "INV-1"), ("FINAL", "INV-2")):
        Invoice.objects.create(
            order=order, type=type, invoice_on=invoiced_on, invoice_number=number, vat_included=False,
            amount=order.total_amount, currency=order.currency,
        )  # fmt: skip
    transport = Transport.objects.create(order=order, type="COMPANY_TRANSPORT")
    for vehicle in vehicles:
        Milestone.objects.create(
            transport=transport, vehicle=vehicle, kind="PICKUP", occurred_on=picked_up_on, address=ADDRESS
        )
    codes = [] if decision == "VALID_EXPORT" else ["CMR_MISSING", "VIES_STALE"]
    Rollup.objects.create(
        order=order, decision=decision, content_json="{}", body=b"{}", blocker_codes=codes, ruleset="test"
    )


def is_decided(order: Order, decision: str, at: datetime) -> None:
    Rollup.objects.filter(order=order).update(decided_at=at)
    for number in (1, 2):
        ExportFile.objects.create(
            order=order, number=number, status="READY", decision=decision, reason="FORCED", dossier={},
            sha256=f"{number}" * 64, generated_at=at,
        )  # fmt: skip
