"""Which files inside a PDF are no active content: an e-invoice's XML and the papers it declares. No Django: it runs
confined.

The content decides, whatever the file is called (contract 17.13). What it is called may only not turn it into something
else on the disk of whoever saves it. Papers beside an e-invoice are of the types that the norm allows (EN 16931-1,
BT-125: PDF, PNG, JPEG, CSV, XLSX, ODS), and further XML, as ZUGFeRD 1 and XRechnung have it.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

import pikepdf

Container = pikepdf.Dictionary | pikepdf.Stream
Examiner = Callable[[bytes], object]  # raises Refused

MAX_BYTES = 20 * 1024 * 1024  # of one file inside, unpacked; the PDF around it may have as much
# The vocabularies of CII (Factur-X, ZUGFeRD 2, XRechnung, Order-X), ZUGFeRD 1 and UBL.
INVOICE_VOCABULARIES = (
    "urn:un:unece:uncefact:data:",
    "urn:ferd:",
    "urn:oasis:names:specification:ubl:schema:xsd:",
)
# A browser that opens an XML file from a disk runs the scripts of these.
RUNNING_VOCABULARIES = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg")
MACROS = ("vbaproject", "activex", "embeddings/", "basic/", "scripts/")  # inside a spreadsheet
CONTROL = frozenset(range(32)) - {9, 10, 12, 13}  # bytes that no text has


@dataclass(frozen=True, slots=True)
class FileInside:
    """One embedded file; `contents` has more than one entry when it lies there in versions for several systems."""

    names: tuple[str, ...]
    contents: tuple[bytes | None, ...]
    has_relationship: bool

    def is_called(self, *endings: str) -> bool:
        """An ending that fits the content, or none at all."""
        return all(PurePosixPath(name).suffix.lower() in ("", *endings) for name in self.names)


def files_are_declared(specifications: Iterable[Container], examiners: dict[bytes, Examiner]) -> bool:
    """Is this an e-invoice, and every file inside its XML or a paper it declares?

    `examiners` look at a PDF or picture inside, by its first bytes.

    :raises Refused: a paper inside cannot be kept as evidence.
    """
    files = [file_inside(specification) for specification in specifications]
    invoices = [file for file in files if is_invoice(file)]
    papers = [file for file in files if not is_invoice(file)]
    text = b"".join(content for file in invoices for content in file.contents if content)
    return bool(invoices) and all(is_declared(paper, text) and is_paper(paper, examiners) for paper in papers)


def file_inside(specification: Container) -> FileInside:
    files = specification.get("/EF")
    streams = [stream for _, stream in files.items()] if isinstance(files, pikepdf.Dictionary) else []
    return FileInside(
        names=tuple(str(specification[key]) for key in ("/F", "/UF") if key in specification),
        contents=tuple({decoded(stream) for stream in streams}),
        has_relationship="/AFRelationship" in specification,
    )


def is_invoice(file: FileInside) -> bool:
    return (
        bool(file.contents)
        and file.is_called(".xml", ".txt")
        and all(
            content is not None and vocabulary(content).startswith(INVOICE_VOCABULARIES)
            for content in file.contents
        )
    )


def is_declared(file: FileInside, invoice: bytes) -> bool:
    """By its relationship to the document (ISO 19005-3) or by name in the XML (EN 16931-1, BG-24)."""
    return file.has_relationship or any(name.encode() in invoice for name in file.names if name)


def is_paper(file: FileInside, examiners: dict[bytes, Examiner]) -> bool:
    return bool(file.contents) and all(
        content is not None and is_paper_content(file, content, examiners) for content in file.contents
    )


def is_paper_content(file: FileInside, content: bytes, examiners: dict[bytes, Examiner]) -> bool:
    endings = {b"%PDF-": (".pdf",), b"\xff\xd8\xff": (".jpg", ".jpeg"), b"\x89PNG\r\n\x1a\n": (".png",)}
    for signature, examiner in examiners.items():
        if content.startswith(signature):
            examiner(content)
            return file.is_called(*endings[signature])
    if content.startswith(b"PK"):
        return file.is_called(".xlsx", ".ods") and is_spreadsheet(content)
    if vocabulary(content) is not NO_XML:
        return file.is_called(".xml", ".txt")
    return file.is_called(".csv", ".txt") and is_text(content)


def is_spreadsheet(content: bytes) -> bool:
    """XLSX or ODS, without macros and without files of their own inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    is_known = "xl/workbook.xml" in names or ("content.xml" in names and "mimetype" in names)
    return is_known and not any(macro in name for name in names for macro in MACROS)


def is_text(content: bytes) -> bool:
    return bool(content) and not CONTROL & set(content) and not content.lstrip().startswith(b"<")


def decoded(stream: object) -> bytes | None:
    """The content when it is stored plainly or deflated and within `MAX_BYTES`; else `None`."""
    if not isinstance(stream, pikepdf.Stream):
        return None
    raw = stream.read_raw_bytes()
    filters = [str(name) for name in stream.stream_dict.get("/Filter", pikepdf.Array()).wrap_in_array()]
    if not filters:
        return raw if len(raw) <= MAX_BYTES else None
    if filters != ["/FlateDecode"] or "/DecodeParms" in stream:
        return None
    try:
        content = zlib.decompressobj().decompress(raw, MAX_BYTES + 1)
    except zlib.error:
        return None
    return content if len(content) <= MAX_BYTES else None


NO_XML = "no XML"


def vocabulary(content: bytes) -> str:
    """Namespace of the root element; `NO_XML` for what is not well formed, declares a document type or could run."""
    roots: list[str] = []

    def note(name: str, _: object) -> None:
        namespace = name.rpartition(" ")[0]
        if namespace in RUNNING_VOCABULARIES:
            raise NotPlain
        if not roots:
            roots.append(namespace)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = note
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, NotPlain, LookupError, ValueError):  # the last two: an encoding nobody knows
        return NO_XML
    return roots[0]


class NotPlain(Exception):
    """Entities are how XML attacks its reader, scripts how it attacks a browser; no e-invoice needs them."""


def refuse_doctype(*_: object) -> None:
    raise NotPlain
