"""Guides of `docs/` as pages, so that the repository and the portal say the same."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS: Path = settings.BASE_DIR / "docs"
EXAMPLES = DOCS / "examples"
LOCAL = "http://127.0.0.1:8000"  # what the guides call the portal
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide for partners: `docs/<name>.md`, shown at `url`."""

    name: str
    title: str
    url: str

    @property
    def headings(self) -> tuple[tuple[str, str], ...]:
        """Text and link of each main heading."""
        return headings_of(self)


GUIDES = (
    Guide("first-steps", "First steps", "/docs"),
    Guide("api-guide", "API guide", "/docs/api-guide"),
    Guide("webhooks", "Webhooks", "/docs/webhooks"),
)


@cache
def headings_of(guide: Guide) -> tuple[tuple[str, str], ...]:
    tokens = parsed(guide.name, LOCAL)
    return tuple(
        (inner.content, f"{guide.url}#{slug_of(inner.content)}")
        for token, inner in zip(tokens, tokens[1:], strict=False)
        if token.type == "heading_open" and token.tag == "h2"
    )


def parsed(name: str, public_url: str) -> list[Token]:
    """Without the title, which is the page's own."""
    tokens = MARKDOWN.parse((DOCS / f"{name}.md").read_text(encoding="utf-8").replace(LOCAL, public_url))
    return tokens[3:] if tokens[0].tag == "h1" else tokens


@cache
def guide(name: str, public_url: str) -> SafeString:
    """`docs/<name>.md` without its title; headings can be linked to, examples lead to our copy of them."""
    tokens = parsed(name, public_url)
    for token, inner in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open":
            token.attrSet("id", slug_of(inner.content))
        if token.type == "inline":
            point_here(token)
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    # Code and tables scroll inside themselves on a phone, also by keyboard.
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table class="stack">')
    html = html.replace("<th></th>", "<td></td>")  # a column whose meaning its first one says
    # The text is part of the code base and raw HTML is switched off, so the result is safe to show.
    return mark_safe(html)  # noqa: S308


def point_here(inline: Token) -> None:
    """Links to files beside the guide lead to where the portal serves them."""
    for token in inline.children or ():
        target = str(token.attrGet("href") or "") if token.type == "link_open" else ""
        if target.startswith("examples/"):
            token.attrSet("href", f"/docs/{target}")
        elif re.fullmatch(r"[a-z-]+\.md", target):
            token.attrSet("href", f"/docs/{target.removesuffix('.md')}")


def slug_of(heading: str) -> str:
    """As GitHub makes anchors, so that a link inside a guide works in both places."""
    return re.sub(r"[^a-z0-9 _-]", "", heading.lower()).strip().replace(" ", "-")


def inline(text: str) -> SafeString:
    """A sentence or two of the OpenAPI document."""
    return mark_safe(MARKDOWN.render(text))  # noqa: S308  as above


def example(name: str) -> str | None:
    """The text of a file in `docs/examples`, None when there is no such file."""
    known = {path.name: path for path in EXAMPLES.iterdir() if path.is_file()}
    return known[name].read_text(encoding="utf-8") if name in known else None
