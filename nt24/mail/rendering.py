"""Mail as text and HTML, from `templates/mail/<name>.{subject.txt,txt,html}`. No template loads anything remote."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, ready to be queued."""

    language: str
    subject: str
    text: str
    html: str


def render_mail(template: str, context: Mapping[str, Any], *, language: str) -> Content:
    """The three parts in one language; values are escaped in HTML and stand as they are in text.

    :raises TemplateDoesNotExist: one of the three files is missing.
    """
    known = {"public_url": settings.PUBLIC_URL, **context}
    with translation.override(language):
        return Content(
            language=language,
            subject=one_line(render(f"mail/{template}.subject.txt", known, autoescape=False)),
            text=render(f"mail/{template}.txt", known, autoescape=False).strip() + "\n",
            html=render(f"mail/{template}.html", known, autoescape=True).strip() + "\n",
        )


def render(path: str, context: Mapping[str, Any], *, autoescape: bool) -> str:
    # Not `render_to_string`: that escapes in .txt files as well, unless every block of every template says otherwise.
    return Engine.get_default().get_template(path).render(Context(dict(context), autoescape=autoescape))


def one_line(text: str) -> str:
    """Without line ends and other control characters: nothing in it can begin a header of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
