"""Countries under their names in the language at hand."""

import gettext
from functools import cache

import pycountry
from django.utils.translation import get_language, to_locale

from nt24.folding import folded


def countries() -> tuple[tuple[str, str], ...]:
    """Code and name of each, in the order of the names; the first choice is none."""
    return (("", "–"), *named_countries(get_language() or "en"))


@cache
def named_countries(language: str) -> tuple[tuple[str, str], ...]:
    names = gettext.translation(
        "iso3166-1", pycountry.LOCALES_DIR, languages=[to_locale(language)], fallback=True
    )
    known = (
        (country.alpha_2, getattr(country, "common_name", country.name)) for country in pycountry.countries
    )
    named = [(code, names.gettext(name)) for code, name in known]
    return tuple(sorted(named, key=lambda country: folded(country[1])))
