"""Whether a URL may be registered; asked before any transaction, because it asks the name service."""

from django.conf import settings

from nt24.egress import UrlRefused, require_callable


def why_refused(url: str) -> str:
    """One sentence for whoever gave the URL; empty when it may be called."""
    try:
        require_callable(
            url,
            allow_private=settings.WEBHOOK_ALLOW_PRIVATE,
            trusted_origins=settings.WEBHOOK_TRUSTED_ORIGINS,
        )
    except UrlRefused as refusal:
        return str(refusal)
    return ""
