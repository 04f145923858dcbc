"""`GET /v1/me`: who the caller is and what it may do (contract 5)."""

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nt24.api.json import Shape
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.partners.models import RateLimitTier, Seller


class PartnerOut(Shape):
    uuid = serializers.UUIDField()
    name = serializers.CharField()
    country = serializers.CharField()


class CapabilitiesOut(Shape):
    rate_limit_tier = serializers.ChoiceField(RateLimitTier.choices)
    allow_marketplace_led_kyc = serializers.BooleanField()
    allow_multi_vin_orders = serializers.BooleanField()
    allow_contact_personal_data = serializers.BooleanField()
    allow_kyc_document_download = serializers.BooleanField()


class MeOut(Shape):
    organization_uuid = serializers.UUIDField()
    name = serializers.CharField(source="organization_name")
    authorized_partners = PartnerOut(many=True)
    capabilities = CapabilitiesOut()
    dpa_version = serializers.CharField(required=False)
    dpa_accepted_at = serializers.DateTimeField(required=False)


class MeView(ContractView):
    """The only endpoint outside of the DPA gate."""

    gates = ()

    @operation("Read your own organization", answer=MeOut)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        caller = self.caller
        partners = Seller.objects.filter(organization=caller.organization_pk, disabled_at__isnull=True)
        shown = {
            "organization_uuid": caller.organization_uuid,
            "organization_name": caller.organization_name,
            "authorized_partners": partners.order_by("name", "pk"),
            "capabilities": caller,
            "dpa_version": caller.dpa_version or None,
            "dpa_accepted_at": caller.dpa_accepted_at,
        }
        return Response(MeOut(shown).data, headers={"Cache-Control": "private, max-age=300"})
