"""Buyers and their VIES checks as staff read them. Contacts are personal data and not shown here."""

from django.contrib import admin

from buyers.models import Buyer, Kyc, ViesCheck
from buyers.vies import check_digit_warning
from nt24.admin import FactsAdmin


@admin.register(Buyer)
class BuyerAdmin(FactsAdmin):
    list_display = ("company_name", "vat_number", "vat_number_warning", "kyc_mode", "status", "seller")
    list_filter = ("status", "kyc_mode")
    list_select_related = ("seller",)
    search_fields = ("company_name", "vat_number", "=uuid")
    ordering = ("-pk",)

    @admin.display(description="VAT number warning")
    def vat_number_warning(self, buyer: Buyer) -> str:
        """A wrong national check digit warns, and refuses nothing (contract 6)."""
        return check_digit_warning(buyer.vat_number) or ""


@admin.register(Kyc)
class KycAdmin(FactsAdmin):
    list_display = ("buyer", "verification_status", "aml_status")
    list_filter = ("verification_status", "aml_status")
    list_select_related = ("buyer",)
    ordering = ("-pk",)


@admin.register(ViesCheck)
class ViesCheckAdmin(FactsAdmin):
    list_display = (
        "requested_at",
        "vat_number",
        "status",
        "result",
        "error_code",
        "consultation_number",
        "tries",
    )
    list_filter = ("status", "result", "cause")
    search_fields = ("vat_number", "consultation_number")
    ordering = ("-pk",)
