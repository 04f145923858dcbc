"""A postal address as one value, kept in one JSON column (contract 4)."""

from typing import TypedDict

from django.db import models


class Address(TypedDict):
    """`country` is ISO 3166 alpha-2."""

    street: str
    post_code: str
    city: str
    country: str


class AddressField(models.JSONField):
    """Holds an `Address`; countries that are searched for have a column of their own."""


def one_line(address: Address) -> str:
    return f"{address['street']}, {address['post_code']} {address['city']}, {address['country']}"
