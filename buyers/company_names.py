"""Whether two names are one company for a person who reads them (contract 17.15). Standard library only.

Three answers, because a program cannot always be sure: the same, similar, different. What is similar is shown to
somebody; only what is different blocks.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from buyers.legal_forms import taken_apart, without_forms_inside
from nt24.folding import folded
from nt24.scripts_of_letters import as_it_looks, as_it_sounds, mixes_scripts

# How letters are written where a keyboard has none, in German, the North and Croatia; `folded` drops the marks instead.
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "đ": "dj"})
AND = frozenset(
    {"und", "u", "and", "et", "y", "e", "i", "en", "og", "och", "ja", "es", "si", "a", "un", "ir", "kai"}
)
BEFORE_THE_NAME = frozenset({"fa", "firma"})
OWNED_BY = frozenset({"inh", "inhaber", "inhaberin", "owner", "propr", "titolare", "wlasciciel"})
SHORTEST_CUT = 20  # signs: banks cut at 27, 35 or 70; a shorter beginning is another name
SHORTEST_STUB = 3
SHORTEST_TO_RESEMBLE = 14  # letters; in a short name one other letter makes another name
RESEMBLES = 0.92
SAME_SOUND = (("kh", "h"), ("ph", "f"), ("ck", "k"), ("w", "v"), ("j", "i"), ("y", "i"), ("ou", "u"))


class Likeness(StrEnum):
    SAME = "SAME"
    SIMILAR = "SIMILAR"
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True, slots=True)
class Parts:
    """A name taken apart: the words that tell it from others, its legal forms, and the owner it names."""

    core: tuple[str, ...]
    forms: frozenset[str]
    owner: tuple[str, ...]

    @property
    def compact(self) -> str:
        return "".join(self.core)

    @property
    def digits(self) -> str:
        return "".join(sorted(sign for sign in self.compact if sign.isdigit()))


def likeness(one: str, other: str) -> Likeness:
    """How alike two names of companies are.

    The same: case, accents, umlauts written out, ß and ss, punctuation, double blanks, order of words, "&" and "and",
    a legal form in another spelling or left out, and Greek or Cyrillic in Latin letters. Similar: legal forms that
    differ, a name cut short or abbreviated, one that sounds the same or differs by a letter, and one that only looks
    the same because of letters of another alphabet.
    """
    if is_same_text(one, other):
        return Likeness.SAME
    if not (words_in(one) and words_in(other)):
        return Likeness.DIFFERENT
    if any(mixes_scripts(word) for word in words_in(one) + words_in(other)):
        return Likeness.SIMILAR if looks_the_same(one, other) else Likeness.DIFFERENT
    for first in readings(one):
        for second in readings(other):
            if is_same_name(first, second):
                return Likeness.SIMILAR if contradict(first, second) else Likeness.SAME
    return Likeness.SIMILAR if is_similar(one, other) else Likeness.DIFFERENT


def is_same_text(one: str, other: str) -> bool:
    return unicodedata.normalize("NFKC", one).casefold().split() == (
        unicodedata.normalize("NFKC", other).casefold().split()
    )


def words_in(name: str) -> list[str]:
    """Words and the signs for "and", without case and accents, in their own alphabet."""
    return re.findall(r"[^\W_]+|[&+]", folded(name))


def readings(name: str) -> Iterator[Parts]:
    """The two ways of writing what a name means: umlauts without dots, and written out."""
    return map(parts_of, readings_of_text(name))


def readings_of_text(text: str) -> list[str]:
    """The text, and where it has such letters the text with them written out: `Müller`, `mueller`."""
    small = unicodedata.normalize("NFC", text).casefold()
    written_out = small.translate(WRITTEN_OUT)
    return [text] if written_out == small else [text, written_out]


def parts_of(name: str, spelled: Callable[[str], str] = as_it_sounds) -> Parts:
    words = [spelled(word) for word in words_in(name)]
    if words[0] in BEFORE_THE_NAME and len(words) > 1:
        words = words[1:]
    place = next((place for place, word in enumerate(words) if place and word in OWNED_BY), len(words))
    core, forms = taken_apart(words[:place])
    return Parts(tuple(without_and(core)), forms, tuple(sorted(words[place + 1 :])))


def without_and(words: Sequence[str]) -> list[str]:
    """Without "and" in any language; a single letter is only one between two words: `A & B` keeps its A."""
    last = len(words) - 1

    def joins(place: int) -> bool:
        if words[place] in "&+":
            return True
        if words[place] not in AND or place in (0, last):
            return False
        return len(words[place]) > 1 or min(len(words[place - 1]), len(words[place + 1])) > 1

    return [word for place, word in enumerate(words) if not joins(place)]


def is_same_name(one: Parts, other: Parts) -> bool:
    return bool(one.core) and (sorted(one.core) == sorted(other.core) or one.compact == other.compact)


def contradict(one: Parts, other: Parts) -> bool:
    """Both name a legal form, or an owner, and not the same: that may be two companies."""
    forms = bool(one.forms) and bool(other.forms) and one.forms != other.forms
    return forms or (bool(one.owner) and bool(other.owner) and one.owner != other.owner)


def looks_the_same(one: str, other: str) -> bool:
    return is_same_name(parts_of(one, as_it_looks), parts_of(other, as_it_looks))


def is_similar(one: str, other: str) -> bool:
    first, second = parts_of(one), parts_of(other)
    if looks_the_same(one, other):
        return True
    if first.digits != second.digits:
        return False
    if sorted(without_forms_inside(first.core)) == sorted(without_forms_inside(second.core)):
        return True
    if is_cut(one, other) or is_cut(other, one) or is_abbreviated(first, second):
        return True
    sounds = simplified(first), simplified(second)
    if sounds[0] == sounds[1]:
        return True
    is_long = min(len(first.compact), len(second.compact)) >= SHORTEST_TO_RESEMBLE
    return is_long and SequenceMatcher(None, first.compact, second.compact).ratio() >= RESEMBLES


def is_cut(short: str, long: str) -> bool:
    """Whether `short` may be what a form with too few places has left of `long`."""
    beginning, whole = "".join(words_in(short)), "".join(words_in(long))
    return len(short.strip()) >= SHORTEST_CUT and whole.startswith(beginning)


def is_abbreviated(one: Parts, other: Parts) -> bool:
    """Word by word the same, or one the beginning of a much longer one: `Handelsges.` is `Handelsgesellschaft`."""
    if len(one.core) != len(other.core):
        return False
    pairs = [sorted(pair, key=len) for pair in zip(one.core, other.core, strict=True)]
    return any(short == long for short, long in pairs) and all(
        short == long
        or (len(short) >= SHORTEST_STUB and long.startswith(short) and len(long) >= len(short) + 3)
        for short, long in pairs
    )


def simplified(parts: Parts) -> list[str]:
    """As it sounds to somebody who writes it down from hearing: Mueller, Muller; Ivanov, Iwanow."""
    return sorted(simple(word) for word in parts.core)


def simple(word: str) -> str:
    for written, sound in (("ae", "a"), ("oe", "o"), ("ue", "u"), *SAME_SOUND):
        word = word.replace(written, sound)
    return re.sub(r"(.)\1", r"\1", word)
