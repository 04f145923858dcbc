"""What staff do about a seller's look: choose it, change it, take it away."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from rest_framework import serializers

from buyers.branding import OUR_ACCENT, SENDER_CHARACTERS, brand_seller, clear_branding, logo_from
from buyers.invitation_models import SellerBranding
from nt24.api.json import Email, Shape, Text
from nt24.documents.uploads import ReceivedFile
from nt24.errors import StateConflict
from nt24.partners.models import Seller
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move, R, url_of


class BrandingIn(Shape):
    """What a seller chooses; `logo` is drawn anew by us before it comes here."""

    display_name = Text(max_length=SENDER_CHARACTERS, help_text="As buyers know the seller.")
    accent = Text(
        max_length=7,
        help_text="One colour, #rrggbb. White text has to be readable on it: a contrast of at least 4.5.",
    )
    reply_to = Email(help_text="Where answers of buyers go.")
    contact_name = Text(
        required=False, allow_blank=True, max_length=100, help_text="Whom buyers can ask; shown to them."
    )
    contact_phone = Text(
        required=False, allow_blank=True, max_length=40, help_text="Of that person, with the country code."
    )
    contact_email = Email(
        required=False,
        allow_blank=True,
        help_text="Of that person; without one, buyers see the address above.",
    )
    arrival_mails_stopped = serializers.BooleanField(
        required=False, help_text="No mail to the seller when a buyer has sent documents."
    )
    logo = serializers.FileField(
        required=False, help_text="PNG or JPEG; shown at most 240 by 80 pixels large."
    )


class BrandingChangeIn(BrandingIn):
    removes_logo = serializers.BooleanField(
        required=False, help_text="The first letter of the name is shown instead."
    )


class OnBranding(Move[R]):
    shape: ClassVar[type[Shape]] = BrandingIn

    def prepare(self, form: ShapeForm) -> None:
        """Draw the logo anew, in the confined process.

        :raises DomainError: why the file is refused.
        """
        if isinstance(file := form.files.get("logo"), ReceivedFile):
            form.validated["logo"] = logo_from(file)


class ChooseBranding(OnBranding[Seller]):
    name, label = "choose-branding", "Set branding"
    about = "Name, logo and colour appear on the buyers' page and in e-mails."
    permission = "buyers.add_sellerbranding"

    def wire(self) -> Mapping[str, Any]:
        seller = self.record
        return {
            "displayName": seller.name[:SENDER_CHARACTERS],
            "accent": OUR_ACCENT,
            "replyTo": seller.admin_email,
        }

    def guarded(self) -> None:
        """There is nothing yet."""

    def run(self, data: dict[str, Any]) -> Done:
        if SellerBranding.objects.filter(seller=self.record).exists():
            raise StateConflict("This seller already has branding; change it instead.")
        logo = data.pop("logo", None)
        branding = brand_seller(self.record, logo_png=logo, by=self.by, **data)
        return Done("Branding set.", url=url_of(branding))


class ChangeBranding(OnBranding[SellerBranding]):
    name, label = "change", "Change branding"
    about = "Pages change at once, e-mails from the next one on."
    permission = "buyers.change_sellerbranding"
    shape = BrandingChangeIn

    def wire(self) -> Mapping[str, Any]:
        record = self.record
        return {
            "displayName": record.display_name,
            "accent": record.accent,
            "replyTo": record.reply_to,
            "contactName": record.contact_name,
            "contactPhone": record.contact_phone,
            "contactEmail": record.contact_email,
            "arrivalMailsStopped": record.arrival_mails_stopped,
        }

    def run(self, data: dict[str, Any]) -> Done:
        kept = (
            None
            if data.pop("removes_logo", False) or not self.record.logo_png
            else bytes(self.record.logo_png)
        )
        logo = data.pop("logo", kept)
        brand_seller(self.record.seller, logo_png=logo, by=self.by, **data)
        return Done("Branding changed.")


class ClearBranding(Move[SellerBranding]):
    name, label = "clear", "Remove branding"
    about = "Pages and e-mails use the seller's own name and our colours again. The logo is deleted."
    permission = "buyers.change_sellerbranding"
    is_danger = True

    def run(self, data: dict[str, Any]) -> Done:
        clear_branding(self.record, by=self.by)
        return Done(
            "Branding removed.",
            url=reverse("admin:buyers_sellerbranding_changelist"),
        )
