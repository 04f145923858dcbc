"""The API's shapes of an order as staff fill them in, where a page asks for more than the wire does."""

from typing import Any

from rest_framework import serializers

from nt24.api.json import MoneyShape
from nt24.money import Money
from orders.api.serializers import FinalInvoiceIn
from orders.vat_figures import HUNDRED_PERCENT, rate_in_words

ASKED = "Required on an invoice with VAT."


class FinalInvoiceByHand(FinalInvoiceIn):
    """Net, rate and gross are typed as they are on the invoice, so that one wrong figure contradicts the others."""

    net_amount = MoneyShape(required=False, help_text="Without VAT.")

    NEEDED_WITH = {"netAmount": ("vatIncluded", "True"), "vatRate": ("vatIncluded", "True")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        net: Money | None = attrs.pop("net_amount", None)
        gross, rate = attrs["money"], attrs.get("vat_rate")
        if not attrs["vat_included"]:
            return super().validate(attrs)
        if net is None:
            raise serializers.ValidationError({"netAmount": [ASKED]})
        if rate is None:
            raise serializers.ValidationError({"vatRate": [ASKED]})
        if gross.value < net.value:
            raise serializers.ValidationError({"amount": ["The gross amount is below the net amount."]})
        if net.currency != gross.currency:
            raise serializers.ValidationError({"netAmount": ["The currency differs from the amount's."]})
        vat = gross.value - net.value
        # Tax is rounded to the currency's smallest unit, for each vehicle at most once (Article 226).
        vehicles = max(len(self.context["view"].record.vehicles_in_order), 1)
        if abs(vat * HUNDRED_PERCENT - net.value * rate) > vehicles * HUNDRED_PERCENT:
            due = (net.value * rate + HUNDRED_PERCENT // 2) // HUNDRED_PERCENT
            expected = Money(net.value + due, net.currency)
            sentence = (
                f"Net {net} and {rate_in_words(rate)} % VAT give {expected}, but the gross amount is {gross}."
            )
            raise serializers.ValidationError({"amount": [sentence]})
        return super().validate({"vat": Money(vat, net.currency), **attrs})
