"""Puts what a buyer sent for one document into one PDF, before the transaction that files it."""

from collections.abc import Sequence

import structlog
from django.conf import settings

from buyers.drafts import Combined, documents_in, is_as_sent, state_of
from buyers.invitation_models import Draft, Invitation
from nt24.documents.combining import Part, combined, picture_drawn
from nt24.documents.confinement import Busy, Overrun, drawing
from nt24.documents.downloads import bytes_of
from nt24.documents.models import ContentType
from nt24.documents.uploads import Upload, keep_upload, received
from nt24.errors import DomainError, FieldError, Unavailable, ValidationFailed

log = structlog.get_logger(__name__)


class NotCombinable(ValidationFailed):
    """The files for `need` cannot be put into one PDF; each of them can be replaced."""

    def __init__(self, need: str) -> None:
        super().__init__(FieldError("file", "These files cannot be put together."))
        self.need = need


def combined_documents(invitation: Invitation) -> dict[str, Combined]:
    """By need, one stored PDF of each document that is not filed as it was sent. Takes up to a second for each file.

    What is stored and then not filed is swept later.

    :raises NotCombinable: a file is not readable any more, or the PDF is none that we would take.
    :raises Unavailable: storage or drawing process are not available now (503).
    """
    return {
        need: Combined(state_of(files), upload_of_all(need, files))
        for need, files in documents_in(invitation).items()
        if not is_as_sent(files)
    }


def upload_of_all(need: str, files: Sequence[Draft]) -> Upload:
    try:
        content = drawing.run(combined, [part_of(draft) for draft in files])
        if len(content) > settings.DOCUMENT_MAX_BYTES:
            raise NotCombinable(need)
        return keep_upload(received(content, name_of(files)))
    except Busy as busy:
        raise Unavailable("Too many files are being put together. Please try again in a moment.") from busy
    except Unavailable:
        raise
    except (
        Overrun,
        RuntimeError,
        DomainError,
    ) as failure:  # RuntimeError: how the process hands any error over
        log.warning("files_not_combined", need=need, why=type(failure).__name__)
        raise NotCombinable(need) from failure


def part_of(draft: Draft) -> Part:
    """:raises RuntimeError: the picture cannot be drawn."""
    content = bytes_of(draft)
    if draft.content_type == ContentType.PDF:
        return Part(content, turned=draft.turned)
    part = drawing.run(picture_drawn, content, draft.turned)
    if part is None:
        raise RuntimeError("not drawn")
    return part


def name_of(files: Sequence[Draft]) -> str:
    """The first file's, as a PDF."""
    return f"{files[0].file_name.rpartition('.')[0] or files[0].file_name}.pdf"
