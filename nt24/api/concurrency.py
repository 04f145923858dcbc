"""Versions on the wire: `ETag` out, `If-None-Match` and `If-Match` in (contract 4.2, 4.4)."""

import re

from django.http import HttpRequest, HttpResponse

from nt24.errors import MalformedRequest

STRONG_TAG = re.compile(r'"([0-9]{1,9})"')


def etag(version: int | str) -> str:
    return f'"{version}"'


def is_fresh(request: HttpRequest, tag: str) -> bool:
    """Whether the caller already has this version; weak tags compare equal here (RFC 9110, 13.1.2)."""
    known = request.headers.get("If-None-Match", "")
    if not known:
        return False
    return known.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in known.split(","))


def not_modified(tag: str) -> HttpResponse:
    answer = HttpResponse(status=304)
    del answer["Content-Type"]
    answer["ETag"] = tag
    return answer


def expected_version(request: HttpRequest) -> int:
    """The version that the caller wants to change.

    :raises MalformedRequest: `If-Match` is missing, `*`, weak, unquoted or no version of ours (contract 16.1).
    """
    sent = request.headers.get("If-Match")
    if sent is None:
        raise MalformedRequest('Send If-Match with the version you have read, for example If-Match: "3".')
    if not (match := STRONG_TAG.fullmatch(sent.strip())):
        raise MalformedRequest('If-Match takes one strong version tag in quotes, for example "3".')
    return int(match[1])
