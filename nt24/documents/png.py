"""Reads a PNG to its last pixel without holding it in memory. No Django: it runs confined.

A scan of A2 at 600 dpi has 139 million pixels, which decoded would take 560 MB; unpacked and thrown away again they
take none. What is no pixel (comments, times, whatever stands behind the picture) decides nothing: readers overlook it.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import repeat
from typing import BinaryIO, NamedTuple

from nt24.documents.refusals import Refused

SIGNATURE_BYTES = 8
PIECE = 64 * 1024
# Colour type → values of a pixel, and the bits that each may have (ISO/IEC 15948, 11.2.2).
COLOURS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
PALETTE = 3  # the colour type that needs one
NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"acTL")
FILTERS = 5  # kinds of lines there are
# Interlaced: first column, first row, step right, step down of each of the seven passes (8.2).
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class BrokenPng(Exception):
    """Not all of its pixels are there."""


def size_of_readable(file: BinaryIO, *, max_pixels: int) -> int:
    """How many pixels it has, after every line was found there and of a known kind; more than `max_pixels` are only
    counted.

    :raises BrokenPng: it is cut off, altered or no PNG.
    :raises Refused: it moves.
    """
    file.seek(SIGNATURE_BYTES)
    chunks = chunks_of(file)
    kind, content = next(chunks, (b"", b""))
    if kind != b"IHDR":
        raise BrokenPng
    header = header_in(content)
    if header.width * header.height <= max_pixels:
        require_lines(lines_of(header), unpacked(chunks, needs_palette=header.colour == PALETTE))
    return header.width * header.height


class Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int


def header_in(content: bytes) -> Header:
    """:raises BrokenPng: it announces no pixels, or a kind of picture that there is not."""
    try:
        header = Header._make(struct.unpack(">IIBBBBB", content))
    except struct.error as error:
        raise BrokenPng from error
    _, depths = COLOURS.get(header.colour, (0, ()))
    if not header.width or not header.height or header.depth not in depths:
        raise BrokenPng
    return header


def lines_of(header: Header) -> Iterator[int]:
    """The bytes of each line that the header announces, with the one in front."""
    bits = COLOURS[header.colour][0] * header.depth
    for x, y, right, down in PASSES if header.interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(header.width - x) // right), -(-(header.height - y) // down)
        if columns > 0 and rows > 0:
            yield from repeat(1 + (columns * bits + 7) // 8, rows)


def require_lines(lines: Iterator[int], pieces: Iterator[bytes]) -> None:
    """:raises BrokenPng: a line is missing or packed in a way that there is not."""
    left = 0  # bytes of the present line that are still to come
    for piece in pieces:
        position = 0
        while position < len(piece):
            if not left:
                if not (left := next(lines, 0)):
                    return  # what comes behind the last line is of no interest
                if piece[position] >= FILTERS:
                    raise BrokenPng
            taken = min(left, len(piece) - position)
            position, left = position + taken, left - taken
    if left or next(lines, 0):
        raise BrokenPng


def chunks_of(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk that the pixels need, checked; a cut off last one with what is there."""
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind not in NEEDED:
            file.seek(length + 4, 1)
            continue
        content = file.read(length)
        if kind == b"acTL" and int.from_bytes(content[:4], "big") > 1:
            raise Refused("The picture is animated. Save it as a still picture and send that.")
        yield kind, content
        if len(content) < length or zlib.crc32(kind + content) != int.from_bytes(file.read(4), "big"):
            raise BrokenPng


def unpacked(chunks: Iterator[tuple[bytes, bytes]], *, needs_palette: bool) -> Iterator[bytes]:
    """The pixels in pieces, still filtered.

    :raises BrokenPng: they cannot be unpacked, or their palette is missing.
    """
    inflater = zlib.decompressobj()
    try:
        for kind, content in chunks:
            needs_palette = needs_palette and kind != b"PLTE"
            if kind == b"IDAT" and needs_palette:
                raise BrokenPng
            rest = content if kind == b"IDAT" else b""
            while rest and not inflater.eof:
                yield inflater.decompress(rest, PIECE)
                rest = inflater.unconsumed_tail
    except zlib.error as error:
        raise BrokenPng from error
