"""The way from a buyer's page to iDenfy and back (Mode B)."""

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from buyers.idenfy import Opened
from buyers.idenfy.live import LINK_VALID_FOR
from buyers.invitation_models import Invitation
from buyers.links import LinkUnknown, actor_of, require_open, token_of
from buyers.models import Buyer
from buyers.pages.door import guarded, page_of
from buyers.verification import GRACE, link_of, start_verification
from nt24.records import action

SALT = "nt24.buyers.identity"
# A session may be begun until its link ends, and then takes an hour at most.
KNOWN_FOR = LINK_VALID_FOR + GRACE
CAME_BACK = "back"  # in the address: somebody has just come from iDenfy


def way_back(invitation: Invitation) -> str:
    """The address that iDenfy gets: it opens the page only as long as a session may last, and is not the link."""
    ticket = TimestampSigner(salt=SALT, sep=".").sign(invitation.uuid.hex)
    return f"{settings.PUBLIC_URL}{reverse('buyer-back', args=[ticket])}"


@guarded
@require_safe
def back(request: HttpRequest, ticket: str) -> HttpResponse:
    """From iDenfy to the page, which says what is known by now: the browser may be faster than the result."""
    try:
        uuid = TimestampSigner(salt=SALT, sep=".").unsign(ticket, max_age=KNOWN_FOR)
    except BadSignature as error:
        raise LinkUnknown from error
    invitation = Invitation.objects.get(uuid=uuid)
    return page_of(token_of(invitation), "verification", **{CAME_BACK: "1"})


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
