"""Decides whether a received file is acceptable evidence: PDF, JPEG or PNG by content, whole, and passive."""

from functools import partial
from pathlib import Path
from typing import Protocol

from nt24.documents.confinement import Busy, Overrun, confinement
from nt24.documents.examination import Inspected, examine
from nt24.errors import FieldError, Unavailable, UnsupportedMediaType, ValidationFailed

TOO_COSTLY = "The file takes too much memory or time to read. Print it to a new PDF, or save it smaller, and send that."

__all__ = ["Inspected", "NotAcceptedType", "UnacceptableContent", "inspect"]


class NotAcceptedType(UnsupportedMediaType):
    """By content it is no PDF, JPEG or PNG (contract 16.12)."""


class UnacceptableContent(ValidationFailed):
    """One of the accepted types, but broken, encrypted, active or too large to look at (contract 16.12)."""

    def __init__(self, why: str) -> None:
        super().__init__(FieldError("file", why))


class ReadableFile(Protocol):
    """A received file that is either in memory or on disk (`uploads.ReceivedFile`)."""

    def source(self) -> bytes | Path: ...


def inspect(file: ReadableFile, *, takes_heic: bool = False) -> Inspected:
    """Look at the whole file in the confined helper process.

    `takes_heic`: pictures of phones are welcome as well, which become part of a PDF (buyers/combining.py).

    :raises NotAcceptedType: it is something else (415).
    :raises UnacceptableContent: it cannot be kept as evidence; the text says why (422).
    :raises Unavailable: too many files are being looked at (503).
    """
    try:
        result = confinement.run(partial(examine, takes_heic=takes_heic), file.source())
    except Overrun as overrun:
        raise UnacceptableContent(TOO_COSTLY) from overrun
    except Busy as busy:
        raise Unavailable("Too many files are being received. Please try again in a moment.") from busy
    if isinstance(result, Inspected):
        return result
    if result.is_other_type:
        raise NotAcceptedType(result.why)
    raise UnacceptableContent(result.why)
