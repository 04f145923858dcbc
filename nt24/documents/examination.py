"""Reads a file that may be hostile and says what it is, or why it is refused. No Django: it runs confined.

It reads structure and never changes a byte: the evidence is the file as it was sent. That includes the
place and time a phone writes into its pictures, which prove where a car was handed over, and are therefore
kept on purpose. Contents of pages are not decoded, so a damaged picture inside a PDF is not noticed here.
"""

import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import magic
import pikepdf
from pikepdf.settings import set_qpdf_limits
from PIL import Image, ImageFile

from nt24.documents.active_content import find_active_content
from nt24.documents.refusals import NotAccepted, Refused

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
# At offset 0: a header that comes later marks a file that is also something else.
SIGNATURES = {b"%PDF-": PDF, b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG}
HEAD_BYTES = 4096

MAX_PIXELS = 50_000_000  # the largest common phone picture has 49.9 million
MAX_PAGES = 2_000
MAX_OBJECTS = 100_000
MAX_STREAM_BYTES = 64 * 1024 * 1024  # of one decoded structure stream; page contents are never decoded
END_OF_FILE = b"%%EOF"
MAX_TAIL_BYTES = 1024  # readers look for the end mark in the last kilobyte
WHITESPACE = b"\x00\t\n\x0c\r "

# Slips of many producers that every reader overlooks alike; any other remark of the parser means damage.
HARMLESS_REMARKS = ("duplicated key", "; repairing", "; setting to letter", "; converting to indirect")
# A wrong table of contents of an otherwise complete file: scanners and office programs write many of them, every
# reader rebuilds it by looking through the file, and so does the examiner, which thereby sees every object.
REBUILT_INDEX = (
    ": file is damaged",
    "xref not found",
    "can't find startxref",
    "Attempting to reconstruct cross-reference table",
)

# Process-wide, and wanted process-wide: no PDF that this project reads has larger structures.
set_qpdf_limits(
    flate_max_memory=MAX_STREAM_BYTES,
    png_max_memory=MAX_STREAM_BYTES,
    tiff_max_memory=MAX_STREAM_BYTES,
    run_length_max_memory=MAX_STREAM_BYTES,
    parser_max_container_size=MAX_OBJECTS,
    doc_max_warnings=2 * MAX_PAGES + 50,  # two slips a page (see HARMLESS_REMARKS) are no damage yet
)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file is: pages of a PDF, pixels of a picture."""

    content_type: str
    pages: int | None = None
    pixels: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not taken. `is_other_type`: it is no PDF, JPEG or PNG at all."""

    why: str
    is_other_type: bool = False


def examine(source: bytes | Path) -> Inspected | Refusal:
    """Look at the whole file; never raises for what is in it, apart from MemoryError."""
    with opened(source) as file:
        try:
            return examine_as(content_type_of(file), file)
        except NotAccepted as refused:
            return Refusal(str(refused), is_other_type=True)
        except Refused as refused:
            return Refusal(str(refused))


def opened(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def content_type_of(file: BinaryIO) -> str:
    """Tell the type by the first bytes, twice: by our own table and by libmagic.

    :raises NotAccepted: it is something else, or the two disagree.
    """
    head = file.read(HEAD_BYTES)
    if not head:
        raise NotAccepted("The file is empty.")
    claimed = next((type for signature, type in SIGNATURES.items() if head.startswith(signature)), "")
    found = magic.from_buffer(head, mime=True)
    if claimed and found == claimed:
        return claimed
    raise NotAccepted(
        f"Only PDF, JPEG and PNG files are accepted; by its content this is {claimed or found}."
    )


def examine_as(content_type: str, file: BinaryIO) -> Inspected:
    examiners: dict[str, Callable[[BinaryIO], Inspected]] = {
        PDF: examine_pdf,
        JPEG: examine_picture,
        PNG: examine_picture,
    }
    if zipfile.is_zipfile(file):
        raise Refused("The file is a ZIP archive at the same time.")
    file.seek(0)
    return examiners[content_type](file)


# --- PDF ----------------------------------------------------------------------------------------------------
def examine_pdf(file: BinaryIO) -> Inspected:
    """Open it; a missing or wrong index is rebuilt, any other repair would be a guess and is refused.

    :raises Refused: incomplete, damaged, encrypted, active, or larger than any document.
    """
    require_end_mark(file)
    try:
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            return examine_opened(pdf)
    except pikepdf.PasswordError as error:
        raise Refused("The PDF is protected by a password.") from error
    except (pikepdf.PdfError, pikepdf.PikepdfError, RuntimeError, ValueError, TypeError) as error:
        raise Refused("The PDF is damaged and cannot be read.") from error


def require_end_mark(file: BinaryIO) -> None:
    file.seek(0, io.SEEK_END)
    file.seek(max(0, file.tell() - MAX_TAIL_BYTES))
    _, mark, rest = file.read().rpartition(END_OF_FILE)
    file.seek(0)
    if not mark:
        raise Refused("The PDF is incomplete: its end is missing.")
    if rest.strip(WHITESPACE):
        raise Refused("The PDF has other data behind its end.")


def examine_opened(pdf: pikepdf.Pdf) -> Inspected:
    if pdf.is_encrypted:
        raise Refused("The PDF is encrypted. Please save it without protection.")
    if len(pdf.objects) > MAX_OBJECTS:
        raise Refused(f"The PDF has more than {MAX_OBJECTS} objects.")
    pages = len(pdf.pages)  # opening has refused loops, depths and empty trees
    if pages > MAX_PAGES:
        raise Refused(f"The PDF has more than {MAX_PAGES} pages.")
    if active := find_active_content(pdf):
        raise Refused(f"The PDF has active content: {active}.")
    if any(is_damage(str(remark)) for remark in pdf.get_warnings()):
        raise Refused("The PDF is damaged and cannot be read.")
    return Inspected(PDF, pages=pages)


def is_damage(remark: str) -> bool:
    return not any(harmless in remark for harmless in (*HARMLESS_REMARKS, *REBUILT_INDEX))


# --- Pictures -----------------------------------------------------------------------------------------------
def examine_picture(file: BinaryIO) -> Inspected:
    """Decode it to the last byte, so that half a picture is found.

    :raises Refused: damaged, animated, or more than `MAX_PIXELS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return examine_opened_picture(file)
    except Image.DecompressionBombError as error:
        raise Refused(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        # the documented and the actual ways in which Pillow says that a picture is broken
        raise Refused("The picture is damaged and cannot be read.") from error


def examine_opened_picture(file: BinaryIO) -> Inspected:
    with Image.open(file, formats=("JPEG", "PNG")) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise Refused(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.")
        if picture.format == "PNG":
            if getattr(picture, "n_frames", 1) > 1:
                raise Refused("The picture is animated.")
        elif isinstance(picture, ImageFile.ImageFile):
            # A JPEG with a second picture behind it (phones store depth maps that way) counts as its first
            # one. Decoding at an eighth of the size still reads every byte of it, in a fraction of the
            # memory.
            picture.draft("L", (max(1, width // 8), max(1, height // 8)))
        picture.load()
        return Inspected(PNG if picture.format == "PNG" else JPEG, pixels=width * height)
