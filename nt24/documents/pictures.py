"""Makes a picture to look at of a JPEG or PNG that may be hostile. No Django: it runs confined.

Only pixels pass: what is shown is drawn anew, so no place, name, comment, second picture or program goes with it.
"""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps

from nt24.documents.examination import HEAD_BYTES, opened
from nt24.documents.heic import is_heic, opened_heic
from nt24.documents.picture_examination import BROKEN, MAX_PIXELS
from nt24.documents.refusals import Refused

MAX_SIDE = 1_600  # pixels; a paper is readable on a large screen
SMOOTH = ("L", "RGB", "CMYK")  # others would first be copied in full size, for which there is no memory
QUALITY = 82  # of 95: smaller than most originals, and no letter suffers
PAPER = "white"  # what shows through transparent parts


def to_look_at(source: bytes | Path, turned: int = 0) -> bytes | None:
    """An upright sRGB JPEG of at most `MAX_SIDE`; None when the file is no picture that can be read.

    `turned`: degrees clockwise, when its sender has turned it beyond what the camera says.
    """
    picture = drawn_anew(source, MAX_SIDE)
    return None if picture is None else jpeg_of(picture.rotate(-turned, expand=True), QUALITY)


def drawn_anew(source: bytes | Path, side: int) -> Image.Image | None:
    """Its pixels upright, in sRGB and at most `side` long; None when the file is no picture that can be read.

    What the examiner overlooks (a missing end mark, a wrong check sum of a comment) is overlooked here too.
    """
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with opened(source) as file, opened_picture(file) as picture:
                return None if picture.width * picture.height > MAX_PIXELS else upright(picture, side)
    except (*BROKEN, Refused):
        return None


def opened_picture(file: BinaryIO) -> Image.Image:
    is_of_phone = is_heic(file.read(HEAD_BYTES))
    file.seek(0)
    return opened_heic(file) if is_of_phone else Image.open(file, formats=("JPEG", "PNG"))


def jpeg_of(picture: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def upright(picture: Image.Image, side: int) -> Image.Image:
    """Smaller first, because each step that follows copies the whole picture."""
    if (
        picture.mode == "1"
    ):  # a fax or scan in black and white: grey is what makes it readable when it gets smaller
        picture = picture.convert("L")
    if picture.mode in SMOOTH and not picture.has_transparency_data:
        picture.thumbnail((side, side))
    else:
        picture.thumbnail((2 * side, 2 * side), Image.Resampling.NEAREST)
    shown = on_paper(in_srgb(ImageOps.exif_transpose(picture)))
    shown.thumbnail((side, side))
    shown.info.clear()  # the writer would copy a comment
    return shown


def in_srgb(picture: Image.Image) -> Image.Image:
    """In the colours that every screen shows; a profile that cannot be used is left out."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return picture
        return converted or picture
    return picture


def on_paper(picture: Image.Image) -> Image.Image:
    """Opaque, with eight bits a colour."""
    if picture.mode.startswith("I"):  # sixteen bits of grey, which `convert` would cut off and not scale
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture.convert("RGBA")
    paper = Image.new("RGB", layers.size, PAPER)
    paper.paste(layers, mask=layers.getchannel("A"))
    return paper
