"""The text of a received paper, for hints to staff. It is read when it is needed and kept nowhere.

A scan has no text, and text may be hidden from the eye or drawn to mislead it: what is read here proves nothing.
"""

import structlog

from nt24.documents.confinement import Busy, Overrun, drawing
from nt24.documents.downloads import Received, original_of
from nt24.documents.extraction import text_in
from nt24.documents.models import ContentType
from nt24.errors import Unavailable

log = structlog.get_logger(__name__)


def text_of(file: Received) -> str:
    """The text of a PDF's first pages; empty for a picture, a scan, or a file that cannot be read within the limits.

    Takes up to seconds: never in a request or a transaction.

    :raises ContentHeldBack: infected or not scanned yet.
    :raises StorageUnavailable: the stored file cannot be read.
    :raises Unavailable: too many files are being looked at.
    """
    if file.content_type != ContentType.PDF:
        return ""
    original = original_of(file)
    try:
        return drawing.run(text_in, original)
    except Busy as busy:
        raise Unavailable("Too many files are being looked at.") from busy
    except (Overrun, RuntimeError) as failure:  # RuntimeError: how the helper process hands any error over
        log.info("text_not_read", file=str(file.uuid), why=type(failure).__name__)
        return ""
