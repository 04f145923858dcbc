"""The API's shapes of endpoints as staff fill them in: sellers are ticked, and none ticked means all of them."""

from typing import Any

from rest_framework import serializers

from nt24.webhooks.api.serializers import MAX_PARTNERS, EndpointIn, EndpointPatch

NONE_IS_ALL = "Only events of these sellers; none ticked means all of them."


def sellers_ticked() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        max_length=MAX_PARTNERS,
        help_text=NONE_IS_ALL,
    )


class EndpointByHand(EndpointIn):
    partner_ids = sellers_ticked()


class EndpointChange(EndpointPatch):
    partner_ids = sellers_ticked()

    def validate_partnerIds(self, value: Any) -> Any:  # noqa: N802  named by the member, as DRF looks for it
        return value or None
