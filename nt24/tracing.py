"""One id per request, in the answer, the problem, the log and the audit trail; and how logs look."""

import logging
import logging.config
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-Id"
ACCEPTED = re.compile(r"[A-Za-z0-9._\-]{1,100}")  # nothing that could break a header or a log line
OPENING_PATH = re.compile(r"/b/[^/\s\"'<>?#]{20,}")  # whoever has such a path of a buyer's page can open it

_trace_id: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """The id of the request or task at hand; empty outside of both."""
    return _trace_id.get()


def begin_trace(wanted: str = "") -> str:
    """Use the caller's id when it is harmless, else a new one."""
    chosen = wanted if ACCEPTED.fullmatch(wanted) else secrets.token_hex(16)
    _trace_id.set(chosen)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(trace_id=chosen)
    return chosen


def trace(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: first in, last out, so that every answer carries the id."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = begin_trace(request.headers.get(HEADER, ""))
        response = get_response(request)
        response[HEADER] = chosen
        return response

    return middleware


def mask_links(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: no log line, ours or a library's, opens a buyer's page."""
    masked = {
        name: OPENING_PATH.sub("/b/***", value) for name, value in event.items() if isinstance(value, str)
    }
    return {**event, **masked}


def configure_logging(settings: dict[str, Any]) -> None:
    """Event name plus fields, one line each; personal data, tokens and bodies never go in."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_links,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processor": structlog.processors.KeyValueRenderer(
                        key_order=["timestamp", "level", "event"]
                    ),
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["console"], "level": settings["level"]},
            "loggers": {
                # 4xx are answers, not incidents
                "django.request": {"level": "ERROR"},
                "fontTools": {"level": "WARNING"},
                "pikepdf": {"level": "WARNING"},
                "weasyprint": {"level": "ERROR"},
                "pyhanko": {"level": "WARNING"},
                "pyhanko_certvalidator": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
