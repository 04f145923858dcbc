"""The demo deal: a dealer in Warsaw buys a car in Berlin. Its papers, as both sides would file them."""

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from nt24.addresses import Address, one_line
from nt24.demo.papers import Letter, Paper, identity_card

SELLER = "Autohaus Mustermann GmbH"
SELLER_VAT = "DE123456788"
BERLIN = Address(street="Hauptstraße 42", post_code="10115", city="Berlin", country="DE")
BUYER = "Auto Handel Kowalski Sp. z o.o."
WARSAW = Address(street="ul. Długa 7", post_code="00-263", city="Warszawa", country="PL")
DIRECTOR = "Jan Kowalski"
HAULIER, HAULIER_ADDRESS = "Trans-Oder Spedycja Sp. z o.o.", "ul. Portowa 1, 70-001 Szczecin, PL"
LORRY = "ZS 4821K / ZS 77P1"
BANK, BANK_ADDRESS = "Bank Przykładowy S.A.", "ul. Bankowa 10, 00-950 Warszawa, PL"
IBAN = "PL61109010140000071219812874"  # the example of the Polish bank association
PRICE_CENTS = 1_850_000
PRICE = "EUR 18,500.00"
NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
VIN_SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"  # without I, O and Q


@dataclass(frozen=True, slots=True)
class Deal:
    """One order of the demo; numbers are new for every run, so that every run is a deal of its own."""

    order_id: str
    vat_number: str
    vin: str
    on: date

    @property
    def invoice_number(self) -> str:
        return f"RE-{self.order_id.removeprefix('DEMO-')}"

    @property
    def day(self) -> str:
        """The date of everything in this deal, as the API takes it."""
        return self.on.isoformat()

    @property
    def vehicle(self) -> str:
        return f"Volkswagen Golf 2.0 TDI, VIN {self.vin}"


def new_deal(now: datetime) -> Deal:
    tail = "".join(secrets.choice(VIN_SIGNS) for _ in range(3)) + f"{secrets.randbelow(1_000_000):06d}"
    return Deal(f"DEMO-{now:%Y%m%d-%H%M%S}", new_polish_vat_number(), f"WVWZZZAU{tail}", now.date())


def new_polish_vat_number() -> str:
    """Ten digits with the right check digit, so that no warning about it distracts from the rest."""
    while True:
        digits = [random.SystemRandom().randint(1, 9) for _ in NIP_WEIGHTS]
        check = sum(digit * weight for digit, weight in zip(digits, NIP_WEIGHTS, strict=True)) % 11
        if check < 10:
            return f"PL{''.join(map(str, digits))}{check}"


# --- Papers ------------------------------------------------------------------------------------------------------


def papers_of(deal: Deal) -> dict[str, Paper]:
    """Every paper of the deal by its document type."""
    at = datetime.combine(deal.on, time(8), tzinfo=UTC)
    letters = {**letters_about_the_buyer(deal), **letters_about_the_sale(deal), **consignment_notes(deal)}
    card = identity_card(
        "identity-card.jpg",
        title="IDENTITY CARD",
        facts={
            "Name": DIRECTOR,
            "Date of birth": "1 January 1980",
            "Card number": "SPECIMEN 000000",
            "Nationality": "Polish",
        },
    )
    return {"CONTACT_ID_CARD": card, **{type: letter.written(at) for type, letter in letters.items()}}


def letters_about_the_buyer(deal: Deal) -> dict[str, Letter]:
    company = (("Company", BUYER), ("Seat", one_line(WARSAW)), ("VAT number", deal.vat_number))
    return {
        "COC_EXTRACT": Letter(
            "company-extract.pdf",
            "Extract from the company register",
            "Court register of Warszawa (specimen)",
            "ul. Sądowa 1, 00-001 Warszawa, PL",
            f"Extract of {deal.day}",
            (
                *company,
                ("Legal form", "Limited liability company"),
                ("Represented by", f"{DIRECTOR}, sole director"),
            ),
            "The entries above are those that are valid on the day of this extract.",
            (("A. Nowak", "Registrar"),),
        ),
        "VAT_CERTIFICATE": Letter(
            "vat-certificate.pdf",
            "Certificate of VAT registration",
            "Tax office Warszawa (specimen)",
            "ul. Skarbowa 2, 00-002 Warszawa, PL",
            f"Issued on {deal.day}",
            (*company, ("Registered for", "Intra-Community transactions")),
            "The company above is registered as an active VAT payer and for intra-Community transactions.",
            (("M. Zielińska", "For the head of the tax office"),),
        ),
        "AML_DECLARATION": Letter(
            "aml-declaration.pdf",
            "Declaration on beneficial owner and origin of funds",
            BUYER,
            one_line(WARSAW),
            deal.day,
            (
                *company,
                ("Beneficial owner", f"{DIRECTOR}, 100 %"),
                ("Politically exposed", "No"),
                ("Origin of funds", "Sales revenue of the company"),
            ),
            "We act on our own behalf. We will tell the seller at once when any of this changes.",
            ((DIRECTOR, "Director"),),
        ),
    }


def letters_about_the_sale(deal: Deal) -> dict[str, Letter]:
    parties = (("Seller", f"{SELLER}\n{one_line(BERLIN)}\n{SELLER_VAT}"), ("Buyer", buyer_lines(deal)))
    car = (("Vehicle", deal.vehicle), ("First registration", "2021-03-15"), ("Mileage", "64,200 km"))
    return {
        "ORDER_PURCHASING_CONTRACT": Letter(
            "purchase-contract.pdf",
            "Purchase contract for a used vehicle",
            SELLER,
            one_line(BERLIN),
            f"Contract {deal.order_id}, {deal.day}",
            (*parties, *car, ("Price", f"{PRICE}, without VAT as an intra-Community supply")),
            "The vehicle is sold as seen. It is handed to the carrier after payment and goes to Poland.",
            (("K. Mustermann", "Seller"), (DIRECTOR, "Buyer")),
        ),
        "SHIPMENT_PRELIMINARY_INVOICE": Letter(
            "preliminary-invoice.pdf",
            "Preliminary invoice",
            SELLER,
            one_line(BERLIN),
            f"{deal.invoice_number}, {deal.day}",
            (*parties, *car, ("Net amount", PRICE), ("VAT", "EUR 0.00"), ("Total", PRICE)),
            "Intra-Community supply, exempt from VAT under section 4 no. 1 b and section 6a UStG. "
            "The final invoice follows when the proof of export is complete.",
            (("K. Mustermann", "Seller"),),
        ),
        "PAYMENT_CONFIRMATION": Letter(
            "payment-confirmation.pdf",
            "Confirmation of a transfer",
            BANK,
            BANK_ADDRESS,
            f"Executed on {deal.day}",
            (
                ("Payer", BUYER),
                ("From account", IBAN),
                ("Payee", SELLER),
                ("Amount", PRICE),
                ("Purpose", f"{deal.invoice_number}, {deal.order_id}"),
            ),
            "The transfer was executed in full on the day above. This confirmation is valid without a stamp.",
            (("E. Wiśniewska", "Payments"),),
        ),
    }


def consignment_notes(deal: Deal) -> dict[str, Letter]:
    """The CMR as the carrier signs it at pickup, and the same one signed at delivery."""
    boxes = (
        ("Sender", f"{SELLER}\n{one_line(BERLIN)}"),
        ("Consignee", buyer_lines(deal)),
        ("Place of delivery", one_line(WARSAW)),
        ("Place and date of taking over", f"{one_line(BERLIN)}\n{deal.day}"),
        ("Goods", f"1 used car, own weight 1,395 kg\n{deal.vehicle}"),
        ("Carrier", f"{HAULIER}\n{HAULIER_ADDRESS}\nLorry {LORRY}"),
    )
    taken_over = ((SELLER, "Sender"), (HAULIER, "Carrier"))
    return {
        "TRANSPORT_CMR": Letter(
            "cmr.pdf",
            "International consignment note (CMR)",
            HAULIER,
            HAULIER_ADDRESS,
            f"CMR {deal.order_id}",
            boxes,
            "The carriage is subject, notwithstanding any clause to the contrary, to the Convention on the Contract "
            "for the International Carriage of Goods by Road (CMR). Taken over in apparent good order.",
            taken_over,
            is_form=True,
        ),
        "TRANSPORT_CMR_DELIVERY": Letter(
            "cmr-signed-at-delivery.pdf",
            "International consignment note (CMR), signed at delivery",
            HAULIER,
            HAULIER_ADDRESS,
            f"CMR {deal.order_id}",
            (*boxes, ("Received", f"{one_line(WARSAW)}\n{deal.day}"), ("Reservations", "None")),
            "The goods were received complete and undamaged at the place of delivery.",
            (*taken_over[1:], (DIRECTOR, "Consignee")),
            is_form=True,
        ),
    }


def buyer_lines(deal: Deal) -> str:
    return f"{BUYER}\n{one_line(WARSAW)}\n{deal.vat_number}"
