"""The shapes of buyers, contacts, KYC and VIES checks on the wire (contract 6)."""

import re
from typing import Any

from rest_framework import serializers

from buyers.models import Buyer, Kyc, ViesCheck
from buyers.vies import NEXT_ANSWERS
from nt24.api.json import AddressShape, PersonShape, Shape, Text, Whole
from nt24.api.pagination import PageQuery
from nt24.vat_numbers import described, foreign_sign_in, tidied

MODE_HELP = "Who identifies the buyer? NT24_LED cannot be changed back."
NAME_HELP = "As entered in the company register."
VAT_RULE = "Country prefix and number without spaces, for example DE123456789."
FOREIGN_SIGN = "{sign} is not a Latin letter or a digit, even if it looks like one: type the number again."
MAX_CONTACTS = 50


class VatNumber(Text):
    """`^[A-Z]{2}[0-9A-Z]+$`, at most 15 characters; the national check digit only warns staff."""

    IS_COMPACT = True
    WRITTEN = {"pattern": "^[A-Z]{2}[0-9A-Z]+$"}
    default_error_messages = {"vat": VAT_RULE, "foreign": FOREIGN_SIGN}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=15, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        number = super().to_internal_value(data)
        if not number.isascii() and (sign := foreign_sign_in(tidied(number))):
            self.fail("foreign", sign=described(sign))
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]+", number):
            self.fail("vat")
        return number


class TypedVatNumber(VatNumber):
    """As people write it: lower case, blanks, dots and dashes are cleaned."""

    WRITTEN = {"pattern": r"\S"}

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(tidied(data) if isinstance(data, str) else data)


class ContactIn(PersonShape):
    """A person at the buyer."""


class ContactOut(Shape):
    uuid = serializers.UUIDField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not shown["phone"]:
            del shown["phone"]
        return shown


class BuyerIn(Shape):
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices, help_text=MODE_HELP)
    vat_number = VatNumber(help_text=VAT_RULE)
    company_name = Text(max_length=200, help_text=NAME_HELP)
    address = AddressShape()
    contacts = ContactIn(many=True, required=False, max_length=MAX_CONTACTS)  # type: ignore[call-arg]


class BuyerByHand(BuyerIn):
    """As staff type it in a form."""

    vat_number = TypedVatNumber(help_text="With the country prefix, for example DE123456789.")


class BuyerPatch(Shape):
    company_name = Text(max_length=200, required=False, help_text=NAME_HELP)
    address = AddressShape(required=False)
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices, required=False, help_text=MODE_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Send at least one member to change.")
        return attrs


class BuyerOut(Shape):
    uuid = serializers.UUIDField()
    vat_number = serializers.CharField()
    company_name = serializers.CharField()
    address = AddressShape()
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices)
    status = serializers.ChoiceField(Buyer.Status.choices)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class BuyerQuery(PageQuery):
    SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "companyName": "company_name"}

    vat_number = Text(required=False, max_length=15)
    status = serializers.ChoiceField(Buyer.Status.choices, required=False)
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices, required=False)
    q = Text(required=False, max_length=100, help_text="Part of the company name or VAT number.")
    created_after = serializers.DateTimeField(required=False)
    updated_after = serializers.DateTimeField(required=False)


class BlockIn(Shape):
    reason = Text(max_length=500, required=False, help_text="Stands in the trail.")


class KycOut(Shape):
    buyer_id = serializers.UUIDField()
    kyc_mode = serializers.ChoiceField(Buyer.KycMode.choices)
    overall_status = serializers.ChoiceField(["INCOMPLETE", "VALID", "INVALID"])
    vies_last_checked_at = serializers.DateTimeField(required=False)
    vies_result = serializers.ChoiceField(["VALID", "INVALID", "PENDING", "UNKNOWN"])
    documents_complete = serializers.BooleanField()
    missing_documents = serializers.ListField(child=serializers.CharField())
    verification_status = serializers.ChoiceField(Kyc.Verification.choices, required=False)
    aml_status = serializers.ChoiceField(Kyc.Aml.choices)


class VerificationOut(Shape):
    session_id = serializers.UUIDField(source="uuid")
    idenfy_url = serializers.URLField(
        source="link",
        help_text="Where the buyer identifies himself. Whoever has it can do so: treat it as a secret.",
    )


class QueuedOut(Shape):
    status = serializers.ChoiceField([ViesCheck.Status.QUEUED.value, ViesCheck.Status.IN_PROGRESS.value])


class ViesCheckOut(Shape):
    uuid = serializers.UUIDField()
    status = serializers.ChoiceField(ViesCheck.Status.choices)
    cause = serializers.ChoiceField(ViesCheck.Cause.choices)
    vat_number = serializers.CharField()
    requester_vat_number = serializers.CharField(required=False)
    result = serializers.ChoiceField(ViesCheck.Result.choices, required=False)
    error_code = serializers.CharField(required=False, help_text="Why VIES gave no answer.")
    consultation_number = serializers.CharField(required=False, help_text="VIES's proof that we asked.")
    trader_name = serializers.CharField(required=False)
    trader_address = serializers.CharField(required=False)
    evidence_sha256 = serializers.CharField(source="raw_sha256", required=False)
    requested_at = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: value for name, value in super().to_representation(instance).items() if value != ""}


class ViesCheckQuery(PageQuery):
    SORTS = {"requestedAt": "requested_at"}
    DEFAULT_SORT = "requestedAt,desc"


class SandboxViesIn(Shape):
    vat_number = VatNumber(help_text=VAT_RULE)
    next = serializers.ChoiceField(NEXT_ANSWERS)
    times = Whole(min_value=1, max_value=100, required=False)
