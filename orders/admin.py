"""Invoices, payments and readings as staff read them; the order has its page in `compliance/admin.py`."""

from typing import Any

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.staff.chips import chip_of, column, words_of
from nt24.staff.moves import url_of
from orders.iban import masked
from orders.models import Invoice, Payment, Reading


class ToOrder(FactsAdmin):
    """Parts of an order: their rows lead to its page."""

    def leads_to(self, record: Any) -> str:
        return url_of(record.order)


@admin.register(Invoice)
class InvoiceAdmin(ToOrder):
    list_display = (
        "invoice_number",
        words_of("type", "Type"),
        chip_of("status", "Status"),
        "order",
        column("invoice_on", "Invoice date"),
        "money",
    )
    list_filter = ("type", "status")
    list_select_related = ("order",)
    search_fields = ("invoice_number", "order__external_order_id")
    ordering = ("-pk",)


@admin.register(Payment)
class PaymentAdmin(ToOrder):
    list_display = (
        "order",
        chip_of("status", "Status"),
        column("payment_on", "Payment date"),
        "bank",
        "cash",
        "account",
    )
    list_filter = ("status",)
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    exclude = ("source_iban",)
    readonly_fields = ("account",)
    ordering = ("-pk",)

    @admin.display(description="IBAN")
    def account(self, payment: Payment) -> str:
        return masked(payment.source_iban)


@admin.register(Reading)
class ReadingAdmin(FactsAdmin):
    """What the text of papers says. Hints: a scan has no text, and a text can be made to say anything."""

    list_display = ("document", "order", "findings", column("read_at", "Read"))
    list_select_related = ("document", "order")
    fields = ("document", "order", "findings", "read_at")
    search_fields = ("order__external_order_id", "=order__uuid", "=document__uuid")
    ordering = ("-pk",)
