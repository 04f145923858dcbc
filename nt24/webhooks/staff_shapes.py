"""The API's shapes of endpoints as staff fill them in: sellers are ticked, and "all of them" is a tick of its own."""

from typing import Any

from rest_framework import serializers

from nt24.api.json import Flag
from nt24.webhooks.api.serializers import MAX_PARTNERS, EndpointIn, EndpointPatch

NOBODY_TICKED = "Tick at least one seller, or tick “All sellers”."


def all_sellers() -> Flag:
    return Flag(
        required=False,
        help_text="Including sellers added later. Does not count where sellers are ticked below.",
    )


def sellers_ticked() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_PARTNERS,
        help_text="Only events of these sellers.",
    )


class EndpointByHand(EndpointIn):
    all_sellers = all_sellers()
    partner_ids = sellers_ticked()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.pop("all_sellers", False) and not attrs.get("partner_ids"):
            raise serializers.ValidationError({"partnerIds": [NOBODY_TICKED]})
        return {**attrs, "partner_ids": attrs.get("partner_ids") or None}


class EndpointChange(EndpointPatch):
    """Only what was changed arrives here; a new tick at "all sellers" wins over sellers that were ticked before."""

    all_sellers = all_sellers()
    partner_ids = sellers_ticked()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        takes_all, ticked = attrs.pop("all_sellers", None), attrs.get("partner_ids")
        if takes_all is None and ticked is None:
            return attrs
        if not takes_all and not ticked:
            raise serializers.ValidationError({"partnerIds": [NOBODY_TICKED]})
        return {**attrs, "partner_ids": ticked or None}
