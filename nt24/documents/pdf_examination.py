"""Says whether a PDF can be kept: a reader opens all of it without a password, and it is passive. No Django: it runs
confined.

Two libraries look at it. QPDF gives every object, so that nothing active hides; PDFium is the reader: what it opens
page by page is readable, whatever remarks a parser may have about it (contract 17.13). The order is cheap before dear.
"""

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf.settings import set_qpdf_limits

from nt24.documents.active_content import require_no_trace, require_passive
from nt24.documents.embedded_files import Examiner
from nt24.documents.refusals import PRINT_ANEW, Refused

MAX_PAGES = 2_000
MAX_OBJECTS = 100_000
MAX_STREAM_BYTES = 64 * 1024 * 1024  # of one decoded structure stream
MAX_DRAWINGS = 20_000  # forms and pictures looked at; the largest honest files have a few per page
MAX_DEPTH = 2  # an e-invoice and the papers inside it
PIECE = 1024 * 1024
ZLIB_HEADER = 2  # bytes before the deflated data
PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD

DAMAGED = (
    "The PDF is damaged or incomplete and cannot be read in full. "
    "Send it again; if that does not help, print it to a new PDF and send that."
)
LOCKED = "The PDF opens only with a password. Save it without one, or print it to a new PDF, and send that."
END_OF_FILE = b"%%EOF"
END_WITHIN = 1024  # bytes; readers look for it there
LINEARIZED = re.compile(
    rb"/Linearized\b[^>]*/L\s+(\d{1,12})\b"
)  # in the first object; /L: length of the file

# Process-wide, and wanted process-wide: no PDF that this project reads has larger structures.
set_qpdf_limits(
    flate_max_memory=MAX_STREAM_BYTES,
    png_max_memory=MAX_STREAM_BYTES,
    tiff_max_memory=MAX_STREAM_BYTES,
    run_length_max_memory=MAX_STREAM_BYTES,
    parser_max_container_size=MAX_OBJECTS,
    doc_max_warnings=MAX_OBJECTS,  # remarks decide nothing; this only keeps their list short
)


def pages_of_readable(source: bytes | Path, *, pictures: dict[bytes, Examiner], depth: int = 1) -> int:
    """How many pages the PDF has. `pictures` look at the pictures that an e-invoice declares.

    :raises Refused: damaged, locked, active, or larger than any document.
    """
    try:
        with opened_by_parser(source) as pdf:
            if len(pdf.objects) > MAX_OBJECTS:
                raise Refused(f"The PDF has more than {MAX_OBJECTS} objects. {PRINT_ANEW}")
            require_passive(pdf, examiners_inside(pictures, depth))
            pages = pages_that_open(source)
            require_whole(pdf)
            require_not_cut(source)
            return pages
    except pikepdf.PasswordError as error:
        raise Refused(LOCKED) from error
    except (pikepdf.PdfError, pikepdf.PikepdfError, RuntimeError, ValueError, TypeError) as error:
        raise Refused(DAMAGED) from error


def needs_password(source: bytes | Path) -> bool:
    try:
        with pikepdf.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, suppress_warnings=True
        ):
            return False
    except pikepdf.PasswordError:
        return True
    except (pikepdf.PdfError, pikepdf.PikepdfError, RuntimeError, ValueError, TypeError):
        return False  # damaged: nothing is known


def opened_by_parser(source: bytes | Path) -> pikepdf.Pdf:
    """Every object of the file; of one whose beginning only the reader finds, of the copy that the reader makes.

    :raises pikepdf.PdfError: neither can open it.
    :raises Refused: only the reader can, and it may be active.
    """
    try:
        return pikepdf.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, suppress_warnings=True
        )
    except pikepdf.PasswordError:
        raise
    except pikepdf.PdfError:
        require_no_trace(source if isinstance(source, bytes) else source.read_bytes())
        return pikepdf.open(io.BytesIO(copy_by_reader(source)), suppress_warnings=True)


def copy_by_reader(source: bytes | Path) -> bytes:
    from pypdfium2 import PdfDocument, PdfiumError  # here, so that no web process loads the library

    target = io.BytesIO()
    try:
        PdfDocument(source).save(target)
    except PdfiumError as error:
        raise Refused(DAMAGED) from error
    return target.getvalue()


def examiners_inside(pictures: dict[bytes, Examiner], depth: int) -> dict[bytes, Examiner]:
    def examine_inside(content: bytes) -> None:
        if depth == MAX_DEPTH:
            raise Refused(f"The PDF has files inside of files. {PRINT_ANEW}")
        pages_of_readable(content, pictures=pictures, depth=depth + 1)

    return {b"%PDF-": examine_inside, **pictures}


# --- The reader -----------------------------------------------------------------------------------------------------
def pages_that_open(source: bytes | Path) -> int:
    """Open every page as a reader does.

    :raises Refused: one does not open, or there are too many or none.
    """
    from pypdfium2 import PdfDocument, PdfiumError  # here, so that no web process loads the library

    try:
        pdf = PdfDocument(source)
        count = len(pdf)
        if count > MAX_PAGES:
            raise Refused(f"The PDF has more than {MAX_PAGES} pages. Send it in parts.")
        if not count:
            raise Refused(DAMAGED)
        for number in range(count):
            pdf[number].close()
    except PdfiumError as error:
        raise Refused(LOCKED if error.err_code == PASSWORD_NEEDED else DAMAGED) from error
    return count


# --- What a reader draws although a part of it is missing -----------------------------------------------------------
def require_whole(pdf: pikepdf.Pdf) -> None:
    """Readers leave blank what is not there: a page whose drawing is missing or cut off counts as damage.

    :raises Refused: it is so.
    """
    if not all(is_whole(drawing) for drawing in drawings_of(pdf)):
        raise Refused(DAMAGED)


def require_not_cut(source: bytes | Path) -> None:
    """A file made for the fast web view has its index in front, so that also a part of it opens.

    :raises Refused: this is such a part.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        announced = LINEARIZED.search(file.read(2 * END_WITHIN))
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - END_WITHIN))
        if announced and int(announced[1]) > size and END_OF_FILE not in file.read():
            raise Refused(DAMAGED)


def drawings_of(pdf: pikepdf.Pdf) -> Iterator[object]:
    """Contents of every page and the forms and pictures that they use, each once."""
    seen: set[tuple[int, int]] = set()
    for page in pdf.pages:
        yield from contents_of(page.obj)
        waiting: list[object] = [page.resources]
        while waiting:
            resources = waiting.pop()
            objects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
            for _, drawing in objects.items() if isinstance(objects, pikepdf.Dictionary) else ():
                if isinstance(drawing, pikepdf.Stream) and drawing.objgen not in seen:
                    seen.add(drawing.objgen)
                    if len(seen) > MAX_DRAWINGS:
                        raise Refused(f"The PDF has more than {MAX_DRAWINGS} pictures. {PRINT_ANEW}")
                    yield drawing
                    waiting.append(drawing.get("/Resources"))


def contents_of(page: pikepdf.Object) -> Iterator[object]:
    """The drawing or its parts; a part that is not there is None."""
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Array):
        yield from contents
    elif contents is not None:
        yield contents


def is_whole(drawing: object) -> bool:
    """It is there and, when it is deflated, its data reach their end; the check sum behind them may be missing."""
    if not isinstance(drawing, pikepdf.Stream):
        return False
    filters = drawing.stream_dict.get("/Filter", pikepdf.Array()).wrap_in_array()
    if not len(filters) or str(filters[0]) not in ("/FlateDecode", "/Fl"):
        return True
    raw = drawing.read_raw_bytes()
    return not raw or is_inflated_to_the_end(raw)


def is_inflated_to_the_end(raw: bytes) -> bool:
    """Piece by piece, so that a large picture needs little memory."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    rest = raw[ZLIB_HEADER:]
    try:
        while rest and not inflater.eof:
            inflater.decompress(rest, PIECE)
            rest = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof
