"""Somebody who has opened a link: reads the page as text, and sends its forms."""

import re
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from buyers.links import token_of
from tests.papers import pdf, photo

ANSWERS = {
    "person": "Jan Kowalski",
    "role": "prezes",
    "has_owners": "yes",
    "owner1-name": "Jan Kowalski",
    "owner1-born_on": "1980-01-01",
    "owner1-nationality": "PL",
    "owner1-share": "60",
    "owner2-name": "Anna Żółć",
    "owner2-born_on": "1985-03-12",
    "owner2-nationality": "RO",
    "owner2-share": "33,3 %",
    "is_exposed": "no",
    "source": "OTHER",
    "source_details": "Sold a plot of land",
    "confirmed": "on",
    "signature": "jan  kowalski",
}


class Visitor:
    """`http` is a browser without JavaScript; `answers` of its methods are responses."""

    def __init__(self, invitation: Any, **client: Any) -> None:
        self.path = f"/b/{token_of(invitation)}/"
        self.http = Client(raise_request_exception=True, **client)

    @staticmethod
    def stranger() -> Client:
        """A browser that has never been here."""
        return Client()

    def get(self, rest: str = "", **headers: str) -> Any:
        return self.http.get(self.path + rest, headers=headers)

    def post(self, rest: str, data: Any = None) -> Any:
        return self.http.post(self.path + rest, data or {})

    def sends(self, slug: str, content: bytes = b"", name: str = "scan.pdf", **facts: Any) -> Any:
        """Upload for one paper; an identity document is valid for years unless said otherwise."""
        if slug == "identity":
            facts = {"type": "CONTACT_ID_CARD", "expires_on": "2031-05-01", **facts}
        file = SimpleUploadedFile(name, content or pdf(slug))
        return self.post(f"papers/{slug}/", {"file": file, **facts})

    def sends_everything(self) -> None:
        assert self.sends("register", photo(), "IMG_1.jpg").status_code == 303
        for slug in ("vat", "identity"):
            assert self.sends(slug).status_code == 303
        assert self.post("declaration/", ANSWERS).status_code == 303

    def submits(self) -> Any:
        return self.post("submit/", {"declared": "on"})


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    body = re.sub(r"<(head|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def state_of(response: Any, slug: str) -> str:
    """The badge of one card."""
    card = re.search(rf'<li [^>]*id="{slug}".*?</li>', response.content.decode(), flags=re.S)
    assert card is not None
    badge = re.search(r'class="badge.*?</span>', card[0], flags=re.S)
    assert badge is not None
    return " ".join(re.sub(r"<[^>]+>", " ", "<" + badge[0]).split())


def heading(response: Any) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), flags=re.S)
    assert found is not None
    return unescape(found[1]).strip()
