"""The way from a buyer's page to iDenfy and back (Mode B)."""

from buyers.idenfy import Opened
from buyers.invitation_models import Invitation
from buyers.links import actor_of, require_open
from buyers.models import Buyer
from buyers.verification import link_of, start_verification
from nt24.records import action


@action
def begin_identity_check(invitation: Invitation, *, opened: Opened | None) -> str:
    """The address of the buyer's open session at iDenfy, or of a fresh one made of `opened`.

    :raises LinkEnded: the link does not open any more.
    :raises NoVerificationInModeA, AlreadyVerified, WaitsForStaff: there is nothing to do for him.
    :raises IdenfyUnavailable: a session is needed and iDenfy has opened none.
    """
    assert invitation.buyer is not None
    buyer = Buyer.objects.for_change().select_related("seller").get(pk=invitation.buyer.pk)
    require_open(Invitation.objects.select_related("seller__organization").get(pk=invitation.pk))
    return link_of(start_verification(buyer, opened=opened, by=actor_of(invitation)))
