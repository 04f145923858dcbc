"""One record per language: settings, choices, the API, catalogues, formats and defaults all follow from it."""

import json
from collections import Counter
from pathlib import Path

import pycountry
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import get_format_modules
from django.utils.translation import to_locale, trans_real

from buyers.invitation_models import Invitation, Prospect
from buyers.pages.countries import named_countries
from nt24.folding import folded
from nt24.languages import CODES, LANGUAGES, LONGEST_CODE, choices, language_of_country
from nt24.mail.models import Mail
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken

ROOT = Path(__file__).resolve().parent.parent.parent
OTHERS = [code for code in CODES if code != "en"]  # English is the source


def test_settings_choices_and_the_api_offer_the_languages_of_the_records():
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))

    assert dict(settings.LANGUAGES) == dict(choices())
    assert document["components"]["schemas"]["Language"]["enum"] == list(CODES)
    for model in (Invitation, Prospect):
        assert list(model._meta.get_field("language").choices) == choices()


@pytest.mark.parametrize("model", [Invitation, Prospect, Mail])
def test_every_column_has_room_for_a_code_with_a_script_and_a_region(model):
    room = model._meta.get_field("language").max_length

    assert all(len(code) <= room for code in (*CODES, "pt-br", "sr-latn", "zh-hant-tw"))
    assert room == LONGEST_CODE


def test_codes_are_those_of_django_and_each_is_there_once():
    assert all(trans_real.get_supported_language_variant(code) == code for code in CODES)
    assert len(set(CODES)) == len(CODES)
    assert len({language.name for language in LANGUAGES}) == len(CODES)


def test_no_country_has_two_languages_and_each_is_a_country():
    of_countries = Counter(country for language in LANGUAGES for country in language.countries)

    assert set(of_countries.values()) == {1}
    assert all(pycountry.countries.get(alpha_2=country) for country in of_countries)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_a_catalogue_and_a_way_of_writing_days(code):
    assert (ROOT / "buyers" / "locale" / to_locale(code) / "LC_MESSAGES" / "django.mo").is_file()
    with translation.override(code):
        assert get_format_modules()


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("AT", "de"),
        ("BE", "nl"),
        ("LU", "fr"),
        ("FI", "en"),
        ("CH", "en"),
        ("GR", "el"),
        ("CY", "el"),
        ("HU", "hu"),
    ],
)
def test_a_buyer_whose_language_nobody_has_said_is_asked_in_the_one_of_his_country(partner, country, code):
    address = {**KOWALSKI["address"], "country": country}
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "address": address}), 201)

    path = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations"
    taken(partner.post(path, {"recipientEmail": "buyer@example.com"}), 201)

    assert Invitation.objects.get().language == code == language_of_country(country)


@pytest.mark.parametrize("code", CODES)
def test_countries_are_in_the_order_of_their_names(code):
    names = [name for _code, name in named_countries(code)]

    assert len(set(names)) == len(names) > 240
    # Without accents, in the alphabet's own order: whoever looks for a country finds it where he looks.
    assert [folded(name) for name in names] == sorted(folded(name) for name in names)
    assert folded(names[0])[0] < folded(names[120])[0] < folded(names[-1])[0]
