"""How a seller looks on the pages and in the mails for his buyers: name, logo, one colour, where answers go."""

import re
from dataclasses import dataclass

from buyers.colours import WHITE, is_readable, readable_on_dark
from buyers.invitation_models import SellerBranding
from buyers.logo import as_small_png
from nt24.actors import Actor
from nt24.documents.confinement import Busy, Overrun, drawing
from nt24.documents.uploads import ReceivedFile
from nt24.errors import FieldError, Unavailable, ValidationFailed
from nt24.events import announce
from nt24.partners.models import Seller
from nt24.records import action, assigned

OUR_ACCENT = "#1a4789"  # --brand of static/nt24/nt24.css
SENDER_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """Whom a buyer can ask. `name` and `phone` may be empty; `company` is the registered name."""

    company: str
    email: str
    name: str = ""
    phone: str = ""

    @property
    def dialled(self) -> str:
        """The phone number as a `tel:` address takes it."""
        return "".join(sign for sign in self.phone if sign.isdecimal() or sign == "+")

    def __str__(self) -> str:
        """In one line, for a mail."""
        return ", ".join(filter(None, (self.name, self.company, self.phone, self.email)))


@dataclass(frozen=True, slots=True)
class Branding:
    """`accent` is readable as text on white, and white on it; `accent_on_dark` is the same on our dark surface."""

    display_name: str
    logo_png: bytes | None
    accent: str
    accent_on_dark: str
    reply_to: str
    contact: ContactPerson
    mails_arrivals: bool = True


def branding_of(seller: Seller) -> Branding:
    """What the seller has chosen, or his name in our colours."""
    chosen = SellerBranding.objects.filter(seller=seller).first()
    if chosen is None:
        name = seller.name[:SENDER_CHARACTERS]
        contact = ContactPerson(seller.name, seller.admin_email)
        return Branding(name, None, OUR_ACCENT, readable_on_dark(OUR_ACCENT), seller.admin_email, contact)
    return Branding(
        display_name=chosen.display_name,
        logo_png=None if chosen.logo_png is None else bytes(chosen.logo_png),
        accent=chosen.accent,
        accent_on_dark=readable_on_dark(chosen.accent),
        reply_to=chosen.reply_to,
        contact=ContactPerson(
            company=seller.name,
            email=chosen.contact_email or chosen.reply_to,
            name=chosen.contact_name,
            phone=chosen.contact_phone,
        ),
        mails_arrivals=not chosen.arrival_mails_stopped,
    )


@action
def brand_seller(
    seller: Seller,
    *,
    display_name: str,
    logo_png: bytes | None,
    accent: str,
    reply_to: str,
    contact_name: str = "",
    contact_phone: str = "",
    contact_email: str = "",
    arrival_mails_stopped: bool = False,
    by: Actor,
) -> SellerBranding:
    """Set all of it; `logo_png` comes from `logo_from`, which is slow and stands outside of the transaction.

    :raises ValidationFailed: on `accent`: it is no `#rrggbb`, or cannot be read on white (WCAG 2.2, 1.4.3).
    """
    accent = accent.lower()
    if not re.fullmatch("#[0-9a-f]{6}", accent):
        raise ValidationFailed(FieldError("accent", "A colour is written #rrggbb.", accent))
    if not is_readable(accent, WHITE):
        raise ValidationFailed(FieldError("accent", "This is too light to be read on white.", accent))
    wanted = {
        "display_name": display_name,
        "logo_png": logo_png,
        "accent": accent,
        "reply_to": reply_to,
        "contact_name": contact_name,
        "contact_phone": contact_phone,
        "contact_email": contact_email,
        "arrival_mails_stopped": arrival_mails_stopped,
    }
    Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)  # two at once stand in line here
    branding, is_new = SellerBranding.objects.get_or_create(seller=seller, defaults=wanted)
    if not is_new:
        if not (changes := assigned(branding, wanted)):
            return branding
        branding.save_changes(*changes)
    announce(branding, "branding.chosen", by=by, seller=seller, changes={"accent": [None, accent]})
    return branding


@action
def clear_branding(branding: SellerBranding, *, by: Actor) -> None:
    """The seller's own name and our colours stand again; that he had a look stays in the trail."""
    announce(
        branding,
        "branding.cleared",
        by=by,
        seller=branding.seller,
        changes={"accent": [branding.accent, None]},
    )
    branding.delete()


def logo_from(file: ReceivedFile) -> bytes:
    """The picture as a small PNG of our own making, whatever the file may have carried besides it.

    :raises ValidationFailed: on `logo`: it is no JPEG or PNG, or broken.
    :raises Unavailable: too many files are being looked at (503).
    """
    try:
        logo = drawing.run(as_small_png, file.source())
    except Overrun:
        logo = None
    except Busy as busy:
        raise Unavailable("Too many files are being received. Please try again in a moment.") from busy
    if logo is None:
        raise ValidationFailed(FieldError("logo", "This is not a JPEG or PNG picture that can be read."))
    return logo
