"""Many new rows by one prepared statement: what a worker does for every delivery must cost next to nothing.

`bulk_create` makes a model of each row and one statement as long as all of them; that cost more than sending.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert `rows`, whose values stand in the order of the field `names`; every column without a default is named."""
    known = {field.name: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    prepare = [field.get_db_prep_save for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})",  # noqa: S608  names of our own
            [
                [as_column(value, connection) for as_column, value in zip(prepare, row, strict=True)]
                for row in rows
            ],
        )
