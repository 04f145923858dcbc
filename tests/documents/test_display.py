"""What people are shown of a picture: its pixels, drawn anew. The original stays as it was received."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, PngImagePlugin

from nt24.documents import display
from nt24.documents.confinement import Busy, Overrun
from nt24.documents.display import NotDisplayable, display_of, display_response, picture_response
from nt24.documents.downloads import BlobAltered, ContentHeldBack
from nt24.documents.storage import StorageUnavailable, open_blob
from nt24.errors import Unavailable
from tests.documents.hostile import huge_png, phone_picture, picture, saved_picture
from tests.factories.documents import SMALL_PDF, DocumentFactory

JPEG, PNG = "image/jpeg", "image/png"
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATION, GPS, DESCRIPTION = 0x0112, 0x8825, 0x010E


def stored(content, content_type=JPEG):
    return DocumentFactory(content=content, content_type=content_type, file_name="car.jpeg")


def shown(content, content_type=JPEG):
    return Image.open(io.BytesIO(display_of(stored(content, content_type))))


def is_about(pixel, colour):
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


def halves(left, right, size=(80, 40)):
    """A picture with two colours side by side."""
    whole = Image.new("RGB", size, left)
    whole.paste(right, (size[0] // 2, 0, *size))
    return whole


# --- Nothing but pixels --------------------------------------------------------------------------------------------


def secret_jpeg():
    """Place, description, comment, colour profile and XMP; the word `secret` is in all of them but the place."""
    exif = Image.Exif()
    exif[DESCRIPTION] = "secret description"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved_picture(
        halves(RED, BLUE), "JPEG", exif=exif, comment=b"secret comment", icc_profile=profile,
        xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
    )  # fmt: skip


def secret_png():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret comment")
    notes.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret</x:xmpmeta>")
    exif = Image.Exif()
    exif[DESCRIPTION] = "secret description"
    return saved_picture(halves(RED, BLUE), "PNG", pnginfo=notes, exif=exif)


@pytest.mark.parametrize(
    ("content", "type"), [(secret_jpeg(), JPEG), (secret_png(), PNG)], ids=["JPEG", "PNG"]
)
def test_no_metadata_is_shown_and_the_original_is_kept(db, content, type):
    assert b"secret" in content
    document = stored(content, type)

    fresh = display_of(document)

    assert b"secret" not in fresh
    with Image.open(io.BytesIO(fresh)) as picture:
        assert (picture.format, picture.mode, len(picture.getexif())) == ("JPEG", "RGB", 0)
        assert set(picture.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    with open_blob(document.storage_key) as original:
        assert original.read() == content


def test_only_the_first_of_two_pictures_is_shown(db):
    assert is_about(shown(phone_picture()).getpixel((5, 5)), (254, 0, 0))


# --- As it is meant to be seen -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "type"), [("JPEG", JPEG), ("PNG", PNG)])
def test_a_picture_taken_sideways_is_shown_upright(db, format, type):
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by 90 degrees clockwise

    upright = shown(saved_picture(halves(RED, BLUE), format, exif=exif), type)

    assert upright.size == (40, 80)
    assert is_about(upright.getpixel((20, 10)), RED)
    assert is_about(upright.getpixel((20, 70)), BLUE)


def test_colours_of_another_profile_are_shown_as_they_are_meant(db):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with_srgb, with_lab, with_noise = (
        saved_picture(Image.new("RGB", (40, 40), (10, 200, 30)), "JPEG", icc_profile=profile)
        for profile in (srgb, lab, b"noise" * 500)
    )

    for content in (with_srgb, with_lab, with_noise):  # the last two fit no RGB picture and are left out
        assert is_about(shown(content).getpixel((20, 20)), (10, 200, 30))


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (saved_picture(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"), WHITE),
        (saved_picture(Image.new("LA", (40, 40), (0, 255)), "PNG"), (0, 0, 0)),
        (saved_picture(Image.new("L", (40, 40), 156), "PNG"), (156, 156, 156)),
        (saved_picture(Image.new("I;16", (40, 40), 40_000), "PNG"), (156, 156, 156)),
        (saved_picture(Image.new("1", (40, 40), 1), "PNG"), WHITE),
        (saved_picture(Image.new("RGB", (40, 40), GREEN).convert("P"), "PNG"), GREEN),
        (saved_picture(Image.new("P", (40, 40), 0), "PNG", transparency=0), WHITE),
    ],
    ids=["transparent", "grey with alpha", "grey", "16 bits", "black and white", "palette", "clear palette"],
)
def test_every_kind_of_png_is_shown(db, content, colour):
    assert is_about(shown(content, PNG).getpixel((20, 20)), colour)


def test_a_jpeg_for_print_is_shown(db):
    content = saved_picture(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG")

    assert is_about(shown(content).getpixel((20, 20)), RED)


@pytest.mark.parametrize(
    ("size", "shown_size"),
    [((4000, 3000), (1600, 1200)), ((3000, 4000), (1200, 1600)), ((1600, 9), (1600, 9)), ((9, 9), (9, 9)),
     ((40_000, 1), (1600, 1))],
)  # fmt: skip
@pytest.mark.parametrize(("mode", "format", "type"), [("RGB", "JPEG", JPEG), ("RGBA", "PNG", PNG)])
def test_a_picture_is_made_smaller_and_never_larger(db, size, shown_size, mode, format, type):
    assert shown(saved_picture(Image.new(mode, size), format), type).size == shown_size


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16"])
def test_the_largest_accepted_picture_fits_into_the_limits(db, mode):
    content = saved_picture(Image.new(mode, (7071, 7071)), "PNG", compress_level=1)  # 49,999,041 pixels

    assert shown(content, PNG).size == (1600, 1600)


# --- What is not shown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trait", ["infected", "unscanned"])
def test_a_file_that_is_not_released_is_never_opened(db, trait):
    document = DocumentFactory(content=picture(), content_type=JPEG, **{trait: True})

    for show in (display_of, picture_response, display_response):
        with pytest.raises(ContentHeldBack):
            show(document)


@pytest.mark.parametrize("content", [huge_png(), b"\x89PNG broken", SMALL_PDF], ids=["bomb", "broken", "PDF"])
def test_what_is_no_picture_after_all_is_not_shown(db, content):
    with pytest.raises(NotDisplayable) as refusal:
        display_of(stored(content, PNG))

    assert (refusal.value.status, refusal.value.slug) == (409, "state-conflict")


@pytest.mark.parametrize(("failure", "told_as"), [(Overrun, NotDisplayable), (Busy, Unavailable)])
def test_a_picture_beyond_the_limits_and_a_busy_helper_are_told_apart(db, monkeypatch, failure, told_as):
    def fail(*_):
        raise failure

    monkeypatch.setattr(display.drawing, "run", fail)

    with pytest.raises(told_as):
        display_of(stored(picture()))


def test_altered_bytes_are_not_shown(db, files):
    document = stored(picture())
    (files / document.storage_key).chmod(0o600)
    (files / document.storage_key).write_bytes(picture(size=(9, 9)))

    with pytest.raises(BlobAltered):
        display_of(document)


def test_a_missing_blob_is_an_outage(db):
    document = stored(picture())
    default_storage.delete(document.storage_key)

    with pytest.raises(StorageUnavailable):
        display_of(document)


# --- The answer ----------------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, settings):
    settings.ROOT_URLCONF = "tests.documents.urls"
    return lambda document: client.get(f"/shown/{document.uuid}")


def test_a_picture_is_shown_in_a_sandbox_and_stored_by_nobody(db, page):
    answer = page(stored(picture()))

    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)
    expected = {
        "Content-Type": "image/jpeg",
        "Content-Disposition": 'inline; filename="car.jpeg.jpg"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
    assert {name: answer[name] for name in expected} == expected


def test_a_pdf_is_offered_as_a_sandboxed_attachment(db, page):
    answer = page(DocumentFactory())

    assert answer.getvalue() == SMALL_PDF
    expected = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="cmr.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    assert {name: answer[name] for name in expected} == expected
