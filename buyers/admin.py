"""Buyers, their VIES checks and verifications as staff read them. Who somebody is, is not shown here."""

from django.contrib import admin

from buyers.invitation_models import Invitation, Prospect, SellerBranding
from buyers.models import Buyer, Kyc, VerificationSession, ViesCheck
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


@admin.register(VerificationSession)
class VerificationSessionAdmin(FactsAdmin):
    """`IN_REVIEW` and `FLAGGED` wait for staff."""

    list_display = ("created_at", "buyer", "status", "overall", "authority", "aml_status", "decided_at")
    list_filter = ("status", "aml_status")
    list_select_related = ("buyer",)
    search_fields = ("scan_ref", "=uuid", "buyer__company_name", "buyer__vat_number")
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


@admin.register(Invitation)
class InvitationAdmin(FactsAdmin):
    list_display = ("created_at", "kind", "status", "seller", "buyer", "expires_at", "usage_count")
    list_filter = ("kind", "status", "language")
    list_select_related = ("seller", "buyer")
    search_fields = ("=uuid", "label", "buyer__company_name", "buyer__vat_number")
    # Personal data, or what a partner may have written about a person; the link is not shown either.
    exclude = ("recipient_email", "revocation_reason")
    ordering = ("-pk",)


@admin.register(Prospect)
class ProspectAdmin(FactsAdmin):
    list_display = ("submitted_at", "type", "status", "company_name", "vat_number", "seller")
    list_filter = ("type", "status", "language")
    list_select_related = ("seller",)
    search_fields = ("=uuid", "company_name", "vat_number")
    # Personal data, which nobody reads without an entry in the access log (contract 13).
    exclude = ("address", "first_name", "last_name", "email", "phone")
    ordering = ("-pk",)


@admin.register(SellerBranding)
class SellerBrandingAdmin(FactsAdmin):
    list_display = ("display_name", "seller", "accent", "reply_to")
    list_select_related = ("seller",)
    search_fields = ("display_name", "seller__name")
    ordering = ("display_name",)
