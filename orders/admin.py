"""Orders as staff read them."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from orders.iban import masked
from orders.models import Invoice, Order, Payment, Reading, Vehicle


class VehicleInline(admin.TabularInline):
    model = Vehicle
    fields = ("position", "vin", "brand", "model", "purchase_amount", "compliance_status")
    readonly_fields = fields
    can_delete = False
    extra = 0


class ReadingInline(admin.TabularInline):
    model = Reading
    fields = ("document", "findings", "read_at")
    readonly_fields = fields
    can_delete = False
    extra = 0


@admin.register(Order)
class OrderAdmin(FactsAdmin):
    list_display = ("external_order_id", "status", "buyer", "seller", "purchase_on", "created_at")
    list_filter = ("status",)
    list_select_related = ("buyer", "seller")
    search_fields = ("external_order_id", "=uuid", "=vehicles__vin")
    inlines = (VehicleInline, ReadingInline)
    ordering = ("-pk",)


@admin.register(Invoice)
class InvoiceAdmin(FactsAdmin):
    list_display = ("invoice_number", "type", "status", "order", "invoice_on", "money")
    list_filter = ("type", "status")
    list_select_related = ("order",)
    search_fields = ("invoice_number", "order__external_order_id")
    ordering = ("-pk",)


@admin.register(Payment)
class PaymentAdmin(FactsAdmin):
    list_display = ("order", "status", "payment_on", "bank", "cash", "account")
    list_filter = ("status",)
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    exclude = ("source_iban",)
    readonly_fields = ("account",)
    ordering = ("-pk",)

    @admin.display(description="account")
    def account(self, payment: Payment) -> str:
        return masked(payment.source_iban)


@admin.register(Reading)
class ReadingAdmin(FactsAdmin):
    """What the text of papers says. Hints: a scan has no text, and a text can be made to say anything."""

    list_display = ("document", "order", "findings", "read_at")
    list_select_related = ("document", "order")
    fields = ("document", "order", "findings", "read_at")
    search_fields = ("order__external_order_id", "=order__uuid", "=document__uuid")
    ordering = ("-pk",)
