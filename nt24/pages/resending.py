"""What was typed into a form that could not be taken at the moment, to be sent again without typing it anew."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError

FORM = "application/x-www-form-urlencoded"  # files cannot be given back to a browser


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of every field of the form; empty for a request without one, or with more than we read.

    The token of the form is among them: it is checked as strictly when the form comes again.
    """
    if request.method != "POST" or request.content_type != FORM:
        return []
    try:
        return [(name, value) for name, values in request.POST.lists() for value in values]
    except (SuspiciousOperation, UnreadablePostError):
        return []
