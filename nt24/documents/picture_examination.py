"""Says whether a JPEG or PNG can be kept: all of its pixels are there. No Django: it runs confined."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageFile, JpegImagePlugin

from nt24.documents.png import BrokenPng, size_of_readable
from nt24.documents.refusals import Refused

MAX_PIXELS = 200_000_000  # A3 at 600 dpi has 69, the largest phones have 200
# Process-wide, and wanted process-wide: more than twice as many are an error, more than these a warning.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
DAMAGED = "The picture is damaged or incomplete and cannot be read. Take or scan it again."
TOO_LARGE = (
    f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. "
    "Scan it with a lower resolution, or save it smaller, and send that."
)
PNG_BEGINS_WITH = b"\x89"
# A progressive JPEG is held as a whole until its last byte: two bytes for each sample. The process has 400 MiB.
MAX_PROGRESSIVE_BYTES = 360_000_000
TOO_PROGRESSIVE = (
    "The picture is too large for a progressive JPEG. "
    "Save it as a standard (baseline) JPEG, or smaller, and send that."
)
SAMPLES_OF_PIXEL = {0: 3.0, 1: 2.0, 2: 1.5}  # by Pillow's number for 4:4:4, 4:2:2, 4:2:0
END_OF_JPEG = b"\xff\xd9"
# Two ways to go on where the file ends; what has all its pixels looks the same with both.
CONTINUATIONS = (END_OF_JPEG, b"\x55\xaa" * 4096 + END_OF_JPEG)
# The documented and the actual ways in which Pillow says that a picture is broken.
BROKEN = (
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
)


def pixels_of_readable(file: BinaryIO) -> int:
    """How many pixels a JPEG or PNG has, after all of them were read.

    :raises Refused: damaged, animated, or more than `MAX_PIXELS`.
    """
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # this process also draws, which is less strict
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit decides
            return pixels_of(file)
    except (*BROKEN, BrokenPng) as error:
        raise Refused(DAMAGED) from error


def pixels_of(file: BinaryIO) -> int:
    is_png = file.read(1) == PNG_BEGINS_WITH
    pixels = size_of_readable(file, max_pixels=MAX_PIXELS) if is_png else pixels_of_jpeg(file)
    if pixels > MAX_PIXELS:
        raise Refused(TOO_LARGE)
    return pixels


def pixels_of_jpeg(file: BinaryIO) -> int:
    """A JPEG with a second picture behind it (phones store depth maps that way) counts as its first one."""
    with opened_jpeg(file) as picture:
        pixels = picture.width * picture.height
        if pixels <= MAX_PIXELS:
            require_memory(picture, pixels)
            require_whole(picture, file)
        return pixels


def require_memory(picture: Image.Image, pixels: int) -> None:
    """:raises Refused: it would be told to be damaged, because there is no memory to read it."""
    samples = SAMPLES_OF_PIXEL.get(JpegImagePlugin.get_sampling(picture), len(picture.getbands()))
    if picture.info.get("progressive") and 2 * pixels * samples > MAX_PROGRESSIVE_BYTES:
        raise Refused(TOO_PROGRESSIVE)


def opened_jpeg(file: BinaryIO) -> Image.Image:
    file.seek(0)
    return Image.open(file, formats=("JPEG",))


def require_whole(picture: Image.Image, file: BinaryIO) -> None:
    """Decoding at an eighth of the size reads every byte in a fraction of the memory.

    :raises OSError: it breaks off.
    """
    try:
        decoded(picture, scale=8)
    except OSError:
        file.seek(0)
        if is_only_end_mark_missing(file.read()):
            return
        raise


def is_only_end_mark_missing(content: bytes) -> bool:
    """Phones and messengers forget it; then the picture is whole if it does not depend on what follows."""
    first, second = (decoded(opened_jpeg(io.BytesIO(content + end)), scale=1) for end in CONTINUATIONS)
    return first == second


def decoded(picture: Image.Image, *, scale: int) -> bytes:
    if isinstance(picture, ImageFile.ImageFile):
        picture.draft("L", (max(1, picture.width // scale), max(1, picture.height // scale)))
    return picture.tobytes()
