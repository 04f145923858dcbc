"""The shape every versioned row shares, and its two guarded ways into the database."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from nt24.errors import ExistsWithOtherBody, VersionMismatch

# What makes a function an action (style 5): one transaction, or a part of the one it is called in. Without a
# savepoint of its own: a refusal undoes the whole call. Whoever wants to go on after one wraps it in `atomic()`.
action = transaction.atomic(savepoint=False)


class Record(models.Model):
    """A row with a public uuid and a version that moves by one with every change (contract 4.4)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    EVENT_PREFIX: ClassVar[str] = ""
    # What the record and everything shown with it is made of, for comparing a second POST with the first.
    CONTENT: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def content(self) -> dict[str, Any]:
        """The members a partner sent, as they stand now."""
        return {name: getattr(self, name) for name in self.CONTENT}

    def save_changes(self, *names: str) -> None:
        """Write the named fields and move the version, unless somebody else moved it first.

        :raises VersionMismatch: the row has another version than this object.
        """
        self.updated_at = timezone.now()
        values = {name: getattr(self, name) for name in (*names, "updated_at")}
        rows = type(self)._base_manager.filter(pk=self.pk, version=self.version)
        if not rows.update(version=F("version") + 1, **values):
            raise VersionMismatch("Somebody else changed it first; read it again.", current=self)
        self.version += 1

    def expect_version(self, expected: int | None) -> Self:
        """Refuse early when the caller's version is stale; `None` means that the caller did not state one.

        :raises VersionMismatch: the guarded write would fail anyway; this only saves the work.
        """
        if expected is not None and expected != self.version:
            raise VersionMismatch(f"You sent version {expected}, it is now {self.version}.", current=self)
        return self


R = TypeVar("R", bound=Record)


def assigned(record: Record, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs, and say what did: old and new by field. Nothing: then nothing is written (contract 17.24)."""
    changes = {
        name: [getattr(record, name), value]
        for name, value in wanted.items()
        if getattr(record, name) != value
    }
    for name, (_, value) in changes.items():
        setattr(record, name, value)
    return changes


def create_or_match(
    model: type[R], natural_key: dict[str, Any], content: dict[str, Any], **unsent: Any
) -> tuple[R, bool]:
    """Create the record, or return the one that has this natural key (contract 4.3, second layer).

    `content` is what the caller sent: it is compared with the present content; `unsent` are defaults for members
    that were left out, which are not compared (contract 16.4).

    :raises ExistsWithOtherBody: the record exists with other content.
    """
    record, is_new = model._default_manager.get_or_create(**natural_key, defaults={**content, **unsent})
    if not is_new and any(record.content()[name] != value for name, value in content.items()):
        raise ExistsWithOtherBody("It exists with other content; change it with PATCH.", current=record)
    return record, is_new
