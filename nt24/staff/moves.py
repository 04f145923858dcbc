"""A move: one thing that staff may do to a record now. A button, a small form, one action of the house.

A feature's `moves.py` names its moves; `carrying_out.py` shows and carries them out, the same way for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from rest_framework import serializers

from nt24.actors import Actor
from nt24.errors import DomainError
from nt24.people.staff import actor_of
from nt24.records import Record
from nt24.staff.fields import Choices, TicksField
from nt24.staff.forms import Group, ShapeForm

R = TypeVar("R", bound=models.Model)
DESPITE = "despite"  # the field of the tick for going on although something is open
WHY = "why"  # the field of the reason that a page asks for and the wire has no member for
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Done:
    """What to say afterwards. `secrets` (name → value) are shown on the answer itself and never again."""

    message: str
    url: str = ""  # where to go on; by default the record's page
    secrets: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()  # it was done, and something will be wrong later unless it changes


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A document beside the form that is about it: its page and, where it may be shown at once, a picture of its first
    page. `asks` is the question for the purpose of a look that takes one, which leads back to the form.
    """

    title: str
    url: str
    picture: str = ""
    asks: str = ""


class Move(Generic[R]):
    """Subclasses name what it is and carry out one action in `run`.

    `record` is the row of the page; while `run` works it is locked and fresh. `item` is the uuid of a part of it, for
    moves that stand beside a row of a table (a document, a contact).
    """

    name: ClassVar[str]  # of the address, with hyphens
    label: ClassVar[str]  # on the button: a verb
    about: ClassVar[str] = ""  # what happens then, in a sentence or two
    permission: ClassVar[str]
    shape: ClassVar[type[serializers.Serializer] | None] = None
    leave_out: ClassVar[Sequence[str]] = ()  # members of the shape that are not on the form
    needs: ClassVar[
        Mapping[str, str]
    ] = {}  # members that are optional on the wire and asked here, with what to say
    is_edit: ClassVar[bool] = False  # the form starts with what is there, and only changes are sent
    files: ClassVar[int] = 1  # how many its form takes at most
    is_danger: ClassVar[bool] = False  # cannot simply be undone
    place: ClassVar[str] = ""  # the part of the page whose button it is; by default the page's own
    of_item: ClassVar[bool] = False  # stands beside a part of the record, not above it

    def __init__(self, record: R, request: HttpRequest, item: Any = None) -> None:
        self.record, self.request, self.item = record, request, item
        self.reason = ""

    @property
    def by(self) -> Actor:
        return actor_of(self.request.user)

    @property
    def seller(self) -> Any:
        """Whose day it is for what is entered here."""
        return getattr(self.record, "seller", None)

    # --- What a subclass says ------------------------------------------------------------------------------------

    def is_possible(self) -> bool:
        """Whether it makes sense in the present state; the action decides again."""
        return True

    def require_possible(self) -> None:
        """The checks of the action that do not depend on what is entered: by these it is refused and not offered.

        Where it makes sense (`is_possible`) and is refused, the page says why in place of the button.

        :raises DomainError: why the action would refuse this now.
        """

    def refusal(self) -> DomainError | None:
        try:
            self.require_possible()
        except DomainError as error:
            return error
        return None

    def wire(self) -> Mapping[str, Any]:
        """What the form starts with, as the wire has it."""
        return {}

    def given(self) -> Mapping[str, Any]:
        """Members that the page decides."""
        return {}

    def choices(self) -> Mapping[str, Choices]:
        """Values for members that the serializer cannot know."""
        return {}

    def left_out(self) -> Sequence[str]:
        """Members of the shape that are not on the form in this state."""
        return self.leave_out

    def asks_reason(self) -> bool:
        """Whether the form asks why, beside what the shape has."""
        return False

    def single_rows(self) -> Sequence[str]:
        """Lists of the shape that take one row now: the form offers no other."""
        return ()

    def facts(self) -> Sequence[tuple[str, str]]:
        """What the entries are compared with, by name; shown beside the form."""
        return ()

    def papers(self) -> Sequence[PaperShown]:
        """The documents that say it."""
        return ()

    def open_points(self) -> Mapping[str, str]:
        """What should be settled first, as code and sentence; going on takes a tick and a reason."""
        return {}

    def guarded(self) -> Record | None:
        """The record whose version the form carries, so that nobody writes over what he has not seen."""
        return self.record if isinstance(self.record, Record) else None

    def prepare(self, form: ShapeForm) -> None:
        """Slow work outside of the transaction, for a form that is valid; adds to `form.validated` what `run` takes.

        :raises DomainError: why it cannot be done.
        """

    def undone(self, error: Exception) -> None:
        """The database took nothing of `run`: give back what `prepare` has stored."""

    def run(self, data: dict[str, Any]) -> Done:
        """Carry it out; `data` is the serializer's validated data, `self.expected` the version that was seen."""
        raise NotImplementedError

    # --- For the page --------------------------------------------------------------------------------------------

    expected: int | None = None

    def form(self, data: Any = None, files: Any = None) -> ShapeForm:
        form = ShapeForm(
            self.shape,
            data,
            files,
            wire=self.wire(),
            choices=self.choices(),
            leave_out=self.left_out(),
            given=self.given(),
            needs=self.needs,
            context=self,
            is_edit=self.is_edit,
            single_rows=self.single_rows(),
            by=self.by.id,
            page=self.request.path,
        )
        points = self.open_points()
        if points:
            ask_despite(form, points)
        if points or self.asks_reason():
            ask_why(form)
        return form


def ask_despite(form: ShapeForm, points: Mapping[str, str]) -> None:
    """One tick for exactly what is open now: a point that has come up since is not covered by it."""
    form.fields[DESPITE] = TicksField(
        label="Open points",
        choices=[(".".join(sorted(points)), "I have read the open points and want to continue.")],
        help_text="Your reason below is recorded with it.",
        error_messages={"required": "Tick this to go on.", "invalid_choice": "The open points have changed."},
    )
    form.fields[DESPITE].is_needed = True  # type: ignore[attr-defined]
    form.groups.append(Group("", "", [DESPITE]))


def ask_why(form: ShapeForm) -> None:
    form.fields[WHY] = forms.CharField(
        label="Why",
        max_length=MAX_REASON,
        help_text="Recorded in the audit trail; partners can read it.",
        widget=forms.Textarea(attrs={"rows": 3, "aria-required": "true"}),
        error_messages={"required": "Say why."},
    )
    form.fields[WHY].is_needed = True  # type: ignore[attr-defined]
    form.groups.append(Group("", "", [WHY]))


def url_of(record: models.Model) -> str:
    """The staff's page of a record."""
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
