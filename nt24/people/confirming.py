"""Which accounts count where two people are asked for: those that one person alone cannot have in hand (ADR 0033).

Whoever makes an account, sets its password, removes its second factors or moves its address can be that account. So it
counts again only after somebody else has made sure that its own person holds it.
"""

from django.contrib.auth.models import User
from django.db import transaction

from nt24.actors import Actor, ActorKind
from nt24.errors import Forbidden, StateConflict
from nt24.events import announce
from nt24.people.models import Handling
from nt24.people.staff import person_of
from nt24.records import action


class NotConfirmedYet(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            "Your account does not count as one of two people yet, because somebody else made or reset it. Ask an "
            "administrator who did neither to confirm it under Users."
        )


class ConfirmsNothing(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            "This takes another administrator: not the person of the account, not who made or reset it, and not "
            "somebody whose own account waits for a confirmation."
        )


class HandledMeanwhile(StateConflict):
    def __init__(self) -> None:
        super().__init__("Something else was done to this account meanwhile; look at it again.")


@action
def note_handling(user: User, what: Handling.What, *, by: Actor) -> None:
    """Somebody could be this account now. What the person does, or the operator on the machine, is none of that."""
    if by.kind == ActorKind.STAFF and by.id != str(user.pk):
        User.objects.select_for_update().get(pk=user.pk)  # a confirmation sees it, or comes first
        Handling.objects.create(user=user, what=what, by_id=by.id, by_label=by.label)


def require_confirmed(by: Actor) -> None:
    """:raises NotConfirmedYet: the account of this member of staff may be somebody else's hand."""
    if Handling.objects.filter(user_id=by.id).exists():
        raise NotConfirmedYet


def may_confirm(user: User, *, by: Actor) -> bool:
    """Whether this person's word about the account is that of somebody else than who had it in hand."""
    return (
        by.id != str(user.pk)
        and not Handling.objects.filter(user=user, by_id=by.id).exists()
        and not Handling.objects.filter(user_id=by.id).exists()
    )


@transaction.atomic  # of its own: the page that asks goes on after a refusal
def confirm_account(user: User, *, seen: int, by: Actor) -> None:
    """Say that the person of this account holds it alone; `seen` is the newest handling that was looked at.

    :raises ConfirmsNothing: by somebody whose word does not count for it.
    :raises HandledMeanwhile: there is a newer handling.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if not may_confirm(user, by=by):
        raise ConfirmsNothing
    handlings = Handling.objects.filter(user=user).order_by("pk")
    if handlings.filter(pk__gt=seen).exists():
        raise HandledMeanwhile
    if told := [str(handling) for handling in handlings]:
        handlings.delete()
        announce(person_of(user), "user.confirmed", by=by, changes={"handled": [told, []]})
