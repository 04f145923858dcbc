"""The links that are mailed or handed out: `/b/<token>/`, made from an invitation's uuid and the secret key.

Nothing secret is stored, so a copy of the database opens no page; the row alone decides whether a link still opens.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils import timezone

from buyers.invitation_models import Invitation
from buyers.models import Buyer
from nt24.actors import Actor, ActorKind
from nt24.errors import NotFound, StateConflict
from nt24.events import announce
from nt24.pages.throttle import Allowance, seconds_to_wait

SALT = "nt24.buyers.links"
NOBODY = UUID(int=0)  # no row has it: a token that we have not signed is looked up like any other
WRONG_LINKS = Allowance(
    "links", calls=10, seconds=60
)  # contract 17.33; the signature has 256 bits, so it only saves work


class LinkUnknown(NotFound):
    """Altered, cut off, or never ours: the page says 404."""

    def __init__(self) -> None:
        super().__init__("Nothing is found under this link.")


class LinkEnded(StateConflict):
    """It was a good link once: the page says 410, over the API it is a 409."""

    SENTENCE = "This invitation is no longer open."

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(self.SENTENCE, current=invitation)
        self.invitation = invitation


class LinkUsed(LinkEnded):
    SENTENCE = "This invitation has been used."


class LinkRevoked(LinkEnded):
    SENTENCE = "This invitation has been revoked."


class LinkExpired(LinkEnded):
    SENTENCE = "This invitation has expired."


def token_of(invitation: Invitation) -> str:
    """The part of the link that opens it: the uuid and its signature (HMAC-SHA256)."""
    return signer().sign(invitation.uuid.hex)


def public_link(invitation: Invitation) -> str:
    """The whole link, always under our own address whatever host a request names."""
    return f"{settings.PUBLIC_URL}/b/{token_of(invitation)}/"


def opened(token: str) -> Invitation:
    """The invitation behind a token, with its seller and buyer; a look that changes nothing.

    :raises LinkUnknown: we have not signed this token.
    :raises LinkEnded: `LinkUsed`, `LinkRevoked` or `LinkExpired`.
    """
    rows = Invitation.objects.select_related("seller__organization", "buyer")
    invitation = rows.filter(uuid=uuid_in(token)).first()
    if invitation is None:
        raise LinkUnknown
    require_open(invitation)
    return invitation


def require_open(invitation: Invitation) -> None:
    """Whether it may be used now; past `expires_at` it may not, also before the task has moved it.

    :raises LinkEnded: why not. The link of a seller who may no longer use NT24 counts as revoked.
    """
    seller = invitation.seller
    if invitation.status == Invitation.Status.USED:
        raise LinkUsed(invitation)
    if (
        invitation.status == Invitation.Status.REVOKED
        or seller.disabled_at
        or seller.organization.disabled_at
    ):
        raise LinkRevoked(invitation)
    if invitation.status == Invitation.Status.EXPIRED or invitation.expires_at <= timezone.now():
        raise LinkExpired(invitation)


def seconds_to_next_guess(request: HttpRequest) -> int:
    """Call it for each `LinkUnknown`: 0, or how long this visitor has to wait (429). Good links are not counted."""
    return seconds_to_wait(request, WRONG_LINKS)


def actor_of(invitation: Invitation) -> Actor:
    """Whoever holds the link. Who that is stays out of the trail."""
    return Actor(ActorKind.BUYER_LINK, str(invitation.uuid), "Invitation link")


def held(invitation: Invitation) -> Invitation:
    """The row as it is now, locked; the buyer's row before it, as in every write about a buyer."""
    if invitation.buyer_id is not None:
        Buyer.objects.for_change().get(pk=invitation.buyer_id)
    rows = Invitation.objects.for_change().select_related("seller__organization", "buyer__seller")
    return rows.get(pk=invitation.pk)


def require_kyc(invitation: Invitation) -> Buyer:
    """:raises StateConflict: it is a PROSPECT link, behind which nobody uploads papers."""
    if invitation.buyer is None:
        raise StateConflict("A prospect link takes a form and no papers.", current=invitation)
    return invitation.buyer


def tell_of(
    invitation: Invitation, what: str, *, by: Actor, changes: Mapping[str, Any] | None = None
) -> None:
    announce(invitation, what, by=by, seller=invitation.seller, changes=changes)


def uuid_in(token: str) -> UUID:
    try:
        return UUID(hex=signer().unsign(token))
    except (BadSignature, ValueError):
        return NOBODY


def signer() -> Signer:
    return Signer(salt=SALT, sep=".")
