"""Greek and Cyrillic letters in Latin: as they sound, and as they look. Standard library only.

Sound: ELOT 743 / ISO 843 for Greek, the Bulgarian transliteration act of 2009 with letters of its neighbours for
Cyrillic. Look: what a reader cannot tell from a Latin letter, in capitals or small.
"""

import re
import unicodedata

GREEK = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
CYRILLIC = "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y yu ya"
NEIGHBOURS = "y e yo i yi ye g dj j lj nj c dz gj kj dz"  # Russian, Ukrainian, Serbian, Macedonian
SOUND = str.maketrans(
    dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", GREEK.split(), strict=True))
    | dict(zip("абвгдежзийклмнопрстуфхцчшщъьюя", CYRILLIC.split(), strict=True))
    | dict(zip("ыэёіїєґђјљњћџѓќѕ", NEIGHBOURS.split(), strict=True))
)
DIGRAPHS = {"ου": "ou", "αυ": "av", "ευ": "ev", "γγ": "ng", "γξ": "nx", "γχ": "nch", "μπ": "b"}
LOOK = str.maketrans(
    dict(zip("авекмнорстухіјѕ", "abekmhopctyxijs", strict=True))
    | dict(zip("αβεζηικμνορτυχ", "abezhikmnoptyx", strict=True))
)


def script_of(sign: str) -> str:
    """LATIN, GREEK, CYRILLIC or another first word of the letter's name; "" for what is no letter."""
    return unicodedata.name(sign, "").partition(" ")[0] if sign.isalpha() else ""


def mixes_scripts(word: str) -> bool:
    """A word that nobody has typed on one keyboard, such as `Аuto` with a Cyrillic А."""
    return len({script for sign in word if (script := script_of(sign))}) > 1


def as_it_sounds(word: str) -> str:
    """`ιωαννου` → `ioannou`; `word` is folded."""
    word = re.sub("([αε])υ(?=[θκξπσςτφχψ])", r"\1φ", word)  # af, ef before a voiceless letter; else av, ev
    for greek, latin in DIGRAPHS.items():
        word = word.replace(greek, latin)
    return word.translate(SOUND)


def as_it_looks(word: str) -> str:
    """`сору` (Cyrillic) → `copy`; `word` is folded."""
    return word.translate(LOOK)
