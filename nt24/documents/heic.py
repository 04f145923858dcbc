"""Opens the pictures of phones that save HEIC. No Django: it runs confined.

Only behind a buyer's link: the API takes what the contract names. The library decodes and cannot encode, and no web
process loads it.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from nt24.documents.picture_examination import BROKEN, DAMAGED
from nt24.documents.refusals import Refused

if TYPE_CHECKING:
    from typing import BinaryIO

HEIC = "image/heic"  # as in `models.py`, which no confined process may load
BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")  # ISO/IEC 23008-12; the last one of several makers
# The head of a box (ISO/IEC 14496-12): four bytes of size, four of type, and eight more of size when it is long.
SHORT_HEAD, LONG_HEAD = 8, 16
TO_THE_END, IS_LONG = 0, 1  # instead of a size
MAX_PIXELS = 60_000_000  # phones take 48 million, which need 300 MiB and three seconds
TOO_LARGE = (
    f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Save it smaller and send that."
)


def is_heic(head: bytes) -> bool:
    """By the box that such a file begins with."""
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


def opened_heic(file: "BinaryIO | Path") -> Image.Image:
    """The first picture, upright; its pixels are not decoded yet.

    :raises Refused: more than `MAX_PIXELS`.
    """
    from pi_heif import register_heif_opener  # type: ignore[import-untyped]

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    picture = Image.open(file, formats=("HEIF",))
    if picture.width * picture.height > MAX_PIXELS:
        raise Refused(TOO_LARGE)
    return picture


def require_whole(file: "BinaryIO") -> None:
    """The decoder draws what is left of a file that was cut off; its boxes tell how long it was.

    :raises Refused: it is shorter.
    """
    end, position = file.seek(0, io.SEEK_END), 0
    while position < end:
        file.seek(position)
        head = file.read(LONG_HEAD)
        size = int.from_bytes(head[:4], "big")
        if size == IS_LONG:
            size = int.from_bytes(head[8:], "big")
        if size == TO_THE_END:
            return
        if size < SHORT_HEAD or position + size > end:
            raise Refused(DAMAGED)
        position += size


def pixels_of_heic(file: "BinaryIO") -> int:
    """How many pixels it has, after all of them were read.

    :raises Refused: damaged, or more than `MAX_PIXELS`.
    """
    require_whole(file)
    file.seek(0)
    try:
        with opened_heic(file) as picture:
            picture.load()
            return picture.width * picture.height
    except BROKEN as error:
        raise Refused(DAMAGED) from error
