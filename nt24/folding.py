"""Texts without what people leave out when they type: case and accents. Standard library only."""

import re
import unicodedata

# Letters that Unicode does not take apart into a base letter and an accent.
STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(STROKES)


def words_of(text: str) -> list[str]:
    """The runs of letters and digits, folded, each once and in their order."""
    return list(dict.fromkeys(re.findall(r"[^\W_]+", folded(text))))
