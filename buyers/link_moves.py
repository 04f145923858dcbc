"""What staff do about links and what comes in by them: invitations, prospects."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from buyers import invitations
from buyers.api.invitation_serializers import ConvertIn, InvitationIn, ProspectLinkIn, RevokeIn
from buyers.invitation_mail import require_more_mails
from buyers.invitation_models import Invitation, Prospect
from buyers.invitations import OPEN_DAYS
from buyers.link_secrets import show_link
from buyers.links import require_open
from buyers.models import Buyer
from buyers.moves import modes_of, require_business, require_mode
from buyers.own_state import own_state_warnings
from buyers.prospects import convert_prospect
from nt24.languages import ENGLISH, language_of_country
from nt24.partners.models import Seller
from nt24.staff.fields import Choices
from nt24.staff.moves import Done, Move, url_of


class InviteBuyer(Move[Buyer]):
    name, label = "invite", "Invite by mail"
    about = "Mails a link to one page, on which the buyer uploads documents without an account."
    permission = "buyers.add_invitation"
    shape = InvitationIn

    def wire(self) -> Mapping[str, Any]:
        language = language_of_country(self.record.address["country"])
        return {"language": language, "expiresInDays": OPEN_DAYS}

    def require_possible(self) -> None:
        require_business(self.record.seller)
        require_more_mails(self.record.seller.organization_id)

    def guarded(self) -> None:
        """A new invitation writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        invitations.invite_buyer(self.record, by=self.by, **data)
        return Done("Invited: the mail is on its way.")


class MakeProspectLink(Move[Seller]):
    name, label = "make-prospect-link", "Make a prospect link"
    about = "A reusable link to a form: the seller publishes it, and prospective buyers fill in the form."
    permission = "buyers.add_invitation"
    shape = ProspectLinkIn
    leave_out = ("kind",)

    def wire(self) -> Mapping[str, Any]:
        return {"language": ENGLISH.code, "expiresInDays": OPEN_DAYS}

    def require_possible(self) -> None:
        require_business(self.record)

    def guarded(self) -> None:
        """A new link writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        invitation = invitations.make_prospect_link(self.record, by=self.by, **data)
        return Done("Link made. Now show it and hand it to the seller.", url=url_of(invitation))


class OnOpenLink(Move[Invitation]):
    permission = "buyers.change_invitation"

    def is_possible(self) -> bool:
        return self.record.status == Invitation.Status.ACTIVE

    def require_possible(self) -> None:
        require_open(self.record)


class ShowLink(OnOpenLink):
    name, label = "show-link", "Show the link"
    about = "Whoever has the link can open the page. The audit trail records that you have seen it."

    def guarded(self) -> None:
        """A look writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        return Done("The link of this invitation", secrets={"Link": show_link(self.record, by=self.by)})


class ResendInvitation(OnOpenLink):
    name, label = "resend", "Resend"
    about = "Mails the same link once more, to the same address. It ends when it would have ended."

    def is_possible(self) -> bool:
        return bool(self.record.recipient_email) and super().is_possible()

    def require_possible(self) -> None:
        super().require_possible()
        require_more_mails(self.record.seller.organization_id, to=self.record.recipient_email)

    def run(self, data: dict[str, Any]) -> Done:
        invitations.resend_invitation(self.record, by=self.by)
        return Done("Resent: the mail is on its way.")


class RevokeInvitation(Move[Invitation]):
    name, label = "revoke", "Revoke"
    about = "Closes the link for good. What was uploaded and not submitted is deleted after a week."
    permission = "buyers.change_invitation"
    shape = RevokeIn
    is_danger = True

    def is_possible(self) -> bool:
        return self.record.status == Invitation.Status.ACTIVE

    def run(self, data: dict[str, Any]) -> Done:
        invitations.revoke_invitation(self.record, reason=data["reason"], by=self.by)
        return Done("Revoked: the link does not open any more.")


class ConvertByHandIn(ConvertIn):
    """The API's shape, and what it decides by the capability of the partner."""

    keeps_contact = serializers.BooleanField(
        required=False, help_text="The person of the form becomes the first contact of a new buyer."
    )


class ConvertProspect(Move[Prospect]):
    name, label = "convert", "Convert into a buyer"
    about = "Makes the company a buyer of this seller, or finds the buyer with its VAT number."
    permission = "buyers.add_buyer"
    shape = ConvertByHandIn

    def is_possible(self) -> bool:
        is_open = self.record.status == Prospect.Status.SUBMITTED
        return is_open and self.record.type == Prospect.Type.COMPANY

    def require_possible(self) -> None:
        require_business(self.record.seller)

    def wire(self) -> Mapping[str, Any]:
        return {"keepsContact": True}

    def choices(self) -> Mapping[str, Choices]:
        return {"kycMode": modes_of(self.record.seller.organization)}

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        require_mode(self.record.seller.organization, data["kyc_mode"])
        buyer, is_new = convert_prospect(
            self.record,
            kyc_mode=data["kyc_mode"],
            keeps_contact=data.get("keeps_contact", False),
            by=self.by,
        )
        sentence = "Converted into a buyer." if is_new else "Converted: the buyer was there already."
        warnings = own_state_warnings(buyer, self.record.seller, field="vatNumber")
        return Done(sentence, url=url_of(buyer), warnings=[one.message for one in warnings])
