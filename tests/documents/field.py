"""Honest files as the field sends them, built by code: odd indexes, owner passwords, e-invoices with papers, phones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable

import pikepdf
from PIL import Image

from tests.documents import hostile
from tests.documents.hostile import png_chunk, saved, saved_picture, stream, written_pdf
from tests.factories.documents import SMALL_PDF

DRAWING = b"0 0 1 rg 10 10 50 50 re f"
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
Files = dict[str, tuple[Callable[[], bytes], str]]


def drawn_pdf(pages: int = 1, size: int = 400) -> pikepdf.Pdf:
    """Pages with a deflated drawing and a picture each."""
    pdf = pikepdf.new()
    for number in range(pages):
        pdf.add_blank_page(page_size=(200, 200))
        pixels = Image.effect_noise((size, size), 80 + number).tobytes()
        picture = pdf.make_stream(
            pixels, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=size, Height=size,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip
        pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
        pdf.pages[-1].Contents = pdf.make_stream(DRAWING + b" q 90 0 0 90 0 0 cm /P Do Q")
    return pdf


def linearized(pages: int = 3) -> bytes:
    return saved(drawn_pdf(pages), linearize=True)


def without(content: bytes, *parts: bytes) -> bytes:
    for part in parts:
        assert part in content
        content = content.replace(part, b"")
    return content


# --- Indexes ----------------------------------------------------------------------------------------------------------
def with_index_at(offset: int) -> bytes:
    start = SMALL_PDF.index(b"xref\n0")
    return SMALL_PDF.replace(b"startxref\n%d" % start, b"startxref\n%d" % offset)


def with_index_count(count: int) -> bytes:
    return SMALL_PDF.replace(b"xref\n0 4\n", b"xref\n0 %d\n" % count)


def with_shifted_offsets() -> bytes:
    """Every line end doubled on the way, as some mail programs do; the index points nowhere."""
    return SMALL_PDF.replace(b"\n", b"\r\n")


def with_broken_hints() -> bytes:
    """Changed by a program that kept the hints of the fast web view."""
    content = linearized()
    return content.replace(b"/H [ ", b"/H [ 9", 1)


def hybrid() -> bytes:
    """A classic index that also names a stream for newer readers."""
    rows = b"".join(struct.pack(">BIH", 0, 0, 65535) for _ in range(2))
    table = stream(rows, b"/Type/XRef/W[1 4 2]/Size 6/Index[0 2]/Root 1 0 R")
    content = written_pdf({4: table})
    return content.replace(
        b"/Root 1 0 R/Size 5>>", b"/Root 1 0 R/Size 5/XRefStm %d>>" % content.index(b"4 0 obj")
    )


INDEXES: Files = {
    "startxref points nowhere": (lambda: with_index_at(99_999_999), PDF),
    "startxref is zero": (lambda: with_index_at(0), PDF),
    "no startxref": (lambda: without(SMALL_PDF, b"startxref\n", b"%%EOF\n"), PDF),
    "index counts too many": (lambda: with_index_count(9), PDF),
    "index counts too few": (lambda: with_index_count(2), PDF),
    "line ends doubled": (with_shifted_offsets, PDF),
    "hints of the fast web view broken": (with_broken_hints, PDF),
    "hybrid index": (hybrid, PDF),
    "objects in streams, index cut off": (
        lambda: hostile.pdf_with_object_streams().rpartition(b"startxref")[0], PDF,
    ),
    "arrays too deep": (lambda: written_pdf({4: b"[" * 5000 + b"]" * 5000}), PDF),
}  # fmt: skip

# --- Around the file --------------------------------------------------------------------------------------------------
MAIL = b"MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n"
AROUND: Files = {
    "after a byte order mark": (lambda: b"\xef\xbb\xbf" + SMALL_PDF, PDF),
    "after the commands of a printer": (
        lambda: b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n" + SMALL_PDF, PDF,
    ),
    "after the head of a mail": (lambda: MAIL + SMALL_PDF, PDF),
    "after 1,000 blanks": (lambda: b" " * 1000 + SMALL_PDF, PDF),
    "before 5,000 zeros": (lambda: SMALL_PDF + bytes(5000), PDF),
    "before the foot of a mail": (lambda: SMALL_PDF + b"\r\n--frame--\r\nSent from my phone\r\n", PDF),
    "before a line of a web server": (lambda: SMALL_PDF + b"<!-- served in 0.01 s -->", PDF),
    "end mark cut off": (lambda: SMALL_PDF[:-3], PDF),
}  # fmt: skip


# --- Passwords --------------------------------------------------------------------------------------------------------
def protected(revision: int, user: str = "") -> bytes:
    is_old = revision < 4
    rules = pikepdf.Encryption(owner="owner", user=user, R=revision, aes=not is_old, metadata=not is_old)
    return saved(drawn_pdf(), encryption=rules)


PROTECTED: Files = {
    f"owner password, revision {revision}": (lambda revision=revision: protected(revision), PDF)
    for revision in (2, 3, 4, 6)
}
LOCKED = {f"user password, revision {revision}": protected(revision, "secret") for revision in (2, 3, 4, 6)}


# --- E-invoices -------------------------------------------------------------------------------------------------------
def xml(root: str, namespace: str, inside: str = "") -> bytes:
    return f'<?xml version="1.0"?><a:{root} xmlns:a="{namespace}">{inside}</a:{root}>'.encode()


CII = xml("CrossIndustryInvoice", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100")
UBL = xml("Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2")
CREDIT = xml("CreditNote", "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2")
ORDER_X = xml("SCRDMCCBDACIOMessageStructure", "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100")
ZUGFERD_1 = xml("CrossIndustryDocument", "urn:ferd:CrossIndustryDocument:invoice:1p0")


def carrying(*files: tuple[str, bytes], relationship: str = "/Supplement") -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    for name, content in files:
        file = pikepdf.AttachedFileSpec(pdf, content, relationship=pikepdf.Name(relationship))
        if not relationship.strip("/"):
            del file.obj.AFRelationship
        pdf.attachments[name] = file
    return saved(pdf)


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, b"content")
    return file.getvalue()


XLSX = archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")
ODS = archive("mimetype", "content.xml", "META-INF/manifest.xml")
INVOICES: Files = {
    "Factur-X under a name of its own": (lambda: carrying(("Rechnung 4711.xml", CII)), PDF),
    "UBL invoice": (lambda: carrying(("ubl.xml", UBL)), PDF),
    "UBL credit note": (lambda: carrying(("XRECHNUNG.XML", CREDIT)), PDF),
    "Order-X": (lambda: carrying(("order-x.xml", ORDER_X)), PDF),
    "ZUGFeRD 1 in UTF-16": (
        lambda: carrying(("ZUGFeRD-invoice.xml", ZUGFERD_1.decode().encode("utf-16"))), PDF,
    ),
    "with a picture and a table": (
        lambda: carrying(("a.xml", CII), ("photo.png", hostile.picture("PNG")), ("list.csv", b"a;b\n1;2\n")), PDF,
    ),
    "with spreadsheets": (lambda: carrying(("a.xml", UBL), ("b.xlsx", XLSX), ("c.ods", ODS)), PDF),
    "with a paper that is protected by its owner": (
        lambda: carrying(("a.xml", CII), ("note.pdf", protected(6))), PDF,
    ),
    "with an e-invoice inside": (lambda: carrying(("a.xml", CII), ("b.pdf", carrying(("c.xml", UBL)))), PDF),
    "with a paper that only the XML names": (
        lambda: carrying(
            ("a.xml", CII.replace(b"></", b"><b>note.pdf</b></")), ("note.pdf", SMALL_PDF), relationship="/"
        ), PDF,
    ),
}  # fmt: skip
FILE = "an embedded file"
BAD_INVOICES = {
    "with a program": (carrying(("a.xml", CII), ("setup.exe", b"MZ\x90\0")), FILE),
    "with a program that is called a paper": (carrying(("a.xml", CII), ("note.pdf", b"MZ\x90\0")), FILE),
    "with a paper that is called a program": (carrying(("a.xml", CII), ("note.hta", SMALL_PDF)), FILE),
    "with macros": (
        carrying(("a.xml", CII), ("b.xlsx", archive("xl/workbook.xml", "xl/vbaProject.bin"))),
        FILE,
    ),
    "with a text that is a web page": (carrying(("a.xml", CII), ("b.csv", b"<script>1</script>")), FILE),
    "with a paper that nothing declares": (
        carrying(("a.xml", CII), ("b.pdf", SMALL_PDF), relationship="/"),
        FILE,
    ),
    "paper without an invoice": (carrying(("b.pdf", SMALL_PDF)), FILE),
    "invoice that runs in a browser": (
        carrying(("a.xml", xml("Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
                               '<s:script xmlns:s="http://www.w3.org/1999/xhtml"/>'))),
        FILE,
    ),
    "with a paper that has a script": (
        carrying(("a.xml", CII), ("b.pdf", written_pdf({4: b"<</S/JavaScript/JS(1)>>"}))),
        "JavaScript",
    ),
}  # fmt: skip

# --- Links and buttons that a person clicks ---------------------------------------------------------------------------
LINKS: Files = {
    name: (
        lambda action=action: written_pdf(page=b"/Annots[<</Type/Annot/Subtype/Link/A<<%s>>>>]" % action),
        PDF,
    )
    for name, action in {
        "link into a share": b"/S/GoToR/F(\\\\\\\\host\\\\x)/D[0/Fit]",
        "link into a page of an embedded file": b"/S/GoToE/D[0/Fit]",
        "button that sends the form": b"/S/SubmitForm/F(https://authority.example)",
        "button that empties the form": b"/S/ResetForm",
        "link along an article": b"/S/Thread/D 0",
    }.items()
}


# --- Pictures ---------------------------------------------------------------------------------------------------------
def noise(mode: str, size: tuple[int, int] = (120, 90)) -> Image.Image:
    return Image.effect_noise(size, 80).convert(mode)


def without_end_mark(**options: object) -> bytes:
    content = saved_picture(noise(str(options.pop("mode", "RGB"))), "JPEG", **options)
    assert content.endswith(b"\xff\xd9")
    return content[:-2]


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 0, interlaced: int = 0, lines: bytes
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(lines, 1))
        + png_chunk(b"IEND", b"")
    )


def interlaced_lines(width: int, height: int) -> bytes:
    """Seven passes of grey."""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    sizes = ((len(range(x, width, right)), len(range(y, height, down))) for x, y, right, down in passes)
    return b"".join((b"\0" + b"\x80" * columns) * rows for columns, rows in sizes if columns)


def blank_png(width: int, height: int) -> bytes:
    """Black and white, as scanners make it: little data for many pixels, packed row after row."""
    packer = zlib.compressobj(9)
    line = b"\0" + b"\xff" * ((width + 7) // 8)
    data = b"".join(packer.compress(line * rows) for rows in chunked(height, 1000)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )


def chunked(total: int, most: int) -> Iterable[int]:
    return (min(most, total - done) for done in range(0, total, most))


def with_a_wrong_comment() -> bytes:
    whole, comment = hostile.picture("PNG"), png_chunk(b"tEXt", b"Comment\0scanned")
    return whole[:33] + comment[:-4] + bytes(4) + whole[33:]


PICTURES: Files = {
    "JPEG in the colours of print": (lambda: saved_picture(noise("CMYK"), "JPEG"), JPEG),
    "progressive JPEG without end mark": (lambda: without_end_mark(progressive=True), JPEG),
    "grey JPEG without end mark": (lambda: without_end_mark(mode="L"), JPEG),
    "JPEG in the colours of print without end mark": (lambda: without_end_mark(mode="CMYK"), JPEG),
    "PNG with 16 bits": (lambda: saved_picture(noise("L").convert("I;16"), "PNG"), PNG),
    "interlaced PNG": (lambda: png(61, 43, interlaced=1, lines=interlaced_lines(61, 43)), PNG),
    "interlaced PNG of three columns": (lambda: png(3, 9, interlaced=1, lines=interlaced_lines(3, 9)), PNG),
    "PNG before other data": (lambda: hostile.picture("PNG") + b"thumbnail of a phone", PNG),
    "PNG without end chunk": (lambda: hostile.picture("PNG")[:-12], PNG),
    "PNG with a wrong check sum of a comment": (with_a_wrong_comment, PNG),
    "PNG with a comment of 100 MB": (hostile.text_bomb_png, PNG),
    "scan of A2 at 600 dpi": (lambda: blank_png(9921, 14031), PNG),
    "picture of 199 million pixels": (lambda: blank_png(19_900, 10_000), PNG),
}
FIELD: Files = {**INDEXES, **AROUND, **PROTECTED, **INVOICES, **LINKS, **PICTURES}


# --- The same kinds, really broken ------------------------------------------------------------------------------------
def with_cut_drawing() -> bytes:
    """The drawing's data end early, in a file that is otherwise in order."""
    whole = zlib.compress(DRAWING * 500)
    return written_pdf({4: stream(whole[: len(whole) // 2], b"/Filter/FlateDecode")}, page=b"/Contents 4 0 R")


def with_cut_picture() -> bytes:
    pixels = zlib.compress(Image.effect_noise((300, 300), 80).tobytes())
    about = b"/Subtype/Image/Width 300/Height 300/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    return written_pdf({4: stream(pixels[:5000], about)}, page=b"/Resources<</XObject<</P 4 0 R>>>>")


CUT = {
    "drawing cut off": with_cut_drawing(),
    "one of two drawings missing": written_pdf({4: stream(DRAWING)}, page=b"/Contents[4 0 R 9 0 R]"),
    "picture cut off": with_cut_picture(),
    "fast web view, last page missing": (lambda whole: whole[: len(whole) * 2 // 3])(linearized()),
    "fast web view, half of it": (lambda whole: whole[: len(whole) // 2])(linearized()),
    "fast web view, half of its only page": (lambda whole: whole[: len(whole) // 2])(linearized(1)),
}
CUT_PICTURES = {
    "half a progressive JPEG": (lambda whole: whole[: len(whole) // 2])(
        saved_picture(noise("RGB", (400, 300)), "JPEG", progressive=True)
    ),
    "JPEG without its last lines": without_end_mark()[:-200],
    "grey JPEG without its last bytes": without_end_mark(mode="L")[:-60],
    "PNG without its last line": png(50, 50, lines=(b"\0" + bytes(50)) * 49),
    "interlaced PNG without its last pass": png(61, 43, interlaced=1, lines=interlaced_lines(61, 43)[:-300]),
    "PNG with an unknown kind of line": png(50, 50, lines=(b"\x07" + bytes(50)) * 50),
    "PNG of a colour that there is not": png(50, 50, colour=5, lines=(b"\0" + bytes(50)) * 50),
    "PNG without its colours": png(50, 50, colour=3, lines=(b"\0" + bytes(50)) * 50),
}
