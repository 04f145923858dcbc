"""The seller's look at the top of a page. His colour only fills shapes, so no text depends on it in either scheme."""

import base64
from dataclasses import dataclass

from buyers.branding import ContactPerson, branding_of
from nt24.partners.models import Seller


@dataclass(frozen=True, slots=True)
class Brand:
    """`logo` is a `data:` address or empty."""

    name: str
    initial: str
    accent: str
    logo: str
    contact: ContactPerson


def brand_of(seller: Seller) -> Brand:
    branding = branding_of(seller)
    logo = base64.b64encode(branding.logo_png).decode() if branding.logo_png else ""
    return Brand(
        name=branding.display_name,
        initial=branding.display_name[:1].upper(),
        accent=branding.accent,
        logo=f"data:image/png;base64,{logo}" if logo else "",
        contact=branding.contact,
    )
