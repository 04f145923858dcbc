"""A seller's look: a colour that can be read, a logo of our own making, a name and an address for answers."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from PIL import Image

from buyers.branding import brand_seller, branding_of, logo_from
from buyers.colours import contrast, readable_on_dark
from buyers.invitation_models import SellerBranding
from nt24.actors import system
from nt24.audit.models import Entry
from nt24.documents.uploads import received
from nt24.errors import ValidationFailed
from nt24.mail.models import Mail
from nt24.mail.sending import send_due
from nt24.vault import decrypt
from tests.buyers.links import invited, refuses
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf

SOMEBODY = system("test")


def branded(seller, **changes):
    about = {
        "display_name": "Mustermann",
        "logo_png": None,
        "accent": "#B00020",
        "reply_to": "office@m.example",
    }
    return brand_seller(seller, by=SOMEBODY, **(about | changes))


def picture(format, size=(1200, 300), **extra):
    target = io.BytesIO()
    Image.new("RGB", size, "#b00020").save(target, format, **extra)
    return target.getvalue()


def test_a_seller_without_a_look_has_his_name_and_our_colours(seller):
    look = branding_of(seller)

    assert (look.display_name, look.logo_png) == ("AutoHandel Mustermann GmbH", None)
    assert (look.accent, look.reply_to) == ("#1a4789", seller.admin_email)


def test_a_look_is_chosen_and_chosen_anew(seller):
    branded(seller)
    branded(seller, display_name="Mustermann & Söhne", logo_png=b"png")

    look = branding_of(seller)
    assert (look.display_name, look.accent, look.logo_png) == ("Mustermann & Söhne", "#b00020", b"png")
    assert SellerBranding.objects.get().version == 1
    assert Entry.objects.filter(action="branding.chosen").count() == 2


@pytest.mark.parametrize("accent", ["#777777", "#ffcc00", "red", "#12345", "#12345g", ""])
def test_a_colour_that_cannot_be_read_on_white_is_refused(seller, accent):
    with refuses(ValidationFailed) as refusal:
        branded(seller, accent=accent)

    assert [error.field for error in refusal.value.errors] == ["accent"]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#767676", "#ffffff", 4.54), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(contrast(one, other), 2) == ratio


@pytest.mark.parametrize("accent", ["#000000", "#1a4789", "#b00020", "#767676"])
def test_every_colour_is_made_readable_on_our_dark_surface(accent):
    assert contrast(readable_on_dark(accent), "#151e2d") >= 4.5


def test_a_colour_that_is_readable_on_dark_stays_as_it_is():
    assert readable_on_dark("#96bdfb") == "#96bdfb"


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_logo_becomes_a_small_png_without_what_the_file_carried(db, format):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    logo = logo_from(received(picture(format, exif=exif), "logo.bin"))

    with Image.open(io.BytesIO(logo)) as made:
        assert (made.format, made.size) == ("PNG", (480, 120))
        assert not made.getexif()
        assert made.convert("RGB").getpixel((240, 60)) == pytest.approx((176, 0, 32), abs=2)
    assert b"taken at home" not in logo


@pytest.mark.parametrize(
    "content", [pdf(), b"<svg onload='x'/>", picture("PNG")[:200], picture("GIF"), b""],
    ids=["PDF", "SVG", "half a picture", "GIF", "nothing"],
)  # fmt: skip
def test_a_file_that_is_no_whole_picture_becomes_no_logo(db, content):
    with pytest.raises(ValidationFailed) as refusal:
        logo_from(received(content, "logo.png"))

    assert [error.field for error in refusal.value.errors] == ["logo"]


def test_a_mail_comes_in_the_seller_s_look(april, partner, seller):
    branded(seller)
    buyer = taken(partner.post("P/buyers", KOWALSKI), 201)
    invited(partner, buyer, language="en")

    mail = Mail.objects.get()
    assert (mail.from_name, mail.reply_to) == ("Mustermann via NT24", "office@m.example")
    assert mail.subject == "Mustermann needs documents from your company"
    html = decrypt(mail.html)
    assert "background: #b00020; color: #ffffff" in html
    assert "http" not in html.replace("http://testserver", "")


def test_the_logo_comes_inside_the_mail(partner, seller, mailoutbox):
    logo = picture("PNG", (40, 10))
    branded(seller, logo_png=logo)
    invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201))

    send_due()

    whole = mailoutbox[0].message()
    both, image = whole.get_payload()
    assert whole.get_content_type() == "multipart/related"
    assert [part.get_content_type() for part in both.get_payload()] == ["text/plain", "text/html"]
    assert '<img src="cid:logo" alt="Mustermann"' in both.get_payload()[1].get_payload(decode=True).decode()
    assert (image["Content-ID"], image.get_content_type()) == ("<logo>", "image/png")
    assert image.get_payload(decode=True) == logo


def test_a_mail_without_a_logo_shows_the_name(partner, seller, mailoutbox):
    branded(seller)
    invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201))

    send_due()

    whole = mailoutbox[0].message()
    assert whole.get_content_type() == "multipart/alternative"
    assert "cid:" not in whole.as_string()


def test_a_command_sets_the_look_until_staff_have_a_form(seller, tmp_path):
    file = tmp_path / "logo.jpg"
    file.write_bytes(picture("JPEG"))

    call_command("brand_seller", str(seller.uuid), name="Mustermann", accent="#b00020", logo=file)

    look = branding_of(seller)
    assert (look.display_name, look.accent, look.reply_to) == ("Mustermann", "#b00020", seller.admin_email)
    assert look.logo_png.startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", [{"accent": "#ffcc00"}, {"reply_to": "nobody"}, {"logo": Path("/nowhere")}])
def test_a_command_that_makes_no_sense_says_why(seller, wrong):
    with pytest.raises(CommandError), transaction.atomic():
        call_command("brand_seller", str(seller.uuid), **wrong)

    assert not SellerBranding.objects.exists()
