"""The languages of the buyers' pages, mails and declarations: one record each, and everything else derives from it.

Standard library only: the settings read it before Django is there. How to add one: docs/recipes.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """`code` as Django spells it (`pt-br`), `name` as its speakers write it.

    `countries`: ISO 3166 codes of those whose people most likely read it, for when nobody has said.
    """

    code: str
    name: str
    countries: tuple[str, ...] = ()


ENGLISH = Language("en", "English")
LANGUAGES = (
    ENGLISH,
    Language("bg", "Български", ("BG",)),
    Language("cs", "Čeština", ("CZ",)),
    Language("de", "Deutsch", ("AT", "DE")),
    Language("el", "Ελληνικά", ("CY", "GR")),
    Language("es", "Español", ("ES",)),
    Language("fr", "Français", ("FR", "LU", "MC")),
    Language("hu", "Magyar", ("HU",)),
    Language("it", "Italiano", ("IT",)),
    Language("lt", "Lietuvių", ("LT",)),
    Language("nl", "Nederlands", ("BE", "NL")),
    Language("pl", "Polski", ("PL",)),
    Language("ro", "Română", ("MD", "RO")),
    Language("sk", "Slovenčina", ("SK",)),
)
CODES = tuple(language.code for language in LANGUAGES)
LONGEST_CODE = 10  # signs a column has for one: BCP 47 with a script and a region, `zh-hant-tw`


def choices() -> list[tuple[str, str]]:
    """Code and name of each. A function, so that a new language asks for no migration."""
    return [(language.code, language.name) for language in LANGUAGES]


def language_of_country(country: str) -> str:
    """The code of what a buyer there most likely reads; English where we speak nothing nearer."""
    nearest = next((language for language in LANGUAGES if country in language.countries), ENGLISH)
    return nearest.code
