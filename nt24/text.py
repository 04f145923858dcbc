"""Text as it is compared and stored: one spelling for what looks alike (contract 17.9). Standard library only."""

import re
import unicodedata

# Left behind by copying from web pages and PDFs; they show nothing and separate nothing: soft hyphen, zero width space,
# word joiner, byte order mark.
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
# Marks of writing direction and joiners mean something inside a word, and nothing before or after the text.
EDGES = "\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# No key of a keyboard makes these; line breaks and tabs are text.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def tidy(text: str) -> str:
    """NFC, without surrounding blanks of any kind and without what cannot be seen."""
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    while text != (shorter := text.strip().strip(EDGES)):
        text = shorter
    return text


def has_control_characters(text: str) -> bool:
    return CONTROL.search(text) is not None
