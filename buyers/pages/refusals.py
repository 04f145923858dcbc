"""Why an uploaded file was not taken, in a sentence for somebody who has never heard of a media type."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nt24.errors import Unavailable, UnsupportedMediaType, ValidationFailed

Text = str | Promise

TOO_LARGE = _("This file is larger than 20 MB. Please send a smaller one, or take a photo of the document.")
WRONG_TYPE = _(
    "This is not a PDF, JPEG or PNG file. Please take a photo of the document or save it as a PDF."
)
EMPTY = _("This file is empty. Please choose it again.")
UNREADABLE = _("This file is damaged and cannot be read. Please take a new photo or save it again.")
LOCKED = _(
    "This PDF is protected by a password. Please save it without one, or take a photo of the document."
)
ACTIVE = _(
    "This PDF contains programs or other files. Please print it to a new PDF, or take a photo of the document."
)
TOO_COMPLEX = _("This file has too many pages or pixels. Please send a smaller one.")
INFECTED = _("The virus scanner has found something in this file, so it was not kept.")
TOGETHER_TOO_LARGE = _("Together these files are too large. Please send them one after the other.")
TOO_MUCH = _(
    "One document can have at most 12 files and 20 MB. Please remove a file, or send the whole as one smaller PDF."
)
NOT_COMBINED = _("These files cannot be put together. Please replace them, or send the whole as one PDF.")
CHANGED_MEANWHILE = _(
    "The documents were changed in another window. Please look at them once more and submit them again."
)
CUT_OFF = _("The file did not arrive completely. Please send it again.")
BUSY = _("Many files are being received at the moment. Please try again in a minute.")
TOO_OFTEN = _("Too many files in a short time. Please wait a minute and go on.")
OUTDATED = _("The page was open for too long, or your browser keeps no cookies for it.")
KEPT = _("Everything you have filled in is kept. Please send it again.")
# By what the examiner says (nt24/documents/examination.py); anything else means that the file cannot be read.
BY_WORDS: tuple[tuple[str, Text], ...] = (
    ("password", LOCKED),
    ("encrypted", LOCKED),
    ("active content", ACTIVE),
    ("actions", ACTIVE),
    ("more than", TOO_COMPLEX),
    ("too much memory", TOO_COMPLEX),
    ("too large", TOO_COMPLEX),
    ("virus scanner", INFECTED),
    ("as well", TOO_MUCH),
)


def sentence_about(error: UnsupportedMediaType | ValidationFailed | Unavailable) -> Text:
    """What to tell the buyer about a file that `keep_upload` or `save_draft` has refused."""
    if isinstance(error, UnsupportedMediaType):
        return EMPTY if "empty" in error.detail else WRONG_TYPE
    if isinstance(error, Unavailable):
        return BUSY
    return next((sentence for words, sentence in BY_WORDS if words in error.detail), UNREADABLE)


def outdated() -> str:
    """What to tell somebody whose form came without the token of its page."""
    return f"{OUTDATED} {KEPT}"
