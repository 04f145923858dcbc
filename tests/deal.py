"""Takes one order through its life over HTTP, a step at a time; tests say how far and what is different."""

from typing import Any

from tests.papers import pdf

BERLIN = {"street": "Hauptstraße 42", "postCode": "10115", "city": "Berlin", "country": "DE"}
WARSAW = {"street": "ul. Długa 7", "postCode": "00-263", "city": "Warszawa", "country": "PL"}
ZURICH = {"street": "Bahnhofstrasse 1", "postCode": "8001", "city": "Zürich", "country": "CH"}
EUR = "EUR"


class Deal:
    """`buyer` and `order` hold the answers of their creation; every step asserts that it was taken."""

    def __init__(self, partner: Any, run_workers: Any) -> None:
        self.partner, self.run_workers = partner, run_workers
        self.buyer: dict[str, Any] = {}
        self.order: dict[str, Any] = {}

    # --- paths

    @property
    def buyer_path(self) -> str:
        return f"P/buyers/{self.buyer['uuid']}"

    @property
    def path(self) -> str:
        return f"P/orders/{self.order['uuid']}"

    # --- steps

    def has_buyer(self, **changes: Any) -> "Deal":
        body = {
            "kycMode": "MARKETPLACE_LED",
            "vatNumber": "PL5260001246",
            "companyName": "Auto Handel Kowalski Sp. z o.o.",
            "address": WARSAW,
            **changes,
        }
        self.buyer = taken(self.partner.post("P/buyers", body), 201)
        return self

    def has_kyc(self) -> "Deal":
        for type in ("COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION"):
            self.uploads(f"{self.buyer_path}/kyc/documents", type)
        taken(self.partner.post(f"{self.buyer_path}/kyc/vies-check"), 202)
        self.run_workers()
        return self

    def has_order(
        self, *, vins: tuple[str, ...] = ("WVWZZZ1JZXW000001",), each: int = 1850000, **changes: Any
    ) -> "Deal":
        body = {
            "externalOrderId": "DEAL-2026-04-00451",
            "buyerId": self.buyer["uuid"],
            "purchaseDate": "2026-04-18",
            "vins": [
                {"vin": vin, "brand": "Volkswagen", "model": "Golf", "purchaseAmount": money(each)}
                for vin in vins
            ],
            "totalAmount": money(each * len(vins)),
            **changes,
        }
        self.order = taken(self.partner.post("P/orders", body), 201)
        return self

    def has_invoice(self, **changes: Any) -> "Deal":
        body = {
            "type": "PRELIMINARY",
            "invoiceDate": "2026-04-18",
            "invoiceNumber": "INV-1",
            "vatIncluded": False,
            "amount": self.order["totalAmount"],
            **changes,
        }
        taken(self.partner.post(f"{self.path}/invoice", body), 201)
        self.uploads(f"{self.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")
        return self

    def has_payment(self, **changes: Any) -> "Deal":
        body = {
            "paymentDate": "2026-04-20",
            "bankAmount": self.order["totalAmount"],
            "cashAmount": money(0),
            "sourceIban": "DE89370400440532013000",
            **changes,
        }
        taken(self.partner.post(f"{self.path}/payment", body), 201)
        self.uploads(f"{self.path}/payment/documents", "PAYMENT_CONFIRMATION")
        return self

    def is_ready(self) -> "Deal":
        taken(self.partner.post(f"{self.path}/payment/ready-for-pickup"), 200)
        self.run_workers()
        return self

    def is_picked_up(self, **changes: Any) -> "Deal":
        body = {
            "type": "COMPANY_TRANSPORT",
            "pickupDate": "2026-04-22",
            "driverIdentification": "DE-FR-2026-1234",
            "collectionAddress": BERLIN,
            **changes,
        }
        taken(self.partner.post(f"{self.path}/transport/pickup", body), 201)
        paper = "TRANSPORT_CMR" if body["type"] == "COMPANY_TRANSPORT" else "TRANSPORT_PICKUP_DECLARATION"
        self.uploads(f"{self.path}/transport/documents", paper)
        return self

    def is_delivered(self, **changes: Any) -> "Deal":
        body = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW, **changes}
        taken(self.partner.post(f"{self.path}/transport/delivery", body), 201)
        transport = self.partner.get(f"{self.path}/transport").json()
        company = transport["type"] == "COMPANY_TRANSPORT"
        paper = "TRANSPORT_CMR_DELIVERY" if company else "TRANSPORT_CONFIRMATION_OF_ARRIVAL"
        self.uploads(f"{self.path}/transport/documents", paper)
        return self

    def is_judged(self) -> "Deal":
        """All the way to VALID_EXPORT with its Export File."""
        self.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
        self.run_workers()
        return self

    # --- looks

    def uploads(self, path: str, type: str, content: bytes | None = None, **fields: Any) -> dict[str, Any]:
        return taken(self.partner.upload(path, type, content or pdf(type), **fields), 201)

    def rollup(self) -> dict[str, Any]:
        return taken(self.partner.get(f"{self.path}/compliance"), 200)

    def codes(self) -> list[str]:
        return [blocker["code"] for blocker in self.rollup()["blockers"]]

    def now(self) -> dict[str, Any]:
        return taken(self.partner.get(self.path), 200)


def money(value: int, currency: str = EUR) -> dict[str, Any]:
    return {"value": value, "currency": currency}


def taken(response: Any, status: int) -> Any:
    assert response.status_code == status, (response.status_code, response.content)
    return response.json() if response.content else None
