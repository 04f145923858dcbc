"""JSON on the wire: camelCase outside, snake_case inside, strict types, no nulls but four (contract 4).

This module alone knows camelCase. A serializer declares snake_case fields and gets camelCase members.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import orjson
import pycountry
from django.core.validators import EmailValidator
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from nt24.errors import PayloadTooLarge
from nt24.money import NO_MONEY, Money
from nt24.text import has_control_characters, tidy

NULL_IS_SAID = {"decision", "downloadUrl", "partnerIds", "nextRetryAt"}
MAX_BODY_BYTES = 1024 * 1024
EARLIEST_YEAR = 1900  # contract 17.11; a year before it is a slip of the keyboard
MAX_EMAIL = 254  # RFC 5321
MAX_NAME = 100  # characters of a member's name that are echoed
MAX_AMOUNT = 10**13  # minor units; keeps the sum of a hundred vehicles inside a bigint
CURRENCIES = frozenset(currency.alpha_3 for currency in pycountry.currencies) - NO_MONEY
# XI is not ISO 3166 but VAT law's Northern Ireland; addresses there use GB.
COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)


def camel(name: str) -> str:
    """`external_order_id` → `externalOrderId`; `sha256` stays `sha256`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def encode(data: Any) -> bytes:
    return orjson.dumps(
        data, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS
    )


class JsonRenderer(JSONRenderer):
    """orjson instead of json: lists are an order of magnitude cheaper to write."""

    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else encode(data)


class JsonParser(BaseParser):
    """One JSON object per request body; anything else is malformed."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"A JSON body has at most {MAX_BODY_BYTES} bytes.")
        try:
            data = orjson.loads(raw)
            json.loads(raw, object_pairs_hook=each_once)  # orjson keeps the last of two without a word
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        if not isinstance(data, dict):
            raise ParseError("The body has to be one JSON object.")
        return data


def each_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """:raises ValueError: a member is named twice in one object, also by another spelling such as `\\u0061`."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the member {name[:MAX_NAME]!r} is named twice in one object")
        found[name] = value
    return found


class Shape(serializers.Serializer):
    """A JSON object. Unknown members are refused, so that a typo never passes silently."""

    def get_fields(self) -> dict[str, serializers.Field]:
        renamed = {}
        for name, field in super().get_fields().items():
            outside = camel(name)
            if outside != name and field.source is None:
                field.source = name
            renamed[outside] = field
        return renamed

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        if unknown := [name for name in data if name not in self.fields]:
            raise serializers.ValidationError(
                {str(name): ["This member is not known here."] for name in unknown}
            )
        # A PATCH leaves out members of its own, never of an object inside it; DRF would let both pass.
        is_inside_a_patch = self.parent is not None and getattr(self.root, "partial", False)
        if is_inside_a_patch and (missing := [name for name in self.required_members() if name not in data]):
            raise serializers.ValidationError({name: ["This field is required."] for name in missing})
        return super().to_internal_value(data)

    def required_members(self) -> list[str]:
        return [name for name, field in self.fields.items() if field.required]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {name: value for name, value in shown.items() if value is not None or name in NULL_IS_SAID}


class Text(serializers.CharField):
    """A string, and only a string, in one spelling (`nt24.text.tidy`); `trim_whitespace=False` takes it as it is.

    `WRITTEN` is how JSON Schema says what a subclass accepts. `IS_COMPACT`: an identifier that people write with
    blanks, dots and dashes and in either case; forms drop them.
    """

    WRITTEN: ClassVar[Mapping[str, str]] = {"pattern": r"\S"}  # blank text is refused
    IS_COMPACT: ClassVar[bool] = False
    default_error_messages = {"control": "Control characters are not allowed here."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(tidy(data) if isinstance(data, str) and self.trim_whitespace else data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if has_control_characters(data):
            self.fail("control")
        return super().to_internal_value(data)


class Email(Text):
    """An e-mail address."""

    WRITTEN = {"format": "email"}
    default_error_messages = {"invalid_address": "Enter a valid email address."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_EMAIL, **kwargs})
        self.validators.append(EmailValidator(message=self.error_messages["invalid_address"]))


class Whole(serializers.IntegerField):
    """A JSON integer, not a string or a float that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Day(serializers.DateField):
    """`YYYY-MM-DD` with leading zeros; strptime alone would take `2026-4-1`. Nothing here is older than 1900."""

    default_error_messages = {"too_early": f"Not before {EARLIEST_YEAR}."}

    def to_internal_value(self, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if day.year < EARLIEST_YEAR:
            self.fail("too_early")
        return day


class CountryCode(Text):
    """ISO 3166 alpha-2, upper case."""

    WRITTEN = {"pattern": "^[A-Z]{2}$", "format": "iso-3166-1-alpha-2"}
    default_error_messages = {"country": "This is not an ISO 3166 alpha-2 country code."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=2, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in COUNTRIES:
            self.fail("country")
        return code


class CurrencyCode(Text):
    """ISO 4217, upper case; codes that are no money (metals, tests) are refused (contract 17.10)."""

    WRITTEN = {"pattern": "^[A-Z]{3}$", "format": "iso-4217"}
    default_error_messages = {"currency": "This is not the ISO 4217 code of a currency that is paid with."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=3, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in CURRENCIES:
            self.fail("currency")
        return code


class MoneyShape(Shape):
    """`{"value": 1850000, "currency": "EUR"}`, minor units."""

    value = Whole(
        min_value=0,
        max_value=MAX_AMOUNT,
        help_text="Minor units with the decimals of ISO 4217: cents for EUR, whole yen for JPY, fils for KWD.",
    )
    currency = CurrencyCode(help_text="ISO 4217; no metals, units of account or test codes.")

    def to_internal_value(self, data: Any) -> Money:  # type: ignore[override]
        return Money(**super().to_internal_value(data))


class AddressShape(Shape):
    """Street, post code, city and country (ISO 3166 alpha-2)."""

    street = Text(max_length=200, help_text="Street and house number.")
    post_code = Text(max_length=20, help_text="As it is written in that country.")
    city = Text(max_length=100, help_text="Town or city.")
    country = CountryCode(help_text="ISO 3166 alpha-2.")


class PersonShape(Shape):
    """A person's name and how to reach them."""

    first_name = Text(max_length=100, help_text="Given name.")
    last_name = Text(max_length=100, help_text="Family name.")
    email = Email(help_text="E-mail address of this person.")
    phone = Text(
        max_length=40, required=False, help_text="With the country code, for example +48 22 123 45 67."
    )
