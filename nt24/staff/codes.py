"""Countries and currencies as lists to choose from: by name and code, what our cases are about first."""

from collections.abc import Callable, Iterable
from functools import cache

import pycountry
from stdnum.eu.vat import MEMBER_STATES

from nt24.api.json import COUNTRIES, CURRENCIES
from nt24.partners.days import zones

Groups = list[tuple[str, list[tuple[str, str]]]]
# The Union as postal addresses name it: VAT numbers say EL for Greece and XI for Northern Ireland.
UNION = frozenset({"GR" if code == "el" else code.upper() for code in MEMBER_STATES} & COUNTRIES)
# What cars are sold in between the states of the Union and their neighbours.
USUAL_CURRENCIES = ("EUR", "CHF", "CZK", "DKK", "GBP", "HUF", "NOK", "PLN", "RON", "SEK", "USD")


def country_name(code: str) -> str:
    """`PL` → `Poland`; a code that is none stays as it is."""
    found = pycountry.countries.get(alpha_2=code)
    if found is None:
        return code
    return str(getattr(found, "common_name", None) or found.name)


@cache
def countries() -> Groups:
    """Member states of the Union, then all others, each by name: `Poland (PL)`."""
    return [
        ("European Union", _by_name(UNION, country_name)),
        ("Other countries", _by_name(COUNTRIES - UNION, country_name)),
    ]


def currency_name(code: str) -> str:
    found = pycountry.currencies.get(alpha_3=code)
    return code if found is None else str(found.name)


@cache
def currencies() -> Groups:
    """The usual ones with the euro first, then all others by code: `EUR – Euro`."""
    usual = [code for code in USUAL_CURRENCIES if code in CURRENCIES]  # one that has ended is taken nowhere
    others = sorted(CURRENCIES - set(usual))
    return [("Usual", _by_code(usual)), ("Other currencies", _by_code(others))]


@cache
def time_zones() -> Groups:
    """Those of Europe, then all others, each by name: `Europe/Berlin`."""
    names = zones()
    europe = [(name, name) for name in names if name.startswith("Europe/")]
    return [("Europe", europe), ("Elsewhere", [(name, name) for name in names if (name, name) not in europe])]


def _by_name(codes: Iterable[str], name_of: Callable[[str], str]) -> list[tuple[str, str]]:
    named = sorted((name_of(code), code) for code in codes)
    return [(code, f"{name} ({code})") for name, code in named]


def _by_code(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, f"{code} – {currency_name(code)}") for code in codes]
