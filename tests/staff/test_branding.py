"""A seller's look by hand: chosen, previewed, changed, taken away."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from buyers.branding import branding_of
from buyers.invitation_models import SellerBranding
from tests.buyers.test_branding import branded, picture
from tests.ledger import nothing_moves
from tests.papers import pdf
from tests.staff.desk import Desk, member, move_of, newest, page_of

ADD = "/admin/buyers/sellerbranding/add/"


def logo():
    return SimpleUploadedFile("logo.png", picture("PNG"))


@pytest.fixture
def look(seller):
    return branded(seller, logo_png=picture("PNG", (40, 40)))


def test_a_seller_chooses_name_logo_and_colour(berta, seller):
    response = berta.press(f"{ADD}?in={seller.pk}", displayName="Mustermann", accent="#B00020", logo=logo())

    look = SellerBranding.objects.get()
    assert response["Location"] == page_of(look)
    assert (look.display_name, look.accent, look.reply_to) == ("Mustermann", "#b00020", seller.admin_email)
    page = berta.get(page_of(look)).content.decode()
    assert "data:image/png;base64," in page
    assert "#b00020" in page
    assert newest("branding.chosen").actor_label == "Berta"


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"accent": "#ffff00"}, "accent", "too light"),
        ({"accent": "red"}, "accent", "#rrggbb"),
        ({"replyTo": "nobody"}, "replyTo", "valid email"),
        ({"displayName": ""}, "displayName", "required"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(berta, seller, fields, field, why):
    with nothing_moves():
        response = berta.press(f"{ADD}?in={seller.pk}", **fields)

    assert response.status_code == 422
    assert why in response.context["form"].errors[field][0]


def test_a_logo_that_is_no_picture_is_refused(berta, seller):
    file = SimpleUploadedFile("logo.png", pdf())

    with nothing_moves():
        response = berta.press(f"{ADD}?in={seller.pk}", logo=file)

    assert response.status_code == 422
    assert response.context["form"].errors["logo"] == ["This is not a JPEG or PNG picture that can be read."]


def test_a_seller_with_a_look_is_not_offered_again(berta, seller, look):
    assert f"?in={seller.pk}" not in berta.get(ADD).content.decode()


@pytest.mark.parametrize(("fields", "keeps"), [({}, True), ({"removesLogo": "on"}, False)])
def test_a_change_keeps_the_logo_unless_it_is_removed(berta, seller, look, fields, keeps):
    berta.press(move_of(look, "change"), displayName="Mustermann & Co", **fields)

    now = branding_of(seller)
    assert (now.display_name, now.logo_png is not None) == ("Mustermann & Co", keeps)


def test_a_new_logo_takes_the_place_of_the_old_one(berta, seller, look):
    was = branding_of(seller).logo_png
    berta.press(move_of(look, "change"), logo=logo())

    assert branding_of(seller).logo_png not in (None, was)


def test_a_look_that_is_taken_away_leaves_our_own(berta, seller, look):
    berta.press(move_of(look, "clear"))

    assert branding_of(seller).accent == "#1a4789"
    assert newest("branding.cleared").changes == {"accent": ["#b00020", None]}


def test_who_only_sees_changes_no_look(look):
    viewer = Desk(member("vera", "buyers.view_sellerbranding"))

    with nothing_moves():
        for name in ("change", "clear"):
            assert viewer.http.post(move_of(look, name)).status_code == 403
    assert viewer.get(ADD).status_code == 403
    assert "/do/" not in viewer.get(page_of(look)).content.decode()
