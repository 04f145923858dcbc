"""The only writer of `status`: a move that somebody makes, or a status that follows from facts."""

from collections.abc import Mapping
from typing import Any

from nt24.actors import Actor
from nt24.errors import StateConflict
from nt24.events import announce


class MoveNotAllowed(StateConflict):
    def __init__(self, record: Any, to: str) -> None:
        name = record._meta.verbose_name
        super().__init__(f"This {name} is {record.status} and cannot become {to}.", current=record)


def move(
    record: Any, to: str, *, by: Actor, also: tuple[str, ...] = (), reason: str = "", **about: Any
) -> None:
    """Move to another status and say so in the trail; `also` names facts that the action has just set with it.

    :raises MoveNotAllowed: `MOVES` of the model has no such step.
    """
    if to not in record.MOVES[record.status]:
        raise MoveNotAllowed(record, to)
    was, record.status = record.status, to
    record.save_changes("status", *also)
    announce(
        record,
        f"{record.EVENT_PREFIX}.{to.lower()}",
        by=by,
        changes={"status": [was, to]},
        reason=reason,
        **about,
    )


def move_quietly(record: Any, to: str) -> None:
    """Set the status of a row without a version; the caller saves it and tells of it.

    :raises MoveNotAllowed: `MOVES` of the model has no such step.
    """
    if to not in record.MOVES[record.status]:
        raise MoveNotAllowed(record, to)
    record.status = to


def follow(record: Any, values: Mapping[str, Any], *, is_written: bool) -> bool:
    """Set what follows from facts (a derived status and its neighbours); true when anything changed.

    The version moves, because a version covers everything the resource shows (contract 16.3), unless the caller has
    already moved it in this transaction (`is_written`): one change is one step.
    """
    changed = [name for name, value in values.items() if getattr(record, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(record, name, values[name])
    if is_written:
        type(record)._base_manager.filter(pk=record.pk).update(**{name: values[name] for name in changed})
    else:
        record.save_changes(*changed)
    return True
