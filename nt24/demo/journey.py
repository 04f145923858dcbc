"""One order from a new buyer to its sealed Export File, over HTTP and in the order in which a partner would do it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nt24.addresses import Address
from nt24.demo.client import DemoClient, taken
from nt24.demo.deal import BERLIN, BUYER, IBAN, LORRY, PRICE_CENTS, WARSAW, Deal, papers_of
from nt24.demo.organizations import Demo
from nt24.demo.papers import Paper
from nt24.demo.receiver import HOOK_PATH, Receiver

PATIENCE_SECONDS = 90.0  # for what workers do; a render takes about two, a slow machine more
PAUSE_SECONDS = 0.4
WEBHOOKS = "/v1/webhooks"
EVENTS = ["compliance.*", "kyc.*", "export_file.*", "self_service_invitation.*", "webhook.*"]
KYC = ("COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION")


class TookTooLong(Exception):
    """What was waited for did not come; are the workers running?"""


class NotProven(Exception):
    """The order went all the way, but not to a valid export or not to a genuine file."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How it ended: where the PDF lies, where the API has it, and what the receiver has heard."""

    order_uuid: str
    external_order_id: str
    decision: str
    version: int
    pdf: Path
    events: int
    export_file_event: str
    rollup_path: str


class Journey:
    """The steps, in order. `begin` is told the title of each; `look` is called while waiting and may raise."""

    def __init__(
        self,
        client: DemoClient,
        demo: Demo,
        deal: Deal,
        receiver: Receiver,
        *,
        begin: Callable[[str], None],
        look: Callable[[], None],
    ) -> None:
        self._client, self._demo, self._deal, self._receiver = client, demo, deal, receiver
        self._begin, self._look = begin, look
        self._seller = f"/v1/partners/{demo.first.seller_ids[0]}"
        self._papers: dict[str, Paper] = {}
        self._buyer = self._order = ""

    def drive(self, folder: Path) -> Proof:
        """All of it; the PDF is written to `folder`.

        :raises Refused: an answer is not what it should be.
        :raises TookTooLong: a worker has not done its part.
        :raises NotProven: the end is not a genuine Export File of a valid export.
        """
        self._papers = papers_of(self._deal)
        self.sign_in()
        self.listen()
        self.register_buyer()
        self.file_kyc()
        self.place_order()
        self.invoice()
        self.pay()
        self.pick_up()
        self.deliver()
        decision = self.read_verdict()
        version, content = self.fetch_export_file()
        event = self.hear_of_it()
        self.verify(content)
        return Proof(
            order_uuid=self._order.rpartition("/")[2],
            external_order_id=self._deal.order_id,
            decision=decision,
            version=version,
            pdf=self._kept(folder, version, content),
            events=len(self._receiver.events),
            export_file_event=event,
            rollup_path=f"{self._order}/compliance",
        )

    # --- steps

    def sign_in(self) -> None:
        self._begin("Sign in: client credentials for a token of five minutes")
        tenant = self._demo.first
        token_path = self._demo.token_url.removeprefix(self._demo.base_url)
        self._client.sign_in(token_path, tenant.client_id, tenant.client_secret)
        self._client.read("/v1/me")

    def listen(self) -> None:
        """Register the sample receiver. An endpoint of an earlier run moves to it, and gets a new secret."""
        self._begin("Have events sent to docs/examples/webhook_receiver.py; below, they follow the calls")
        wanted = {"url": self._receiver.url, "events": EVENTS}
        earlier = next(filter(is_of_the_demo, self._client.read(WEBHOOKS)), None)
        if earlier is None:
            self._start_receiver(self._client.post(WEBHOOKS, wanted)["secret"])
            return
        path = f"{WEBHOOKS}/{earlier['id']}"
        self._start_receiver(self._client.post(f"{path}/rotate-secret")["secret"])
        self._client.patch(path, {**wanted, "status": "ACTIVE"})

    def register_buyer(self) -> None:
        self._begin("Register the buyer")
        content = {
            "kycMode": "MARKETPLACE_LED",
            "vatNumber": self._deal.vat_number,
            "companyName": BUYER,
            "address": as_sent(WARSAW),
        }
        self._buyer = f"{self._seller}/buyers/{self._client.post(f'{self._seller}/buyers', content)['uuid']}"

    def file_kyc(self) -> None:
        self._begin("Know the buyer: four documents, and VIES asked by a worker")
        for type in KYC:
            self._file(f"{self._buyer}/kyc/documents", type)
        self._client.post(f"{self._buyer}/kyc/vies-check")
        self._await(f"{self._buyer}/kyc", lambda kyc: kyc["overallStatus"] == "VALID")

    def place_order(self) -> None:
        self._begin("Place the order")
        vehicle = {
            "vin": self._deal.vin,
            "brand": "Volkswagen",
            "model": "Golf 2.0 TDI",
            "mileage": 64200,
            "firstRegistrationDate": "2021-03-15",
            "purchaseAmount": money(PRICE_CENTS),
        }
        content = {
            "externalOrderId": self._deal.order_id,
            "buyerId": self._buyer.rpartition("/")[2],
            "purchaseDate": self._deal.day,
            "vins": [vehicle],
            "totalAmount": money(PRICE_CENTS),
        }
        self._order = f"{self._seller}/orders/{self._client.post(f'{self._seller}/orders', content)['uuid']}"
        self._file(f"{self._order}/documents", "ORDER_PURCHASING_CONTRACT")

    def invoice(self) -> None:
        self._begin("Submit the preliminary invoice")
        content = {
            "type": "PRELIMINARY",
            "invoiceDate": self._deal.day,
            "invoiceNumber": self._deal.invoice_number,
            "vatIncluded": False,
            "amount": money(PRICE_CENTS),
            "buyerName": BUYER,
        }
        self._client.post(f"{self._order}/invoice", content)
        self._file(f"{self._order}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")

    def pay(self) -> None:
        self._begin("Submit the payment and release the car")
        content = {
            "paymentDate": self._deal.day,
            "bankAmount": money(PRICE_CENTS),
            "cashAmount": money(0),
            "sourceIban": IBAN,
        }
        self._client.post(f"{self._order}/payment", content)
        self._file(f"{self._order}/payment/documents", "PAYMENT_CONFIRMATION")
        self._client.post(f"{self._order}/payment/ready-for-pickup")

    def pick_up(self) -> None:
        self._begin("Confirm the pickup, with the CMR the carrier signed")
        content = {
            "type": "COMPANY_TRANSPORT",
            "pickupDate": self._deal.day,
            "driverIdentification": LORRY,
            "collectionAddress": as_sent(BERLIN),
        }
        self._client.post(f"{self._order}/transport/pickup", content)
        self._file(f"{self._order}/transport/documents", "TRANSPORT_CMR")

    def deliver(self) -> None:
        self._begin("Confirm the delivery, with the CMR signed in Warsaw")
        content = {"deliveryDate": self._deal.day, "deliveryAddress": as_sent(WARSAW), "recipientName": BUYER}
        self._client.post(f"{self._order}/transport/delivery", content)
        self._file(f"{self._order}/transport/documents", "TRANSPORT_CMR_DELIVERY")

    def read_verdict(self) -> str:
        """:raises NotProven: it is not a valid export."""
        self._begin("Read the verdict; asked again with its version, there is nothing new")
        answer = taken(self._client.get(f"{self._order}/compliance"))
        self._client.get(f"{self._order}/compliance", If_None_Match=answer.headers["etag"])
        rollup = answer.json()
        if rollup["decision"] != "VALID_EXPORT":
            codes = ", ".join(blocker["code"] for blocker in rollup["blockers"])
            raise NotProven(f"The order is {rollup['complianceStatus']}: {codes}")
        return str(rollup["decision"])

    def fetch_export_file(self) -> tuple[int, bytes]:
        self._begin("Wait for the worker to seal the Export File, and download it")
        path = f"{self._order}/finalization/export-file"
        ready = self._await(path, lambda export: export["status"] in {"READY", "FAILED"})
        if ready["status"] != "READY":
            raise NotProven("The Export File could not be made; the worker's log says why.")
        return ready["version"], taken(self._client.get(ready["downloadUrl"])).body

    def verify(self, content: bytes) -> None:
        """:raises NotProven: the public page does not call it genuine."""
        self._begin("Drop it on the public page that checks seals")
        page = self._client.show("/verify", Paper("export-file.pdf", content))
        if "<h1>Genuine</h1>" not in page:
            raise NotProven("The verification page does not call the downloaded file genuine.")

    def hear_of_it(self) -> str:
        """The receiver's line about the Export File, when it has come."""
        about = ("export_file.generated", self._order.rpartition("/")[2])
        self._until(lambda: bool(self._receiver.events_of(*about)), "The event of the Export File")
        return self._receiver.events_of(*about)[0]

    # --- how

    def _start_receiver(self, secret: str) -> None:
        self._receiver.start(secret)
        self._until(lambda: self._receiver.is_listening, "The receiver")

    def _file(self, path: str, type: str) -> None:
        self._client.upload(path, type, self._papers[type], dated=self._deal.day)

    def _await(self, path: str, is_there: Callable[[Any], bool]) -> Any:
        """:raises TookTooLong: it does not come."""
        return self._client.read_when(path, is_there, pause=self._pauses(f"The change of {path}"))

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        """:raises TookTooLong: it does not become so."""
        pause = self._pauses(what)
        while not is_so():
            pause()

    def _pauses(self, what: str) -> Callable[[], None]:
        """Each call looks around and waits a moment, or gives up when all of them have taken too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS

        def pause() -> None:
            self._look()
            if time.monotonic() > deadline:
                raise TookTooLong(f"{what} has not come within {PATIENCE_SECONDS:.0f} seconds.")
            time.sleep(PAUSE_SECONDS)

        return pause

    def _kept(self, folder: Path, version: int, content: bytes) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self._deal.order_id}-v{version}.pdf"
        file.write_bytes(content)
        return file


def is_of_the_demo(endpoint: dict[str, Any]) -> bool:
    return urlsplit(endpoint["url"]).path == HOOK_PATH


def money(cents: int) -> dict[str, Any]:
    return {"value": cents, "currency": "EUR"}


def as_sent(address: Address) -> dict[str, str]:
    return {
        "street": address["street"],
        "postCode": address["post_code"],
        "city": address["city"],
        "country": address["country"],
    }
