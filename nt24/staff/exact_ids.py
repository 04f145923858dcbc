"""Whole ids in the search box of a list: looked up by their index, and never as a part of a text."""

from uuid import UUID


def uuid_in(words: str, *, prefix: str = "") -> UUID | None:
    """The id that was written, with hyphens or without, and with the prefix that partners know it by."""
    try:
        return UUID(words.strip().removeprefix(prefix))
    except ValueError:
        return None
