"""The pages behind the `type` of every problem: `docs/problems/<slug>.md`, shown under `/problems/<slug>`."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from nt24.errors import KINDS, DomainError

FOLDER = settings.BASE_DIR / "docs" / "problems"


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One kind of problem. `body` is trusted HTML made from a file of this repository."""

    slug: str
    title: str
    status: int
    type_uri: str
    body: SafeString


@cache
def problem_pages() -> dict[str, ProblemPage]:
    """Every kind of `nt24.errors` by slug, in the order of that table.

    :raises FileNotFoundError: a kind has no page, which the tests refuse as well.
    """
    return {kind.slug: page_for(kind) for kind in KINDS}


def page_for(kind: type[DomainError]) -> ProblemPage:
    return ProblemPage(
        slug=kind.slug,
        title=kind.title,
        status=kind.status,
        type_uri=f"{settings.PROBLEM_BASE_URL}{kind.slug}",
        body=html_without_heading((FOLDER / f"{kind.slug}.md").read_text(encoding="utf-8")),
    )


def html_without_heading(markdown: str) -> SafeString:
    """CommonMark as HTML. The first heading is left out: the page shows the title of the table instead."""
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(markdown)
    if [token.type for token in tokens[:3]] == ["heading_open", "inline", "heading_close"]:
        tokens = tokens[3:]
    # The text is part of the code base and raw HTML is switched off, so the result is safe to show.
    return mark_safe(parser.renderer.render(tokens, parser.options, {}))  # noqa: S308
