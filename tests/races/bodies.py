"""Request bodies that differ only in what a race is about."""

from typing import Any

from tests.deal import BERLIN, WARSAW, money

PRICE = money(1850000)
VIN = "WVWZZZ1JZXW000001"


def buyer(**changes: Any) -> dict[str, Any]:
    return {
        "kycMode": "MARKETPLACE_LED",
        "vatNumber": "PL5260001246",
        "companyName": "Auto Handel Kowalski Sp. z o.o.",
        "address": WARSAW,
        **changes,
    }


def order(buyer_uuid: str, **changes: Any) -> dict[str, Any]:
    return {
        "externalOrderId": "RACE-1",
        "buyerId": buyer_uuid,
        "purchaseDate": "2026-04-18",
        "vins": [{"vin": VIN, "brand": "Volkswagen", "model": "Golf", "purchaseAmount": PRICE}],
        "totalAmount": PRICE,
        **changes,
    }


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "type": "PRELIMINARY",
        "invoiceDate": "2026-04-18",
        "invoiceNumber": "INV-1",
        "vatIncluded": False,
        "amount": PRICE,
        **changes,
    }


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "paymentDate": "2026-04-20",
        "bankAmount": PRICE,
        "cashAmount": money(0),
        "sourceIban": "DE89370400440532013000",
        **changes,
    }


def pickup(**changes: Any) -> dict[str, Any]:
    return {
        "type": "COMPANY_TRANSPORT",
        "pickupDate": "2026-04-22",
        "driverIdentification": "DE-FR-2026-1234",
        "collectionAddress": BERLIN,
        **changes,
    }


def delivery(**changes: Any) -> dict[str, Any]:
    return {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW, **changes}
