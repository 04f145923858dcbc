"""Organizations with one order each, made by the actions of the project."""

from datetime import date

from buyers.actions import register_buyer
from buyers.models import Buyer, ViesCheck
from nt24.actors import system
from nt24.money import Money
from nt24.partners.models import READ_CEILING, WEBHOOK_CEILING, WRITE_CEILING
from nt24.partners.tokens import signed_token
from orders.actions import VehicleData, place_order
from orders.models import Order
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory

BY = system("bench")


def make_orders(count: int) -> list[dict[str, str]]:
    """Seller, order and buyer uuid and a token for each organization."""
    return [make_order(number) for number in range(count)]


def make_order(number: int) -> dict[str, str]:
    organization = OrganizationFactory(
        rate_limit_tier="ENTERPRISE",
        read_limit=READ_CEILING,
        write_limit=WRITE_CEILING,
        webhook_limit=WEBHOOK_CEILING,
        all_capabilities=True,
    )
    seller = SellerFactory(organization=organization)
    address = {"street": "ul. Długa 7", "post_code": "00-263", "city": "Warszawa", "country": "PL"}
    buyer, _ = register_buyer(
        seller,
        vat_number=f"PL52600012{number:02d}",
        company_name="Auto Handel Kowalski",
        address=address,
        kyc_mode=Buyer.KycMode.MARKETPLACE_LED,
        by=BY,
    )
    ViesCheck.objects.create(
        buyer=buyer,
        vat_number=buyer.vat_number,
        cause=ViesCheck.Cause.REQUESTED,
        status="COMPLETED",
        result="UNKNOWN",
    )
    vehicle = VehicleData(
        "WVWZZZ1JZXW000001",
        "Volkswagen",
        "Golf",
        Money(1850000, "EUR"),
        first_registered_on=date(2020, 3, 15),
    )
    order, _ = place_order(
        buyer=Buyer.objects.select_related("kyc", "seller").get(pk=buyer.pk),
        external_order_id="BENCH",
        total=Money(1850000, "EUR"),
        vehicles=[vehicle],
        by=BY,
    )
    token = signed_token(ApiClientFactory(organization=organization))
    return {
        "seller": str(seller.uuid),
        "order": str(Order.objects.get(pk=order.pk).uuid),
        "buyer": str(buyer.uuid),
        "token": token,
    }
