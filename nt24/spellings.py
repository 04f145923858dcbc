"""Finding rows by a text as people type it: `strasse` finds `Straße`, `ŁÓDŹ` finds `Łódź`, on both databases.

Neither knows that by itself: SQLite's LIKE takes only `A` and `a` for one letter, and what PostgreSQL's UPPER does
depends on the language of its machine. Here both go by one table, sign by sign. No index helps, so this is for some
thousands of rows and not for more.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any, ClassVar

from django.db.backends.signals import connection_created
from django.db.models import CharField, Lookup, TextField

from nt24.folding import folded

# Latin with all its marks, Greek, Cyrillic, and the marks themselves; a sign of another alphabet is itself only.
ALPHABETS = chain(range(0x41, 0x5B), range(0xAA, 0x250), range(0x300, 0x530), range(0x1E00, 0x1F00))
FOLDED = {code: folded(folded(chr(code))) for code in ALPHABETS}  # twice: some become a capital first
SIGNS = {code: text for code, text in FOLDED.items() if text != chr(code)}
FUNCTION = "nt24_spelled"


def spelled(text: str | None) -> str | None:
    """Without case and marks."""
    return None if text is None else text.translate(SIGNS)


def _one_for_one() -> tuple[str, str]:
    """The arguments of PostgreSQL's `translate`: what has no partner at the end is left out."""
    kept = {sign: one for sign, one in SIGNS.items() if len(one) == 1}
    gone = [sign for sign, one in SIGNS.items() if not one]
    return "".join(map(chr, [*kept, *gone])), "".join(kept.values())


FROM, TO = _one_for_one()
LONGER = [(chr(sign), several) for sign, several in SIGNS.items() if len(several) > 1]


class InAnySpelling(Lookup):
    """Where in the column the text begins, counted from 1, compared as `WHERE` says."""

    WHERE: ClassVar[str]

    def get_prep_lookup(self) -> Any:
        return spelled(str(self.rhs))

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        text, wanted = self.process_rhs(compiler, connection)
        return f"instr({FUNCTION}({column}), {text}) {self.WHERE}", [*params, *wanted]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        text, wanted = self.process_rhs(compiler, connection)
        others = f"translate({column}, %s, %s)"
        for _ in LONGER:
            others = f"replace({others}, %s, %s)"
        # Most names have no such sign at all, and a table of a thousand is not worth asking for them.
        sql = (
            f"strpos(CASE WHEN octet_length({column}) = char_length({column}) "
            f'THEN lower({column} COLLATE "C") ELSE {others} END, {text}) {self.WHERE}'
        )
        signs: Iterable[Any] = [*params, FROM, TO, *chain.from_iterable(LONGER)]
        return sql, [*params, *params, *params, *signs, *wanted]


class Contains(InAnySpelling):
    lookup_name = "contains_spelled"
    WHERE = "> 0"


class Begins(InAnySpelling):
    lookup_name = "begins_spelled"
    WHERE = "= 1"


def _teach(connection: Any, **signal: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, spelled, deterministic=True)


def register() -> None:
    for field in (CharField, TextField):
        field.register_lookup(Contains)
        field.register_lookup(Begins)
    connection_created.connect(_teach, dispatch_uid=FUNCTION)
