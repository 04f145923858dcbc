"""What about an invitation is shown to staff only on request, with an entry of each look: its link, its recipient."""

from buyers.invitation_models import Invitation
from buyers.links import public_link
from nt24.actors import Actor
from nt24.audit.access import note_access
from nt24.events import announce
from nt24.records import action


@action
def show_link(invitation: Invitation, *, by: Actor) -> str:
    """The link itself: whoever has it acts as the buyer."""
    announce(invitation, "invitation.link_shown", by=by, seller=invitation.seller)
    return public_link(invitation)


@action
def read_recipient(invitation: Invitation, *, by: Actor, purpose: str = "") -> None:
    """Write the access log entry of a read of whom the link was mailed to."""
    note_access(invitation, "invitation.recipient_read", by=by, seller=invitation.seller, purpose=purpose)


def masked_email(address: str) -> str:
    """`anna@kowalski.example` → `a•••@kowalski.example`."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}" if address else ""
