"""Countries under their names in the language at hand."""

import gettext
import unicodedata
from functools import lru_cache

import pycountry
from django.utils.translation import get_language


def countries() -> tuple[tuple[str, str], ...]:
    """Code and name of each, in the order of the names; the first choice is none."""
    return (("", "–"), *named_countries(get_language() or "en"))


@lru_cache(maxsize=16)
def named_countries(language: str) -> tuple[tuple[str, str], ...]:
    names = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
    known = (
        (country.alpha_2, getattr(country, "common_name", country.name)) for country in pycountry.countries
    )
    named = [(code, names.gettext(name)) for code, name in known]
    return tuple(sorted(named, key=lambda country: without_accents(country[1])))


def without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
