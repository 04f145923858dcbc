"""Reads a file that may be hostile and says what it is, or why it is refused. No Django: it runs confined.

It never changes a byte: the evidence is the file as it was sent. That includes the place and time a phone writes into
its pictures, which prove where a car was handed over, and are therefore kept on purpose.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import magic

from nt24.documents.heic import HEIC, is_heic, pixels_of_heic
from nt24.documents.pdf_examination import pages_of_readable
from nt24.documents.picture_examination import pixels_of_readable
from nt24.documents.refusals import NotAccepted, Refused

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
PICTURES = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG}
PDF_HEADER = b"%PDF-"
HEADER_WITHIN = 1024  # bytes; readers look for it there (contract 17.13)
HEAD_BYTES = 4096
END_OF_ARCHIVE = b"PK\x05\x06"
ARCHIVE_TAIL_BYTES = 22 + 65_535  # the last record of a ZIP archive with the longest comment

# What may not stand before a PDF: then the file is also something that browsers or computers open as such.
# Texts are none: mail gateways and printers leave their headers in front of what they pass on.
OTHER_FORMATS = (
    *("image/", "video/", "audio/", "font/", "text/html", "text/xml", "text/x-shellscript"),
    *("application/zip", "application/gzip", "application/x-7z", "application/x-rar", "application/vnd.rar"),
    *(
        "application/java",
        "application/x-java",
        "application/x-dosexec",
        "application/vnd.microsoft.portable",
    ),
    *("application/x-executable", "application/x-sharedlib", "application/x-pie", "application/x-mach"),
    *("application/x-shockwave", "application/x-ole", "application/CDFV2", "application/vnd.openxmlformats"),
)
# The beginning of a type → what to do with such a file. Whatever is not listed here is not a paper.
REMEDIES = {
    "image/": "Save the picture as JPEG, PNG or PDF and send that.",
    "text/xml": "If this is an e-invoice, send the PDF that shows it.",
    "text/": "Save it as PDF and send that.",
    "application/msword": "Save it as PDF and send that.",
    "application/rtf": "Save it as PDF and send that.",
    "application/postscript": "Save it as PDF and send that.",
    "application/vnd.openxmlformats": "Save it as PDF and send that.",
    "application/vnd.oasis": "Save it as PDF and send that.",
    "application/vnd.ms-outlook": "Save the paper that is attached to the mail and send that.",
    "application/vnd.ms-": "Save it as PDF and send that.",
    "application/x-ole-storage": "Save it as PDF and send that.",
    "application/CDFV2": "Save it as PDF and send that.",
    "message/": "Save the paper that is attached to the mail and send that.",
    "application/zip": "Unpack it and send each paper as PDF, JPEG or PNG.",
    "application/x-": "Send the paper as PDF, JPEG or PNG.",
}
OTHERWISE = "Send the paper as PDF, JPEG or PNG."


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


def examine(source: bytes | Path, *, takes_heic: bool = False) -> Inspected | Refusal:
    """Look at the whole file; never raises for what is in it, apart from MemoryError."""
    try:
        with opened(source) as file:
            content_type = content_type_of(file, takes_heic=takes_heic)
            require_no_archive(file)
            if content_type == HEIC:
                return Inspected(HEIC, pixels=pixels_of_heic(file))
        if content_type == PDF:
            return Inspected(
                PDF, pages=pages_of_readable(source, pictures=dict.fromkeys(PICTURES, examine_picture))
            )
        return Inspected(content_type, pixels=examine_picture(source))
    except NotAccepted as refused:
        return Refusal(str(refused), is_other_type=True)
    except Refused as refused:
        return Refusal(str(refused))


def opened(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def examine_picture(source: bytes | Path) -> int:
    with opened(source) as file:
        return pixels_of_readable(file)


def content_type_of(file: BinaryIO, *, takes_heic: bool = False) -> str:
    """Tell the type by the first bytes; what stands before a PDF may not be a file of its own.

    :raises NotAccepted: it is something else.
    """
    head = file.read(HEAD_BYTES)
    if not head:
        raise NotAccepted("The file is empty. Choose it again.")
    picture = next((type for signature, type in PICTURES.items() if head.startswith(signature)), "")
    if picture:
        return picture
    if takes_heic and is_heic(head):
        return HEIC
    before, header, _ = head[: HEADER_WITHIN + len(PDF_HEADER)].partition(PDF_HEADER)
    found = magic.from_buffer(before if header and before else head, mime=True)
    if header and not found.startswith(OTHER_FORMATS):
        return PDF
    raise NotAccepted(
        f"Only PDF, JPEG and PNG files are accepted; by its content this is {found}. {remedy_for(found)}"
    )


def remedy_for(found: str) -> str:
    return next((remedy for type, remedy in REMEDIES.items() if found.startswith(type)), OTHERWISE)


def require_no_archive(file: BinaryIO) -> None:
    """A ZIP archive behind the paper; the end of one that is inside of the paper is none.

    :raises Refused: the file is both.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - ARCHIVE_TAIL_BYTES))
    tail = file.read()
    position = tail.rfind(END_OF_ARCHIVE)
    comment = int.from_bytes(tail[position + 20 : position + 22], "little")
    if position >= 0 and position + 22 + comment >= len(tail) and zipfile.is_zipfile(file):
        raise Refused("The file is a ZIP archive at the same time. Save the paper anew and send that.")
