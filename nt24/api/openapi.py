"""The OpenAPI document, made from what each handler promises (`nt24.api.operation`)."""

from drf_spectacular.openapi import AutoSchema


class ContractSchema(AutoSchema):
    """Reads the view's operations."""
