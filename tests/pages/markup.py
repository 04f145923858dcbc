"""Reads a page the way these tests need it: what it loads, where it links to, what is inline."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

LOADING = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


@dataclass
class Markup(HTMLParser):
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        address = given.get(LOADING.get(tag, ""))
        if address is not None:
            self.loads.append(address)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)


def read(html: str) -> Markup:
    markup = Markup()
    markup.feed(html)
    return markup
