"""What staff fill in about tenants; the API has no such operations, so these shapes are of no other page."""

import re
from datetime import date
from typing import Any

from django.conf import settings
from rest_framework import serializers

from nt24.api.json import EARLIEST_YEAR, AddressShape, Day, Email, Flag, Shape, Text, Whole
from nt24.partners.days import DEFAULT_ZONE, NotInTheFuture, zones
from nt24.partners.models import READ_CEILING, WEBHOOK_CEILING, WRITE_CEILING, RateLimitTier
from nt24.vat_numbers import FORM, tidied

LIMITS = {"readLimit": "read_limit", "writeLimit": "write_limit", "webhookLimit": "webhook_limit"}
EMAIL_CHARACTERS = 254
VAT_RULE = "Country prefix and number in Latin letters and digits, for example DE123456789."


class Slug(Text):
    """What stands in ids and on the command line."""

    WRITTEN = {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
    default_error_messages = {"slug": "Use small letters, digits and single hyphens, such as demo-bank."}

    def to_internal_value(self, data: Any) -> str:
        slug = super().to_internal_value(data)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
            self.fail("slug")
        return slug


class RequesterNumber(Text):
    """The VAT number that VIES is asked in the name of."""

    IS_COMPACT = True
    default_error_messages = {"vat": VAT_RULE}

    def to_internal_value(self, data: Any) -> str:
        number = tidied(super().to_internal_value(data))
        if not FORM.fullmatch(number):
            self.fail("vat")
        return number


class TermsShape(Shape):
    """What the organization may do. Terms hold from its next call on."""

    rate_limit_tier = serializers.ChoiceField(
        RateLimitTier.choices, help_text="How fast it may call; only ENTERPRISE has limits of its own."
    )
    read_limit = Whole(
        min_value=1,
        max_value=READ_CEILING,
        required=False,
        help_text=f"Reads a minute, for ENTERPRISE alone; at most {READ_CEILING:,}.",
    )
    write_limit = Whole(
        min_value=1,
        max_value=WRITE_CEILING,
        required=False,
        help_text=f"Writes a minute, for ENTERPRISE alone; at most {WRITE_CEILING:,}.",
    )
    webhook_limit = Whole(
        min_value=1,
        max_value=WEBHOOK_CEILING,
        required=False,
        help_text=f"Calls about webhooks a minute, for ENTERPRISE alone; at most {WEBHOOK_CEILING:,}.",
    )
    allow_marketplace_led_kyc = Flag(
        default=False, help_text="allowMarketplaceLedKyc: it may handle buyers in Mode A."
    )
    allow_multi_vin_orders = Flag(
        default=False, help_text="allowMultiVinOrders: an order may have more than one VIN."
    )
    allow_contact_personal_data = Flag(
        default=False,
        help_text="allowContactPersonalData: the API tells it who the contact persons of its buyers are.",
    )
    allow_kyc_document_download = Flag(
        default=False, help_text="allowKycDocumentDownload: the API gives it the KYC papers of its buyers."
    )
    manage_clients = Flag(
        default=False, help_text="manageClients: each of its clients may renew the secrets of the others."
    )

    NEEDED_WITH = dict.fromkeys(LIMITS, ("rateLimitTier", RateLimitTier.ENTERPRISE.value))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_enterprise = attrs["rate_limit_tier"] == RateLimitTier.ENTERPRISE
        problem = (
            "ENTERPRISE needs a limit here." if is_enterprise else "Only ENTERPRISE has limits of its own."
        )
        wrong = [outside for outside, name in LIMITS.items() if (name in attrs) != is_enterprise]
        if wrong:
            raise serializers.ValidationError({outside: [problem] for outside in wrong})
        return attrs


class OrganizationPatch(Shape):
    name = Text(max_length=200, help_text="The company, as its contract with us names it.")
    admin_email = Email(help_text="Is told when a webhook is paused or the agreement changes.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})


class OrganizationIn(Shape):
    name = Text(max_length=200, help_text="The company, as its contract with us names it.")
    slug = Slug(max_length=80, help_text="Its short name, such as demo-bank. It cannot be changed later.")
    admin_email = Email(help_text="Is told when a webhook is paused or the agreement changes.")
    terms = TermsShape(help_text="They can be changed at any time.")


class AgreementIn(Shape):
    """That a data processing agreement was signed: which version, when, by whom, and the file."""

    version = Text(max_length=20, help_text="The version that was signed, such as 2026-01.")
    signed_on = Day(validators=[NotInTheFuture()], help_text="The date of the organization's signature.")
    signer_name = Text(
        max_length=200, help_text="Who signed for the organization, as the agreement names them."
    )
    signer_role = Text(max_length=200, help_text="Why this person may sign, such as managing director.")
    file = serializers.FileField(help_text="The signed agreement as PDF, at most 20 MiB.")

    def validate_version(self, value: str) -> str:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) or int(value[:4]) < EARLIEST_YEAR:
            raise serializers.ValidationError("Write year and month, such as 2026-01.")
        if value > settings.DPA_VERSION:
            raise serializers.ValidationError(f"The newest version is {settings.DPA_VERSION}.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        version = attrs["version"]
        if attrs["signed_on"] < date.fromisoformat(f"{version}-01"):
            problem = f"Version {version} did not exist yet: not before {version}-01."
            raise serializers.ValidationError({"signedOn": [problem]})
        return attrs


class SellerIn(Shape):
    name = Text(max_length=200, help_text="The company, as it stands on invoices.")
    vat_number = RequesterNumber(
        max_length=15, help_text=f"VIES is asked in the name of this number. {VAT_RULE}"
    )
    address = AddressShape(
        help_text="Vehicles depart from this country until a pickup says where they were collected."
    )
    admin_email = Email(
        help_text="Answers of buyers go here, unless the branding says otherwise.",
    )
    time_zone = serializers.ChoiceField(
        zones(), required=False, help_text=f"Decides which day is in the future. {DEFAULT_ZONE} if left out."
    )


class SellerPatch(SellerIn):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})


class ClientIn(Shape):
    slug = Slug(max_length=80, help_text="The client id becomes api-client-… with this at its end.")
    label = Text(  # type: ignore[assignment]  # no clash in use
        max_length=200, required=False, help_text="What the client is, for people: “ERP, production”."
    )
