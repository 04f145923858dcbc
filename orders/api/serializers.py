"""The shapes of orders, invoices and payments on the wire (contract 7, 8)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from nt24.api.json import Day, Flag, MoneyShape, PersonShape, Shape, Text, Whole, camel
from nt24.api.pagination import PageQuery
from nt24.money import Money
from nt24.partners.days import NotInTheFuture
from orders import vat_figures
from orders.actions import VehicleData
from orders.iban import compact
from orders.models import Invoice, Order, Payment, Vehicle
from orders.vat_figures import rate_in_words
from orders.vin import is_vin

MAX_VEHICLES = 100
ONE_PERCENT = 100  # no rate of the Union is lower: "0.19" is meant to be 19
VIN_RULE = "A VIN has 17 characters, A–Z and 0–9 without I, O and Q."


class Vin(Text):
    """Upper-cased; see `VIN_RULE`."""

    IS_COMPACT = True
    WRITTEN = {"pattern": "^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$"}
    default_error_messages = {"vin": VIN_RULE}

    def to_internal_value(self, data: Any) -> str:
        vin = super().to_internal_value(data).upper()
        if not is_vin(vin):
            self.fail("vin")
        return vin


class ResponsibleContactShape(PersonShape):
    """The seller's person for this order."""


class VehicleIn(Shape):
    vin = Vin(help_text=VIN_RULE)
    brand = Text(max_length=100, help_text="The maker, for example Volkswagen.")
    model = Text(max_length=100, help_text="The model, for example Golf.")
    mileage = Whole(min_value=0, max_value=9_999_999, required=False, help_text="Kilometres.")
    first_registration_date = Day(
        source="first_registered_on",
        required=False,
        validators=[NotInTheFuture()],
        help_text="First entry into service, in any country.",
    )
    purchase_amount = MoneyShape(help_text="The price of this vehicle without VAT.")


class OrderIn(Shape):
    external_order_id = Text(max_length=100, help_text="The partner's order number; unique for each seller.")
    buyer_id = serializers.UUIDField(help_text="A buyer of this seller.")
    purchase_date = Day(
        source="purchase_on",
        required=False,
        validators=[NotInTheFuture()],
        help_text="Today, where the seller is, if left out.",
    )
    responsible_contact = ResponsibleContactShape(required=False)
    vins = VehicleIn(many=True, source="vehicles", min_length=1, max_length=MAX_VEHICLES)  # type: ignore[call-arg]
    total_amount = MoneyShape(source="total", help_text="The sum of the vehicles' prices.")

    def validate_vins(self, vins: list[dict[str, Any]]) -> list[VehicleData]:
        vehicles = [VehicleData(**vehicle) for vehicle in vins]
        if len({vehicle.vin for vehicle in vehicles}) < len(vehicles):
            raise serializers.ValidationError("Each VIN may appear only once.")
        if len({vehicle.purchase_amount.currency for vehicle in vehicles}) > 1:
            raise serializers.ValidationError("One order has one currency.")
        return vehicles

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        total, vehicles = attrs["total"], attrs["vehicles"]
        if total.currency != vehicles[0].purchase_amount.currency:
            raise serializers.ValidationError({"totalAmount": ["The currency differs from the vehicles'."]})
        if total.value != (added := sum(vehicle.purchase_amount.value for vehicle in vehicles)):
            raise serializers.ValidationError(
                {"totalAmount": [f"The vehicles' prices add up to {Money(added, total.currency)}."]}
            )
        return attrs


class OrderPatch(Shape):
    responsible_contact = ResponsibleContactShape(required=False)
    purchase_date = Day(
        source="purchase_on",
        required=False,
        validators=[NotInTheFuture()],
        help_text="When the contract was made.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return something_to_change(attrs)


def something_to_change(attrs: dict[str, Any]) -> dict[str, Any]:
    if not attrs:
        raise serializers.ValidationError("Send at least one member to change.")
    return attrs


class VehicleOut(Shape):
    vin = serializers.CharField()
    brand = serializers.CharField()
    model = serializers.CharField()
    mileage = serializers.IntegerField(required=False)
    first_registration_date = serializers.DateField(source="first_registered_on", required=False)
    purchase_amount = MoneyShape(source="price")
    compliance_status = serializers.ChoiceField(Vehicle.Compliance.choices)


class OrderOut(Shape):
    uuid = serializers.UUIDField()
    external_order_id = serializers.CharField()
    buyer_id = serializers.UUIDField(source="buyer.uuid")
    purchase_date = serializers.DateField(source="purchase_on")
    responsible_contact = ResponsibleContactShape(required=False)
    status = serializers.ChoiceField(Order.Status.choices)
    vins = VehicleOut(many=True, source="vehicles_in_order")
    total_amount = MoneyShape(source="total")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OrderQuery(PageQuery):
    SORTS = {
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "purchaseDate": "purchase_on",
        "externalOrderId": "external_order_id",
    }

    status = serializers.ChoiceField(Order.Status.choices, required=False)
    created_after = serializers.DateTimeField(required=False)
    updated_after = serializers.DateTimeField(required=False)
    buyer_id = serializers.UUIDField(required=False)
    vin = Vin(required=False)
    external_order_id = Text(required=False, max_length=100)
    compliance_status = serializers.ChoiceField(["INCOMPLETE", "VALID", "INVALID"], required=False)


class CancelIn(Shape):
    reason = Text(max_length=500, help_text="Why the deal does not take place; stands in the trail.")


class Percent(Text):
    """`"19"` or `"25.5"` on the wire, hundredths of a percent inside: 1900, 2550.

    At least one percent: no state taxes a vehicle by less, and `0.19` is 19 % written as a fraction.
    """

    WRITTEN = {"pattern": r"^[1-9][0-9]?(\.[0-9]{1,2})?$"}
    default_error_messages = {"percent": "Write the rate in percent, for example 19 or 25.5."}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        text = super().to_internal_value(data)
        if not re.fullmatch(self.WRITTEN["pattern"], text, re.ASCII):
            self.fail("percent")
        return int(Decimal(text) * 100)

    def to_representation(self, value: int) -> str:  # type: ignore[override]
        return rate_in_words(value)


class InvoiceData(Shape):
    """What both writes share; every member is optional here and required where a subclass says so."""

    invoice_date = Day(
        source="invoice_on", validators=[NotInTheFuture()], help_text="The date on the invoice."
    )
    invoice_number = Text(max_length=100, help_text="The number on the invoice.")
    vat_included = Flag(help_text="True if the amount includes VAT; an exempt supply has none.")
    amount = MoneyShape(source="money", help_text="The total of the invoice, gross where it includes VAT.")
    vat_rate = Percent(required=False, help_text='In percent, for example "19"; only with vatIncluded.')
    vat_amount = MoneyShape(
        source="vat",
        required=False,
        help_text="The VAT within amount; what vatRate gives if left out.",
    )
    margin_scheme = Flag(required=False, help_text="Art. 313 Directive 2006/112/EC; false when not sent.")
    buyer_name = Text(
        max_length=200,
        required=False,
        help_text="As it is written on the invoice; compared with the buyer's.",
    )

    def present(self) -> Mapping[str, Any]:
        """The content that a PATCH is written over."""
        return {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        present = self.present()
        if (money := attrs.pop("money", None)) is not None:
            attrs |= {"amount": money.value, "currency": money.currency}
        if (vat := attrs.pop("vat", None)) is not None:
            if vat.currency != attrs.get("currency", present.get("currency")):
                raise serializers.ValidationError({"vatAmount": ["The currency differs from the amount's."]})
            attrs["vat_amount"] = vat.value
        try:
            return attrs | vat_figures.settled(attrs, present)
        except vat_figures.FigureWrong as wrong:
            raise serializers.ValidationError({camel(wrong.member): [wrong.sentence]}) from wrong


class InvoiceIn(InvoiceData):
    type = serializers.ChoiceField(
        Invoice.Type.choices, help_text="FINAL is taken only once there is a verdict."
    )


class FinalInvoiceIn(InvoiceData):
    """The body of `finalization/final-invoice`; `type` may be left out and is FINAL."""

    type = serializers.ChoiceField([Invoice.Type.FINAL.value], required=False, help_text="May be left out.")


class InvoicePatch(InvoiceData):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})

    def present(self) -> Mapping[str, Any]:
        view = self.context["view"]
        return {} if view is None else view.present_invoice().content()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return super().validate(something_to_change(attrs))


class InvoiceOut(Shape):
    type = serializers.ChoiceField(Invoice.Type.choices)
    invoice_date = serializers.DateField(source="invoice_on")
    invoice_number = serializers.CharField()
    vat_included = serializers.BooleanField()
    amount = MoneyShape(source="money")
    vat_rate = Percent(required=False)
    vat_amount = MoneyShape(source="vat", required=False)
    margin_scheme = serializers.BooleanField()
    buyer_name = serializers.CharField(required=False)
    status = serializers.ChoiceField(Invoice.Status.choices)
    final_invoice_required = serializers.BooleanField()
    final_invoice_received = serializers.BooleanField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Invoice) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not shown["buyerName"]:
            del shown["buyerName"]
        return shown


class InvoiceQuery(Shape):
    type = serializers.ChoiceField(Invoice.Type.choices, required=False)


class Iban(Text):
    """ISO 13616; kept upper case and without spaces."""

    IS_COMPACT = True
    WRITTEN = {"pattern": "^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]+$", "format": "iban"}

    def to_internal_value(self, data: Any) -> str:
        try:
            return compact(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class PaymentData(Shape):
    payment_date = Day(
        source="payment_on", validators=[NotInTheFuture()], help_text="When the money arrived."
    )
    bank_amount = MoneyShape(help_text="Paid by bank transfer.")
    cash_amount = MoneyShape(help_text="Paid in cash; 0 if nothing was.")
    source_iban = Iban(
        max_length=42, required=False, help_text="ISO 13616; required when bankAmount is above 0."
    )
    new_source_iban = Flag(required=False, help_text="The buyer declares this account as a new one.")

    NEEDED_WITH = {"sourceIban": ("bankAmount", "")}  # forms mark it as soon as the amount is above 0

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        present = self.context["view"].present_payment()
        bank: Money | None = attrs.pop("bank_amount", None)
        cash: Money | None = attrs.pop("cash_amount", None)
        currencies = {money.currency for money in (bank, cash) if money is not None}
        if present is not None and (bank is None or cash is None):
            currencies.add(present.currency)
        if len(currencies) > 1:
            raise serializers.ValidationError({"cashAmount": ["Bank and cash have one currency."]})
        if bank is not None:
            attrs |= {"bank_amount": bank.value, "currency": bank.currency}
        if cash is not None:
            attrs |= {"cash_amount": cash.value, "currency": cash.currency}
        by_bank = attrs.get("bank_amount", present.bank_amount if present else 0)
        if by_bank > 0 and not attrs.get("source_iban", present.source_iban if present else ""):
            raise serializers.ValidationError({"sourceIban": ["Required when bankAmount is above 0."]})
        return attrs


class PaymentIn(PaymentData):
    pass


class PaymentPatch(PaymentData):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return super().validate(something_to_change(attrs))


class PaymentOut(Shape):
    payment_date = serializers.DateField(source="payment_on")
    bank_amount = MoneyShape(source="bank")
    cash_amount = MoneyShape(source="cash")
    source_iban = serializers.CharField(required=False)
    new_source_iban = serializers.BooleanField()
    status = serializers.ChoiceField(Payment.Status.choices)
    amount_matches_invoice = serializers.BooleanField()
    iban_consistent = serializers.BooleanField()
    ready_for_pickup = serializers.BooleanField(source="is_ready_for_pickup")
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not shown["sourceIban"]:
            del shown["sourceIban"]
        return shown
