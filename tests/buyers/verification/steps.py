"""What the verification's tests do and look at again and again."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from buyers.models import Buyer
from nt24.actors import Actor, ActorKind
from tests.deal import taken

COMPLETED = "kyc.verification_completed"
ANNA = Actor(ActorKind.STAFF, "7", "anna")
BERND = Actor(ActorKind.STAFF, "8", "bernd")


def on_buyer(act: Callable[..., Any], **about: Any) -> Any:
    """As staff pages do: lock the buyer, then act."""
    with transaction.atomic():
        return act(Buyer.objects.for_change().select_related("seller").get(), **about)


def verify(partner: Any, path: str) -> dict[str, str]:
    """Ask for a session."""
    return dict(taken(partner.post(f"{path}/verify"), 200))


def shown(partner: Any, path: str) -> tuple[str, str]:
    """The two statuses of Mode B."""
    status = taken(partner.get(path), 200)
    return status["verificationStatus"], status["amlStatus"]
