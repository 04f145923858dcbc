"""Makes a picture to look at of a JPEG or PNG that may be hostile. No Django: it runs confined.

Only pixels pass: what is shown is drawn anew, so no place, name, comment, second picture or program goes with it.
"""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageFile, ImageOps

from nt24.documents.examination import opened
from nt24.documents.picture_examination import BROKEN, MAX_PIXELS

MAX_SIDE = 1_600  # pixels; a paper is readable on a large screen
SMOOTH = ("L", "RGB", "CMYK")  # others would first be copied in full size, for which there is no memory
QUALITY = 82  # of 95: smaller than most originals, and no letter suffers
PAPER = "white"  # what shows through transparent parts


def to_look_at(source: bytes | Path) -> bytes | None:
    """An upright sRGB JPEG of at most `MAX_SIDE`; None when the file is no picture that can be read.

    What the examiner overlooks (a missing end mark, a wrong check sum of a comment) is overlooked here too.
    """
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with opened(source) as file, Image.open(file, formats=("JPEG", "PNG")) as picture:
                return None if picture.width * picture.height > MAX_PIXELS else drawn_anew(picture)
    except BROKEN:
        return None


def drawn_anew(picture: Image.Image) -> bytes:
    """Smaller first, because each step that follows copies the whole picture."""
    if (
        picture.mode == "1"
    ):  # a fax or scan in black and white: grey is what makes it readable when it gets smaller
        picture = picture.convert("L")
    if picture.mode in SMOOTH and not picture.has_transparency_data:
        picture.thumbnail((MAX_SIDE, MAX_SIDE))
    else:
        picture.thumbnail((2 * MAX_SIDE, 2 * MAX_SIDE), Image.Resampling.NEAREST)
    shown = on_paper(in_srgb(ImageOps.exif_transpose(picture)))
    shown.thumbnail((MAX_SIDE, MAX_SIDE))
    shown.info.clear()  # the writer would copy a comment
    target = io.BytesIO()
    shown.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


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
