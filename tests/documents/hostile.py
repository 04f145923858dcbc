"""Builds the files that an evidence room must refuse, and the honest ones beside them, byte by byte."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf
from PIL import Image

CATALOG, PAGES, PAGE = 1, 2, 3
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FACTUR_X = (
    b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>'
)


# --- PDF written by hand: correct offsets, any objects ------------------------------------------------------
def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def written_pdf(
    objects: Mapping[int, bytes] | None = None,
    *,
    catalog: bytes = b"",
    page: bytes = b"",
    pages: bytes = b"/Kids[3 0 R]/Count 1",
    trailer: bytes = b"",
) -> bytes:
    """One page and what is added: entries of the catalog, the page, the trailer, and objects from 4 on."""
    bodies = {
        CATALOG: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        PAGES: b"<</Type/Pages%s>>" % pages,
        PAGE: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]%s>>" % page,
        **(objects or {}),
    }
    file = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, body in bodies.items():
        offsets[number] = len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(file), max(bodies) + 1
    file += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        file += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    file += b"trailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(file)


def with_compressed_objects(objects: bytes, *, filters: bytes) -> bytes:
    """A PDF 1.5 file whose page tree lies in an object stream; `objects` is that stream, still encoded."""
    file = bytearray(b"%PDF-1.7\n")
    at_stream = len(file)
    file += b"4 0 obj\n" + stream(objects, b"/Type/ObjStm/N 3/First 15" + filters) + b"\nendobj\n"
    at_xref = len(file)
    rows = [(0, 0, 65535), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, at_stream, 0), (1, at_xref, 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    file += b"5 0 obj\n" + stream(table, b"/Type/XRef/W[1 4 2]/Size 6/Root 1 0 R") + b"\nendobj\n"
    file += b"startxref\n%d\n%%%%EOF\n" % at_xref
    return bytes(file)


def compressed_page_tree(padding: int) -> bytes:
    """The inside of an object stream: catalog, pages and page, followed by spaces."""
    first, second = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    third = b"<</Type/Page/Parent 2 0 R>>"
    header = b"1 0 2 %d 3 %d " % (len(first), len(first) + len(second))
    return header.ljust(15) + first + second + third + b" " * padding


# --- Honest files -------------------------------------------------------------------------------------------
def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    file = io.BytesIO()
    pdf.save(file, **options)
    return file.getvalue()


def honest_pdf(pages: int = 1) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    return saved(pdf)


def pdf_with_object_streams() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    return saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def pdf_with_links() -> bytes:
    """A web link to click, a jump within the document on opening, a number as an object of its own."""
    link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://dealer.example)>>>>]"
    length = {4: b"<</Length 5 0 R>>stream\nq Q\nendstream", 5: b"3"}
    return written_pdf(length, catalog=b"/OpenAction[3 0 R/Fit]", page=link + b"/Contents 4 0 R")


def with_attachment(name: str, content: bytes) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content)
    return saved(pdf)


def e_invoice(name: str = "factur-x.xml") -> bytes:
    return with_attachment(name, FACTUR_X)


def saved_picture(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture(format: str = "JPEG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    return saved_picture(Image.effect_noise(size, 80).convert("RGB"), format, **options)


def picture_with_place() -> bytes:
    """A phone's JPEG: the place is in its EXIF data."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


def phone_picture() -> bytes:
    """A JPEG with a second picture behind it, as phones write them (MPO)."""
    file = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
    first.save(file, "MPO", save_all=True, append_images=[second])
    return file.getvalue()


# --- Files that are something else --------------------------------------------------------------------------
def zip_archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", b"<w:document/>")
    return file.getvalue()


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return file.getvalue()


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


# --- PDF that hide, act or never end ------------------------------------------------------------------------
def encrypted_pdf(user: str = "") -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    return saved(pdf, encryption=pikepdf.Encryption(owner="owner", user=user))


def flate_bomb(megabytes: int = 600) -> bytes:
    """An object stream of some 600 kB that unfolds to 600 MB as soon as the page tree is read."""
    return with_compressed_objects(
        zlib.compress(compressed_page_tree(megabytes * 1_000_000)), filters=b"/Filter/FlateDecode"
    )


def nested_flate_bomb() -> bytes:
    """Deflated twice: 200 MB in a kilobyte or so."""
    inner = zlib.compressobj()
    once = inner.compress(compressed_page_tree(0))
    once += b"".join(inner.compress(b" " * 10_000_000) for _ in range(20)) + inner.flush()
    return with_compressed_objects(zlib.compress(once), filters=b"/Filter[/FlateDecode/FlateDecode]")


def lzw_bomb(megabytes: int = 700) -> bytes:
    """LZW is the one filter for which the parser has no memory limit: 500 kB that unfold to 700 MB."""
    literals = "".join(format(byte, "09b") for byte in compressed_page_tree(0))
    clear = format(LZW_CLEAR, "09b")
    bits = clear + literals + clear + growing_run() * (1 + megabytes // 7)
    bits += "0" * (-len(bits) % 8)
    return with_compressed_objects(int(bits, 2).to_bytes(len(bits) // 8, "big"), filters=b"/Filter/LZWDecode")


LZW_CLEAR, LZW_FIRST, LZW_END_OF_TABLE = 256, 258, 4095


def growing_run() -> str:
    """7 MB of spaces in 3,839 codes: after one space, 258 means two of them, 259 three; then clear."""
    grown = "".join(
        format(code, f"0{9 + (code > 510) + (code > 1022) + (code > 2046)}b")
        for code in range(LZW_FIRST, LZW_END_OF_TABLE)
    )
    return format(ord(" "), "09b") + grown + format(LZW_CLEAR, "012b")


def endless_pages(count: int = 100_000) -> bytes:
    return written_pdf(pages=b"/Kids[" + b"3 0 R " * count + b"]/Count %d" % count)


def many_pages(count: int) -> bytes:
    objects = {4 + n: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>" for n in range(count)}
    kids = b" ".join(b"%d 0 R" % number for number in objects)
    return written_pdf(objects, pages=b"/Kids[%s]/Count %d" % (kids, count))


def deep_pages(depth: int) -> bytes:
    objects = {4 + n: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (5 + n) for n in range(depth)}
    objects[4 + depth] = b"<</Type/Page/MediaBox[0 0 9 9]>>"
    return written_pdf(objects, pages=b"/Kids[4 0 R]/Count 1")


def many_objects(count: int) -> bytes:
    return written_pdf({4 + n: b"0" for n in range(count)})


# --- Pictures -----------------------------------------------------------------------------------------------
def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(side: int = 50_000) -> bytes:
    """2.5 billion pixels announced in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def animated_png() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green")]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()


def text_bomb_png() -> bytes:
    """A comment of a few kilobytes that unfolds to 100 MB."""
    whole = picture("PNG")
    comment = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    return whole[:33] + comment + whole[33:]
