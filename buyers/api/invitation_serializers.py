"""The shapes of invitations and prospects on the wire (contract 6)."""

from typing import Any

from rest_framework import serializers

from buyers.api.serializers import MODE_HELP
from buyers.invitation_models import Invitation, Prospect
from buyers.links import public_link
from buyers.models import Buyer
from nt24 import languages
from nt24.api.json import AddressShape, Email, Shape, Text, Whole
from nt24.api.pagination import PageQuery

MAX_DAYS = 90  # contract 6


class LinkIn(Shape):
    """What both kinds of links take."""

    language = serializers.ChoiceField(languages.CODES, required=False, help_text="Of the page and the mail.")
    expires_in_days = Whole(min_value=1, max_value=MAX_DAYS, required=False, help_text="14 if left out.")


class InvitationIn(LinkIn):
    recipient_email = Email(help_text="The person who has the papers; the link is mailed there.")
    label = Text(max_length=200, required=False, help_text="For you only.")  # type: ignore[assignment]


class ProspectLinkIn(LinkIn):
    kind = serializers.ChoiceField([Invitation.Kind.PROSPECT.value], required=False)
    recipient_email = Email(required=False, help_text="If given, the link is mailed there.")
    label = Text(max_length=200, help_text="For you only.")  # type: ignore[assignment]


class RevokeIn(Shape):
    reason = Text(max_length=500, help_text="Stands in the trail; the buyer does not read it.")


class Sparse(Shape):
    """Text that is empty is left out, as null is."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: value for name, value in super().to_representation(instance).items() if value != ""}


class PublicLink(serializers.URLField):
    """The link of an invitation: worked out for each answer and stored nowhere."""

    def to_representation(self, value: Any) -> str:
        return public_link(value)


class InvitationOut(Sparse):
    uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(Invitation.Kind.choices)
    status = serializers.ChoiceField(Invitation.Status.choices)
    public_link_url = PublicLink(
        source="*", help_text="Opens the page for whoever has it. Shown also when it does not open any more."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    recipient_email = serializers.CharField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    last_used_at = serializers.DateTimeField(required=False)
    usage_count = serializers.IntegerField()
    revoked_at = serializers.DateTimeField(required=False)
    revocation_reason = serializers.CharField(required=False)


class InvitationQuery(PageQuery):
    SORTS = {"createdAt": "created_at", "expiresAt": "expires_at"}

    status = serializers.ChoiceField(Invitation.Status.choices, required=False)


class ProspectOut(Sparse):
    """A prospect without a person: name, mail, phone and a consumer's address are not in it."""

    uuid = serializers.UUIDField()
    type = serializers.ChoiceField(Prospect.Type.choices)
    status = serializers.ChoiceField(Prospect.Status.choices)
    company_name = serializers.CharField(required=False)
    vat_number = serializers.CharField(required=False)
    address = AddressShape(source="company_address", required=False)
    language = serializers.ChoiceField(languages.CODES)
    invitation_uuid = serializers.UUIDField(source="invitation.uuid")
    buyer_id = serializers.UUIDField(source="buyer.uuid", required=False)
    submitted_at = serializers.DateTimeField()


class ProspectContactOut(Sparse):
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField(required=False)


class ProspectPersonOut(ProspectOut):
    """The whole prospect; `contact` and a consumer's `address` only with `allowContactPersonalData`."""

    address = AddressShape(required=False)
    contact = ProspectContactOut(source="*", required=False)


class ProspectQuery(PageQuery):
    SORTS = {"submittedAt": "submitted_at"}
    DEFAULT_SORT = "submittedAt,desc"

    type = serializers.ChoiceField(Prospect.Type.choices, required=False)
    status = serializers.ChoiceField(Prospect.Status.choices, required=False)


class ConvertIn(Shape):
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices, help_text=MODE_HELP)
