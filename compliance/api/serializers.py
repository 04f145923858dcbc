"""The shapes of the rollup and the Export File (contract 10); the rollup is served from stored bytes."""

from rest_framework import serializers

from compliance.models import Decision, ExportFile, Status
from nt24.api.json import Shape
from orders.models import Invoice, Vehicle
from transport.models import Transport

MODULE_STATUS = ["MISSING", "DRAFT", "SUBMITTED", "VALID", "INVALID"]


class BlockerOut(Shape):
    module = serializers.ChoiceField(["buyer", "order", "invoice", "payment", "transport"])
    code = serializers.CharField(help_text="Stable; see the table in the documentation.")
    message = serializers.CharField(help_text="For people.")


class BuyerModuleOut(Shape):
    status = serializers.ChoiceField(Status.choices)
    vies_last_checked_at = serializers.DateTimeField(required=False)
    vies_result = serializers.ChoiceField(["VALID", "INVALID", "PENDING", "UNKNOWN"])
    documents_complete = serializers.BooleanField()
    kyc_verification_status = serializers.ChoiceField(
        ["NOT_STARTED", "IN_PROGRESS", "VERIFIED", "REJECTED"], required=False
    )


class VinStatusOut(Shape):
    vin = serializers.CharField()
    compliance_status = serializers.ChoiceField(Vehicle.Compliance.choices)


class OrderModuleOut(Shape):
    status = serializers.ChoiceField(["COMPLETE", "CANCELLED"])
    vins = VinStatusOut(many=True)


class InvoiceModuleOut(Shape):
    status = serializers.ChoiceField(MODULE_STATUS)
    type = serializers.ChoiceField(Invoice.Type.choices, required=False)
    vat_included = serializers.BooleanField(required=False)
    final_invoice_required = serializers.BooleanField()
    final_invoice_received = serializers.BooleanField()


class PaymentModuleOut(Shape):
    status = serializers.ChoiceField(MODULE_STATUS)
    amount_matches_invoice = serializers.BooleanField()
    iban_consistent = serializers.BooleanField(required=False)
    ready_for_pickup = serializers.BooleanField()


class VinTransportOut(Shape):
    vin = serializers.CharField()
    pickup_confirmed = serializers.BooleanField()
    delivery_confirmed = serializers.BooleanField()


class TransportModuleOut(Shape):
    status = serializers.ChoiceField(Transport.Status.choices)
    pickup_confirmed = serializers.BooleanField()
    pickup_date = serializers.DateField(required=False)
    delivery_confirmed = serializers.BooleanField()
    cmr_uploaded = serializers.BooleanField()
    daily_vies_checks_active = serializers.BooleanField()
    vins = VinTransportOut(many=True)


EXPORT_STATUS = ["NOT_ELIGIBLE", *ExportFile.Status.values]


class ExportModuleOut(Shape):
    status = serializers.ChoiceField(EXPORT_STATUS)
    download_url = serializers.CharField(allow_null=True)


class ModulesOut(Shape):
    buyer = BuyerModuleOut()
    order = OrderModuleOut()
    invoice = InvoiceModuleOut()
    payment = PaymentModuleOut()
    transport = TransportModuleOut()
    export_file = ExportModuleOut()


class RollupOut(Shape):
    order_uuid = serializers.UUIDField()
    compliance_status = serializers.ChoiceField(Status.choices)
    decision = serializers.ChoiceField(Decision.choices, allow_null=True)
    blockers = BlockerOut(many=True)
    modules = ModulesOut()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class SupersededOut(Shape):
    version = serializers.IntegerField()
    generated_at = serializers.DateTimeField(required=False)
    archived_reason = serializers.CharField()


class ExportFileOut(Shape):
    status = serializers.ChoiceField(EXPORT_STATUS)
    version = serializers.IntegerField(required=False)
    download_url = serializers.CharField(allow_null=True)
    generated_at = serializers.DateTimeField(required=False)
    decision = serializers.ChoiceField(Decision.choices, allow_null=True)
    superseded_versions = SupersededOut(many=True)


class VersionQuery(Shape):
    version = serializers.IntegerField(
        min_value=1, required=False, help_text="By default the newest ready one."
    )
