"""Where the VAT territory of the Union ends: dated data and three questions (Articles 5 to 7 of the Directive)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from compliance.law.evidence import Place


class Area(StrEnum):
    UNION = "UNION"
    EXCLUDED = "EXCLUDED"  # part of a member state, outside its VAT territory (Article 6)
    THIRD = "THIRD"


@dataclass(frozen=True, slots=True)
class Belongs:
    """From `since` (until `until`, that day excluded) the code counts as `state` for supplies of goods."""

    code: str
    state: str
    since: date = date(1993, 1, 1)
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A part of `state` by name, or by the beginning of its post codes, that Article 6 leaves out."""

    state: str
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    post_codes: tuple[str, ...] = ()
    source: str = "Art. 6 Dir. 2006/112/EC"


MEMBERS = (  # and Greece, below
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
BELONGING: tuple[Belongs, ...] = (
    *(Belongs(code, code) for code in MEMBERS),
    Belongs("GR", "EL"),
    Belongs("EL", "EL"),
    Belongs("MC", "FR", source="Art. 7(1) Dir. 2006/112/EC"),
    Belongs("XI", "XI", since=date(2021, 1, 1), source="Art. 8 and Annex 3 of the Windsor Framework"),
    Belongs("GB", "GB", until=date(2021, 1, 1)),
)
EXCLUDED: tuple[Excluded, ...] = (
    Excluded("ES", ("Canary Islands", "Canarias"), ("IC",), ("35", "38")),
    Excluded("ES", ("Ceuta",), ("EA",), ("51",)),
    Excluded("ES", ("Melilla",), (), ("52",)),
    Excluded("FR", ("French overseas departments", "Guadeloupe"), ("GP",), ("971",)),
    Excluded("FR", ("Martinique",), ("MQ",), ("972",)),
    Excluded("FR", ("French Guiana", "Guyane"), ("GF",), ("973",)),
    Excluded("FR", ("Réunion", "La Réunion", "Reunion"), ("RE",), ("974",)),
    Excluded("FR", ("Mayotte",), ("YT",), ("976",)),
    Excluded("FR", ("Saint Martin", "Saint-Martin"), ("MF",), ("97150",)),
    Excluded("FI", ("Åland", "Åland Islands", "Aland"), ("AX",), ("22",)),
    Excluded("DE", ("Büsingen", "Büsingen am Hochrhein"), (), ("78266",)),
    Excluded("DE", ("Heligoland", "Helgoland"), (), ("27498",)),
    Excluded("IT", ("Livigno",), (), ("23041",)),
    Excluded("IT", ("Campione d'Italia",), (), ("22061",)),
    Excluded("EL", ("Mount Athos", "Agion Oros"), (), ("63086", "63087")),
)  # fmt: skip


@lru_cache(maxsize=1024)
def area_of(place: Place, on: date) -> Area:
    if excluded_part(place):
        return Area.EXCLUDED
    return Area.UNION if state_of(code_of(place), on) else Area.THIRD


def code_of(place: Place) -> str | None:
    """The country of an address as the law counts it: Belfast writes GB and is XI (post codes BT)."""
    is_northern_irish = place.country == "GB" and (place.post_code or "").upper().startswith("BT")
    return "XI" if is_northern_irish else place.country


def excluded_part(place: Place) -> Excluded | None:
    country = "EL" if place.country == "GR" else place.country
    code = (place.post_code or "").replace(" ", "")
    for part in EXCLUDED:
        by_code = country in part.codes
        by_name = (
            country == part.state
            and place.territory is not None
            and place.territory.casefold().strip() in map(str.casefold, part.names)
        )
        by_post = country == part.state and bool(code) and code.startswith(part.post_codes or ("-",))
        if by_code or by_name or by_post:
            return part
    return None


@lru_cache(maxsize=1024)
def state_of(country: str | None, on: date) -> str | None:
    """The member state (in the spelling of VAT numbers) that a country code counts as on that day, if any."""
    for row in BELONGING:
        if row.code == country and row.since <= on and (row.until is None or on < row.until):
            return row.state
    return None
