"""What is said at once about a buyer whose VAT number is of the state where the seller is.

Nothing is refused: a transport may start elsewhere, and the published sample has such a number.
"""

from buyers.models import Buyer
from nt24.api.warnings import Warned
from nt24.partners.authentication import SellerRef
from nt24.partners.models import Seller
from nt24.vat_numbers import identity_of, state_of_seller

CODE = "VAT_ID_OF_DEPARTURE_STATE"  # the blocker that follows (contract 10)
MESSAGE = (
    "{number} is a VAT number of {state}, the seller's own state. A supply free of VAT needs the buyer's VAT number of"
    " another Member State than the one the transport starts in (Directive 2006/112/EC, Article 138(1)(b)). Unless it"
    " starts in another state, this is a fatal blocker from ready-for-pickup on: register the buyer with a number of"
    " another Member State, and place the order for that buyer."
)


def own_state_warnings(buyer: Buyer, seller: Seller | SellerRef, *, field: str) -> list[Warned]:
    """One warning on `field`, the member that names the buyer; none when the number is of another state."""
    state = state_of_seller(seller.country, seller.vat_number)
    if identity_of(buyer.vat_number)[:2] != state:
        return []
    return [Warned(field, CODE, MESSAGE.format(number=buyer.vat_number, state=state))]
