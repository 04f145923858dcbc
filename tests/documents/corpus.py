"""The hostile corpus: named files that are refused, and files that are kept because stored they harm nobody.

Everything is built by code; `hostile.py` has the tools. A new trick belongs here, and both doors are tried with it.
"""

import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image, PngImagePlugin

from tests.documents import field, hostile
from tests.documents.hostile import written_pdf
from tests.factories.documents import SMALL_PDF

DAMAGED_PDF = (
    "The PDF is damaged or incomplete and cannot be read in full. "
    "Send it again; if that does not help, print it to a new PDF and send that."
)
DAMAGED_PICTURE = "The picture is damaged or incomplete and cannot be read. Take or scan it again."
LOCKED_PDF = (
    "The PDF opens only with a password. Save it without one, or print it to a new PDF, and send that."
)
TOO_COSTLY = "The file takes too much memory or time to read. Print it to a new PDF, or save it smaller, and send that."
ZIP_TOO = "The file is a ZIP archive at the same time. Save the paper anew and send that."
PIXELS = (
    "The picture has more than 200 million pixels. "
    "Scan it with a lower resolution, or save it smaller, and send that."
)
PAPER = "Send the paper as PDF, JPEG or PNG."
PICTURE = "Save the picture as JPEG, PNG or PDF and send that."
AS_PDF = "Save it as PDF and send that."
UNPACK = "Unpack it and send each paper as PDF, JPEG or PNG."
E_INVOICE = "If this is an e-invoice, send the PDF that shows it."


def only(found: str, remedy: str) -> str:
    return f"Only PDF, JPEG and PNG files are accepted; by its content this is {found}. {remedy}"


def annotation(entries: bytes) -> bytes:
    return written_pdf(page=b"/Annots[<</Type/Annot/Rect[0 0 9 9]%s>>]" % entries)


def automatic(action: bytes) -> bytes:
    return written_pdf(catalog=b"/OpenAction<<%s>>" % action)


def embedded(name: bytes, stream: bytes) -> bytes:
    return written_pdf(
        {4: b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F 5 0 R>>>>" % (name, name), 5: stream},
        catalog=b"/Names<</EmbeddedFiles<</Names[(%s)4 0 R]>>>>" % name,
    )


# --- Something else (415) -----------------------------------------------------------------------------------
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
OTHER_TYPES = {
    "empty": (b"", "The file is empty. Choose it again."),
    "one byte": (b"%", only("application/octet-stream", PAPER)),
    "Windows program": (b"MZ\x90\x00" + bytes(60) + b"PE\0\0", only("application/x-dosexec", PAPER)),
    "Linux program": (
        b"\x7fELF\x02\x01\x01" + bytes(9) + b"\2\0\x3e\0\1" + bytes(60),
        only("application/x-executable", PAPER),
    ),
    "web page": (HTML, only("text/html", AS_PDF)),
    "shell script": (b"#!/bin/sh\nrm -rf /\n", only("text/x-shellscript", AS_PDF)),
    "SVG with script": (hostile.svg(), only("image/svg+xml", PICTURE)),
    "ZIP bomb": (hostile.zip_bomb(), only("application/zip", UNPACK)),
    "GIF": (hostile.picture("GIF"), only("image/gif", PICTURE)),
    "GIFAR": (hostile.picture("GIF") + hostile.zip_archive(), only("image/gif", PICTURE)),
    "TIFF": (hostile.picture("TIFF"), only("image/tiff", PICTURE)),
    "WebP": (hostile.picture("WEBP"), only("image/webp", PICTURE)),
    "EICAR": (hostile.EICAR, only("text/plain", AS_PDF)),
    "zeros": (bytes(5000), only("application/octet-stream", PAPER)),
    "gzip bomb": (zlib.compress(bytes(50_000_000), wbits=31), only("application/gzip", PAPER)),
    "PostScript": (b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n", only("application/postscript", AS_PDF)),
    "XML with entities": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        only("text/xml", E_INVOICE),
    ),
}
LATE_PDFS = {
    "at byte 1,025": b" " * 1025 + SMALL_PDF,
    "behind a program": b"MZ\x90\x00" + bytes(60) + b"PE\0\0" + SMALL_PDF,
    "at byte 900 of a web page": b"<html>" + b" " * 894 + SMALL_PDF,
    "behind a ZIP archive": hostile.zip_archive() + SMALL_PDF,
    "behind a GIF": b"GIF89a" + bytes(60) + SMALL_PDF,
}


# --- Broken or boundless (422) ------------------------------------------------------------------------------
BROKEN = {
    "cut in half": (SMALL_PDF[: len(SMALL_PDF) // 2], DAMAGED_PDF),
    "header only": (b"%PDF-1.7\n", DAMAGED_PDF),
    "header and end only": (b"%PDF-1.7\n%%EOF\n", DAMAGED_PDF),
    "middle missing": (SMALL_PDF.replace(b"/Type/Pages/Kids[3 0 R]", b""), DAMAGED_PDF),
    "no trailer": (SMALL_PDF.replace(b"trailer", b"garbage"), DAMAGED_PDF),
    "object broken": (SMALL_PDF.replace(b"<</Type/Pages/K", b"<</Type/Pages(K"), DAMAGED_PDF),
    "no pages": (written_pdf(pages=b"/Kids[]/Count 0"), DAMAGED_PDF),
    "pages in a circle": (written_pdf(pages=b"/Kids[2 0 R]/Count 1"), DAMAGED_PDF),
    "one page 100,000 times": (
        hostile.endless_pages(100_000),
        "The PDF has more than 100000 objects. Print it to a new PDF and send that.",
    ),
    "too many pages": (hostile.many_pages(2001), "The PDF has more than 2000 pages. Send it in parts."),
    "pages too deep": (hostile.deep_pages(2000), DAMAGED_PDF),
    "too many objects": (
        hostile.many_objects(100_001),
        "The PDF has more than 100000 objects. Print it to a new PDF and send that.",
    ),
    "a ZIP archive too": (SMALL_PDF + hostile.zip_archive(), ZIP_TOO),
    "a picture and a ZIP": (
        hostile.picture("JPEG") + hostile.zip_archive(),
        ZIP_TOO,
    ),
    "half a JPEG": (hostile.picture("JPEG")[:1500], DAMAGED_PICTURE),
    "half a PNG": (hostile.picture("PNG")[:5000], DAMAGED_PICTURE),
    "JPEG without content": (b"\xff\xd8\xff\xe0" + bytes(50), DAMAGED_PICTURE),
    "PNG with a wrong check sum": (hostile.picture("PNG").replace(b"IDAT", b"IDAT\x00", 1), DAMAGED_PICTURE),
    "animated": (
        hostile.animated_png(),
        "The picture is animated. Save it as a still picture and send that.",
    ),
    "2.5 billion pixels": (hostile.huge_png(), PIXELS),
    "201 million pixels": (hostile.huge_png(14_178), PIXELS),
    "51 million pixels announced": (hostile.huge_png(7142), DAMAGED_PICTURE),
    **{name: (file, DAMAGED_PDF) for name, file in field.CUT.items()},
    **{name: (file, DAMAGED_PICTURE) for name, file in field.CUT_PICTURES.items()},
}
ENCRYPTED = {name: (file, LOCKED_PDF) for name, file in field.LOCKED.items()}
BOMBS: dict[str, Callable[[], bytes]] = {
    "Flate bomb": hostile.flate_bomb,
    "nested Flate bomb": hostile.nested_flate_bomb,
    "LZW bomb": hostile.lzw_bomb,
    "page that unfolds to 500 MB": lambda: content_bomb(),
    "page of two million words": lambda: endless_text(),
}


# --- Active (422) -------------------------------------------------------------------------------------------
URI = b"/S/URI/URI(http://tracker.example)"
ACTIVE = {
    "script on opening": (automatic(b"/S/JavaScript/JS(app.alert(1))"), "JavaScript"),
    "script in other spelling": (automatic(b"/S/Java#53cript/JS(app.alert(1))"), "JavaScript"),
    "script named elsewhere": (
        written_pdf({4: b"/JavaScript"}, catalog=b"/OpenAction<</S 4 0 R/JS(app.alert(1))>>"),
        "JavaScript",
    ),
    "script in the name tree": (
        written_pdf(catalog=b"/Names<</JavaScript<</Names[(a)<</JS(1)>>]>>>>"),
        "JavaScript",
    ),
    "script behind a link": (annotation(b"/Subtype/Link/A<</S/JavaScript/JS(1)>>"), "JavaScript"),
    "script after a harmless action": (
        automatic(b"/S/Named/N/NextPage/Next[<</S/JavaScript/JS(1)>>]"),
        "JavaScript",
    ),
    "script of a page": (written_pdf(page=b"/AA<</O<</S/JavaScript/JS(1)>>>>"), "JavaScript"),
    "script that nothing refers to": (written_pdf({4: b"<</S/JavaScript/JS(1)>>"}), "JavaScript"),
    "script inside arrays": (written_pdf({4: b"[[[<</S/JavaScript/JS(1)>>]]]"}), "JavaScript"),
    "program": (automatic(b"/S/Launch/F(calc.exe)"), "an action that starts a program"),
    "form that sends by itself": (
        automatic(b"/S/SubmitForm/F(http://x.example)"),
        "an action that runs by itself",
    ),
    "form that computes": (
        written_pdf(
            {4: b"<</FT/Tx/AA<</C<</S/JavaScript/JS(1)>>>>>>"},
            catalog=b"/AcroForm<</Fields[4 0 R]/CO[4 0 R]>>",
        ),
        "JavaScript",
    ),
    "form that checks what is typed": (
        annotation(b"/Subtype/Widget/FT/Tx/AA<</V<</S/JavaScript/JS 4 0 R>>>>"),
        "JavaScript",
    ),
    "script on saving": (written_pdf(catalog=b"/AA<</WS<</S/JavaScript/JS(1)>>>>"), "JavaScript"),
    "film on a page": (annotation(b"/Subtype/Link/A<</S/Rendition/OP 0>>"), "media that plays"),
    "form that loads": (annotation(b"/Subtype/Widget/A<</S/ImportData/F(x)>>"), "a form that loads data"),
    "jump into a share on opening": (
        automatic(b"/S/GoToR/F(\\\\host\\x)/D[0/Fit]"),
        "an action that runs by itself",
    ),
    "web page on opening": (automatic(URI), "an action that runs by itself"),
    "web page on turning a page": (
        written_pdf(page=b"/AA<</C<<%s>>>>" % URI),
        "an action that runs by itself",
    ),
    "XFA form": (written_pdf(catalog=b"/AcroForm<</Fields[]/XFA[]>>"), "an XFA form"),
    "rich media": (annotation(b"/Subtype/RichMedia"), "rich media"),
    "film": (annotation(b"/Subtype/Screen"), "media that plays"),
    "3D": (annotation(b"/Subtype/3D"), "a 3D model"),
    "portfolio": (written_pdf(catalog=b"/Collection<<>>"), "a portfolio of embedded files"),
    "stream in another file": (
        written_pdf({4: hostile.stream(b"", b"/F(/etc/passwd)")}),
        "data from another file",
    ),
    "embedded program": (hostile.with_attachment("setup.exe", b"MZ"), "an embedded file"),
    "embedded PDF": (hostile.with_attachment("cmr.pdf", SMALL_PDF), "an embedded file"),
    "attached to a page": (
        written_pdf(
            {4: hostile.stream(b"MZ")},
            page=b"/Annots[<</Subtype/FileAttachment/FS<</F(a.exe)/EF<</F 4 0 R>>>>>>]",
        ),
        "an embedded file",
    ),
    "invoice in name only": (hostile.with_attachment("factur-x.xml", b"MZ program"), "an embedded file"),
    "invoice that is a web page": (hostile.with_attachment("factur-x.xml", b"<html/>"), "an embedded file"),
    "invoice with entities": (
        hostile.with_attachment("factur-x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>'),
        "an embedded file",
    ),
    "invoice under two names": (
        written_pdf(
            {
                4: b"<</Type/Filespec/F(factur-x.xml)/UF(setup.exe)/EF<</F 5 0 R>>>>",
                5: hostile.stream(hostile.FACTUR_X),
            }
        ),
        "an embedded file",
    ),
    "invoice without end": (
        embedded(
            b"factur-x.xml",
            hostile.stream(zlib.compress(hostile.FACTUR_X + b" " * 21_000_000), b"/Filter/FlateDecode"),
        ),
        "an embedded file",
    ),
    "invoice in a rare encoding": (
        embedded(b"factur-x.xml", hostile.stream(hostile.FACTUR_X.hex().encode(), b"/Filter/ASCIIHexDecode")),
        "an embedded file",
    ),
    **field.BAD_INVOICES,
}
REMEDIES = {
    "an embedded file": "Print it to a new PDF and send that; send a paper that is inside on its own.",
    "a portfolio of embedded files": "Send each of the papers inside on its own.",
}


# --- Kept, because stored and served as data they are inert (201) -------------------------------------------
def png_with_script() -> bytes:
    comment = PngImagePlugin.PngInfo()
    comment.add_text("Comment", HTML.decode())
    return hostile.picture("PNG", pnginfo=comment)


def jpeg_with_program() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "<?php system($_GET[0]); ?>"  # ImageDescription
    return hostile.picture(exif=exif, comment=HTML)


def pdf_with_content(content: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    """One page that draws `content`, which is deflated already."""
    return written_pdf({4: hostile.stream(content, filters)}, page=b"/Contents 4 0 R")


@cache
def content_bomb() -> bytes:
    """A page whose drawing unfolds to 500 MB."""
    packer = zlib.compressobj(1)
    return pdf_with_content(b"".join(packer.compress(bytes(10_000_000)) for _ in range(50)) + packer.flush())


def endless_text() -> bytes:
    """A page that writes the same letter two million times."""
    return pdf_with_content(zlib.compress(b"BT /F1 9 Tf " + b"(a)Tj " * 2_000_000 + b"ET", 9))


def jpeg_of_lines(lines: int = 65_000) -> bytes:
    """Very high and one pixel wide."""
    return hostile.picture("JPEG", size=(1, lines))


KEPT: dict[str, tuple[Callable[[], bytes], str]] = {
    "JPEG with its place": (hostile.picture_with_place, "image/jpeg"),
    "JPEG with a program in its description": (jpeg_with_program, "image/jpeg"),
    "JPEG with a web page behind it": (lambda: hostile.picture() + HTML, "image/jpeg"),
    "JPEG of one column": (jpeg_of_lines, "image/jpeg"),
    "JPEG with a second picture": (hostile.phone_picture, "image/jpeg"),
    "PNG with a script in its comment": (png_with_script, "image/png"),
    "PDF that links to the web": (hostile.pdf_with_links, "application/pdf"),
    "e-invoice": (hostile.e_invoice, "application/pdf"),
    **field.FIELD,
}

# A name as it is sent → the label that is stored → the name under which a browser saves it.
NAMES: dict[str, tuple[str, str, str]] = {
    "path": ("../../../etc/passwd", "passwd", "passwd.pdf"),
    "Windows path": ("C:\\Windows\\..\\evil.pdf", "evil.pdf", "evil.pdf"),
    "line ends": ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
    "zero byte": ("cmr.pdf\0.exe", "cmr.pdf.exe", "cmr.pdf.exe.pdf"),
    "right to left": ("cmr\u202efdp.exe", "cmrfdp.exe", "cmrfdp.exe.pdf"),
    "invisible": ("c\u200bm\u2060r.pdf", "cmr.pdf", "cmr.pdf"),
    "script": ("<img src=x onerror=alert(1)>.pdf",) * 3,
    "quotes": ('a";x="b.pdf', 'a";x="b.pdf', 'a\\";x=\\"b.pdf'),
    "other ending": ("invoice.html", "invoice.html", "invoice.html.pdf"),
    "hidden": (".htaccess", "htaccess", "htaccess.pdf"),
    "dots only": ("...", "document", "document.pdf"),
    "300 characters": ("x" * 296 + ".pdf", "x" * 146 + ".pdf", "x" * 146 + ".pdf"),
}
