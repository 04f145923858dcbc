"""Links for buyers and prospects, and what prospects have filled in, over HTTP (contract 6, 16.6).

Answers that show a link are remembered encrypted for their replay: a copy of the database must open no page.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from buyers import invitations, prospects
from buyers.api.invitation_serializers import (
    ConvertIn,
    InvitationIn,
    InvitationOut,
    InvitationQuery,
    ProspectLinkIn,
    ProspectOut,
    ProspectPersonOut,
    ProspectQuery,
    RevokeIn,
)
from buyers.api.serializers import BuyerOut
from buyers.api.views import OnBuyer
from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer
from buyers.own_state import own_state_warnings
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.errors import ExistsWithOtherBody, StateConflict
from nt24.partners.gates import capability_is_granted
from nt24.records import Record

MAKES = {"answer": InvitationOut, "status": 201, "shows_secret": True, "fails": (StateConflict,)}
RESENDS = {"answer": InvitationOut, "status": 202, "shows_secret": True, "fails": (StateConflict,)}
REVOKES = {"body": RevokeIn, "answer": InvitationOut, "shows_secret": True, "fails": (StateConflict,)}
LISTS = {"query": InvitationQuery, "answer": InvitationOut, "is_list": True}


class OnLink(ContractView):
    """A view on the PROSPECT links of the path's seller, or on one of them."""

    Out = InvitationOut
    invitation: Invitation

    def locate(self, **kwargs: Any) -> None:
        if (uuid := kwargs.get("invitationUuid")) is None:
            return
        found = self.rows().filter(uuid=uuid).first()
        if found is None:
            raise Http404
        self.invitation = found

    def rows(self) -> QuerySet[Invitation]:
        links = Invitation.objects.visible_to(self.seller.pk)
        return links.filter(kind=Invitation.Kind.PROSPECT)

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Invitation,)

    def listing(self) -> Response:
        wanted = {name: self.query[name] for name in ("status",) if name in self.query}
        return self.listed(self.rows().filter(**wanted), InvitationOut)

    def made(self, invitation: Invitation, request: Request) -> Response:
        headers = {"Location": f"{request.path}/{invitation.uuid}"}
        return Response(self.represent(invitation), status=201, headers=headers)

    def resent(self) -> Response:
        invitation = invitations.resend_invitation(self.invitation, by=self.by)
        return Response(self.represent(invitation), status=202)

    def revoked(self) -> Response:
        invitation = invitations.revoke_invitation(self.invitation, by=self.by, **self.body)
        return Response(self.represent(invitation))


class OnInvitation(OnLink):
    """A view on the KYC invitations of one buyer, or on one of them."""

    buyer: Buyer

    def locate(self, **kwargs: Any) -> None:
        OnBuyer.locate(self, **kwargs)  # type: ignore[arg-type]
        super().locate(**kwargs)

    def rows(self) -> QuerySet[Invitation]:
        return Invitation.objects.filter(buyer=self.buyer)


# --- A buyer's invitations -----------------------------------------------------------------------------------------


class InvitationsView(OnInvitation):
    @operation(
        "List the buyer's invitations",
        about="Every link that was sent for this buyer, with its state.",
        **LISTS,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.listing()

    @operation(
        "Invite a buyer",
        about="Mails a link to a page on which the missing papers are uploaded. The link ends after "
        "`expiresInDays`.",
        body=InvitationIn,
        **MAKES,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.made(invitations.invite_buyer(self.buyer, by=self.by, **self.body), request)


class InvitationView(OnInvitation):
    @operation(
        "Read an invitation",
        about="The link with its state, and when it was used last.",
        answer=InvitationOut,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return Response(self.represent(self.invitation))


class ResendInvitationView(OnInvitation):
    @operation("Resend an invitation", about="Mails the same link once more while it is active.", **RESENDS)
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.resent()


class RevokeInvitationView(OnInvitation):
    @operation(
        "Revoke an invitation",
        about="The link stops working at once. This cannot be taken back; make a new one instead.",
        **REVOKES,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.revoked()


# --- Prospect links ------------------------------------------------------------------------------------------------


class LinksView(OnLink):
    @operation("List the prospect links", about="Your reusable public links, with their state.", **LISTS)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.listing()

    @operation(
        "Make a prospect link",
        about="A public link to a form for future buyers. Put it on a website, or name a recipient and it is "
        "mailed.",
        body=ProspectLinkIn,
        **MAKES,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        about = {name: value for name, value in self.body.items() if name != "kind"}
        return self.made(invitations.make_prospect_link(self.seller, by=self.by, **about), request)


class LinkView(OnLink):
    @operation(
        "Read a prospect link",
        about="The link with its state, and how often it was used.",
        answer=InvitationOut,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return Response(self.represent(self.invitation))


class ResendLinkView(OnLink):
    @operation(
        "Resend a prospect link", about="Mails the link once more to the recipient that it has.", **RESENDS
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.resent()


class RevokeLinkView(OnLink):
    @operation(
        "Revoke a prospect link",
        about="The link stops working at once; prospects that came by it stay.",
        **REVOKES,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.revoked()


# --- Prospects -----------------------------------------------------------------------------------------------------


class OnProspect(ContractView):
    """A view below one prospect of the path's seller."""

    prospect: Prospect

    def locate(self, **kwargs: Any) -> None:
        found = prospects_of(self).filter(uuid=kwargs["prospectUuid"]).first()
        if found is None:
            raise Http404
        self.prospect = found


def prospects_of(view: ContractView) -> QuerySet[Prospect]:
    return Prospect.objects.visible_to(view.seller.pk).select_related("seller", "invitation", "buyer")


class ProspectsView(ContractView):
    @operation(
        "List the prospects",
        about="Who has filled the form behind a prospect link.",
        query=ProspectQuery,
        answer=ProspectOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        wanted = {name: self.query[name] for name in ("type", "status") if name in self.query}
        return self.listed(prospects_of(self).filter(**wanted), ProspectOut)


class ProspectView(OnProspect):
    @operation("Read a prospect", answer=ProspectPersonOut, reads_personal_data=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        if not self.caller.allow_contact_personal_data:
            return Response(ProspectOut(self.prospect).data)
        prospects.read_prospect(self.prospect, by=self.by, purpose=self.purpose)
        return Response(ProspectPersonOut(self.prospect).data)


class ConvertProspectView(OnProspect):
    Out = BuyerOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Buyer,)

    def check_body_capabilities(self, body: Any) -> None:
        if body.get("kycMode") == Buyer.KycMode.MARKETPLACE_LED:
            capability_is_granted(self.caller, "allow_marketplace_led_kyc")

    @operation(
        "Convert a prospect into a buyer",
        body=ConvertIn,
        answer=BuyerOut,
        status=201,
        warns=True,
        is_matched=True,
        is_versioned=True,
        capability_of_body="allow_marketplace_led_kyc",
        fails=(ExistsWithOtherBody, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        keeps = self.caller.allow_contact_personal_data
        buyer, is_new = prospects.convert_prospect(
            self.prospect, by=self.by, keeps_contact=keeps, **self.body
        )
        below_seller = request.path.partition("/prospects/")[0]
        warnings = own_state_warnings(buyer, self.seller, field="vatNumber")
        return self.created(buyer, f"{below_seller}/buyers/{buyer.uuid}", is_new=is_new, warnings=warnings)
