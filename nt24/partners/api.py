"""Who the caller is and what it may do (contract 5), and new secrets for its organization's clients (contract 12)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nt24.api.json import Shape
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.errors import StateConflict
from nt24.partners.actions import confirm_client_secret, rotate_client_secret
from nt24.partners.authentication import Caller
from nt24.partners.gates import GATES, capability_is_granted
from nt24.partners.models import ApiClient, RateLimitTier, Seller


class PartnerOut(Shape):
    uuid = serializers.UUIDField()
    name = serializers.CharField()
    country = serializers.CharField()


class Granted(serializers.BooleanField):
    """A capability that came after the published ones. Left out where it is off: published answers stay."""

    def to_representation(self, value: bool) -> Any:
        return True if value else None


class CapabilitiesOut(Shape):
    rate_limit_tier = serializers.ChoiceField(RateLimitTier.choices)
    allow_marketplace_led_kyc = serializers.BooleanField()
    allow_multi_vin_orders = serializers.BooleanField()
    allow_contact_personal_data = serializers.BooleanField()
    allow_kyc_document_download = serializers.BooleanField()
    manage_clients = Granted(required=False, help_text="Left out unless it is switched on.")


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

    @operation(
        "Read your own organization",
        about="Your sellers, your capabilities and the data processing agreement. The only endpoint that "
        "answers before the agreement is accepted, so that you see why the others refuse.",
        answer=MeOut,
    )
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


class ClientSecretOut(Shape):
    client_id = serializers.CharField()
    secret = serializers.CharField(help_text="Shown in this answer only.")
    previous_secret_until = serializers.DateTimeField(help_text="The secret before it is valid until then.")


class ClientOut(Shape):
    client_id = serializers.CharField()


def client_is_own(caller: Caller, path: Mapping[str, Any]) -> None:
    """A secret is its own client's; of others in the organization only with `manageClients` (contract 17.16).

    A gate, so that it stands before the stored answers: those of a sibling have its secret in them.

    :raises CapabilityRequired: it is a sibling's.
    """
    named = path["clientId"]
    is_sibling = (
        named != caller.client_id
        and ApiClient.objects.filter(organization=caller.organization_pk, client_id=named).exists()
    )
    if is_sibling:
        capability_is_granted(caller, "manage_clients")


class OnClient(ContractView):
    gates = (*GATES, client_is_own)
    client: ApiClient

    def locate(self, **kwargs: Any) -> None:
        own = ApiClient.objects.filter(organization=self.caller.organization_pk)
        found = own.filter(client_id=kwargs["clientId"]).first()
        if found is None:
            raise Http404
        self.client = found


class RotateClientSecretView(OnClient):
    @operation(
        "Make a new client secret",
        about="The new secret is shown in this answer only; the one before stays valid until "
        "`previousSecretUntil`, an older one ends at once. A client does this for itself; for another one "
        "of your organization it needs the capability `manageClients`.",
        answer=ClientSecretOut,
        shows_secret=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        secret = rotate_client_secret(self.client, by=self.by)
        shown = {
            "client_id": self.client.client_id,
            "secret": secret,
            "previous_secret_until": timezone.now() + settings.CLIENT_SECRET_OVERLAP,
        }
        return Response(ClientSecretOut(shown).data)


class ConfirmClientSecretView(OnClient):
    @operation(
        "End the old client secret",
        about="Say that you have changed over: from now on the newest secret alone is valid. It may be "
        "repeated. A client does this for itself; for another one of your organization it needs the "
        "capability `manageClients`.",
        answer=ClientOut,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        confirm_client_secret(self.client, by=self.by)
        return Response(ClientOut(self.client).data)
