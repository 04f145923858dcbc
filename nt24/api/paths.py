"""Ids in paths: what has the shape of an endpoint is that endpoint, whatever its ids look like (contract 17.27)."""

import re
from uuid import UUID

from django.urls import register_converter

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # RFC 9562: in either case
OF_NOTHING = UUID(int=0)  # the nil uuid: no row ever has it


class IdInPath:
    """`<id:orderUuid>`: one segment. What is no uuid is the id of nothing, so that its 404 comes in its turn."""

    regex = "[^/]+"

    def to_python(self, value: str) -> UUID:
        return UUID(value) if ID.fullmatch(value) else OF_NOTHING

    def to_url(self, value: UUID) -> str:
        return str(value)


def canonical(path: str) -> str:
    """The path with its uuids in lower case, as answers write them (contract 17.9)."""
    return "/".join(part.lower() if ID.fullmatch(part) else part for part in path.split("/"))


def register() -> None:
    register_converter(IdInPath, "id")
