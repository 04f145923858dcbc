"""`/dev/mail`: what development would have sent, so that nobody needs a mailbox to follow a link."""

from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nt24.mail.models import Mail
from nt24.vault import decrypt

SHOWN = 50
# As in a mail program: its own styles, nothing from anywhere.
POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "sandbox": ["allow-popups"],
}


def in_development(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Mail is personal and carries links that open pages: with `DEBUG=false` nothing here exists."""

    @wraps(view)
    def shown(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, **kwargs)

    return shown


@require_safe
@never_cache
@in_development
def mails(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    kept = Mail.objects.filter(forgotten_at=None).defer("text", "html").order_by("-pk")
    return render(request, "mail/pages/mails.html", {"mails": kept[:SHOWN]})


@require_safe
@never_cache
@in_development
def mail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The plain text, with its links."""
    found = get_object_or_404(Mail, uuid=uuid, forgotten_at=None)
    return render(request, "mail/pages/mail.html", {"mail": found, "text": decrypt(found.text)})


@require_safe
@never_cache
@in_development
@csp(POLICY)  # type: ignore[arg-type]  # its types know no views with arguments
def mail_as_html(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """As a mail program shows it."""
    found = get_object_or_404(Mail, uuid=uuid, forgotten_at=None)
    html = decrypt(found.html)
    if found.logo_png is not None:
        html = html.replace("cid:logo", f"data:image/png;base64,{b64encode(found.logo_png).decode()}")
    return HttpResponse(html)
