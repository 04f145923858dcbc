"""Dossiers for the Export File tests: a full Mode B sale, its smaller relatives, a very long one."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pikepdf
from PIL import Image

from compliance.dossier import (
    Address,
    Buyer,
    Check,
    Delivery,
    Dossier,
    Evidence,
    Invoice,
    OrderFacts,
    Override,
    Payment,
    Pickup,
    Ruling,
    SealNotice,
    Seller,
    Superseded,
    TimelineEntry,
    Transport,
    Vehicle,
    Verification,
    ViesCheck,
    masked_iban,
)
from compliance.export_file import Original
from nt24.money import Money

CREATED_AT = datetime(2026, 4, 26, 8, 30, 12, tzinfo=UTC)
VIN = "WVWZZZ1JZXW000001"
BERLIN = Address("Hauptstraße 42", "10115", "Berlin", "DE")
WARSAW = Address("ul. Świętokrzyska 31/33a", "00-049", "Warszawa", "PL")

SENTENCES = (
    ("buyer", "All KYC documents of the buyer are there"),
    ("buyer", "VIES has answered for the buyer's VAT number"),
    ("buyer", "VIES says that the VAT number is valid"),
    ("buyer", "The buyer's identity is verified"),
    ("buyer", "Sanctions screening has no open hit"),
    ("buyer", "The buyer is not blocked"),
    ("buyer", "The VAT number is of another state than that of departure"),
    ("invoice", "A preliminary invoice exists"),
    ("invoice", "The preliminary invoice has its PDF"),
    ("invoice", "Invoice total and order total are equal"),
    ("invoice", "The invoice charges no VAT"),
    ("invoice", "The invoice names the buyer"),
    ("invoice", "No invoice is under the margin scheme"),
    ("payment", "A payment was submitted"),
    ("payment", "The payment has its proof"),
    ("payment", "Bank and cash together equal the invoice total"),
    ("payment", "The account is known for this buyer or declared"),
    ("transport", "The pickup is confirmed"),
    ("transport", "The delivery is confirmed"),
    ("transport", "The CMR is there at pickup and, signed, at delivery"),
    ("transport", "The goods arrived in another state"),
    ("transport", "Proof of delivery is dated within 90 days of pickup"),
)


def pdf_original(text: str, *, pages: int = 1) -> bytes:
    """A small real PDF that differs with its text."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page()
    document.docinfo["/Title"] = text
    target = BytesIO()
    document.save(target, deterministic_id=True)
    return target.getvalue()


def image_original(kind: str, colour: tuple[int, int, int]) -> bytes:
    target = BytesIO()
    Image.new("RGB", (64, 48), colour).save(target, kind)
    return target.getvalue()


def ten_originals() -> dict[int, tuple[str, str, str, str, bytes]]:
    """Number → module, type, given name, content type, content. PDF, JPEG and PNG."""
    pdf, jpeg, png = "application/pdf", "image/jpeg", "image/png"
    return {
        1: ("KYC", "COC_EXTRACT", "KRS odpis pełny.pdf", pdf, pdf_original("KRS", pages=3)),
        2: ("KYC", "VAT_CERTIFICATE", "VAT-5.pdf", pdf, pdf_original("VAT-5")),
        3: ("KYC", "CONTACT_ID_CARD", "dowód osobisty.jpg", jpeg, image_original("JPEG", (120, 90, 60))),
        4: ("KYC", "AML_DECLARATION", "AML.pdf", pdf, pdf_original("AML")),
        5: ("ORDER", "ORDER_PURCHASING_CONTRACT", "Kaufvertrag 00451.pdf", pdf, pdf_original("contract")),
        6: ("INVOICE", "SHIPMENT_PRELIMINARY_INVOICE", "INV-2026-04-00451.pdf", pdf, pdf_original("invoice")),
        7: (
            "PAYMENT",
            "PAYMENT_BANK_TRANSFER_SCREENSHOT",
            "przelew.png",
            png,
            image_original("PNG", (9, 99, 199)),
        ),
        8: ("TRANSPORT", "TRANSPORT_CMR", "cmr.pdf", pdf, pdf_original("cmr")),
        9: (
            "TRANSPORT",
            "TRANSPORT_PICTURE_OF_TRANSPORT",
            "IMG_2041.JPG",
            jpeg,
            image_original("JPEG", (1, 2, 3)),
        ),
        10: (
            "TRANSPORT",
            "TRANSPORT_CMR_DELIVERY",
            "cmr signed.pdf",
            pdf,
            pdf_original("cmr signed", pages=2),
        ),
    }


def evidence_from(contents: dict[int, tuple[str, str, str, str, bytes]]) -> tuple[Evidence, ...]:
    """Identity papers are listed but not embedded."""
    return tuple(
        Evidence(
            number=number,
            uuid=f"00000000-0000-4000-8000-{number:012d}",
            module=module,
            type=kind,
            file_name=file_name,
            content_type=content_type,
            document_on=date(2026, 4, 18),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=datetime(2026, 4, 18, 9, 0, 5, tzinfo=UTC) + timedelta(hours=number),
            uploaded_by="api-client-marketplace",
            signed_wet=True if kind.startswith("TRANSPORT_CMR") else None,
            is_embedded=not kind.startswith("CONTACT_ID"),
        )
        for number, (module, kind, file_name, content_type, content) in contents.items()
    )


def originals_from(contents: dict[int, tuple[str, str, str, str, bytes]]) -> list[Original]:
    return [
        Original(item.embedded_as, item.content_type, item.sha256, partial(BytesIO, contents[item.number][4]))
        for item in evidence_from(contents)
        if item.is_embedded
    ]


def a_dossier(**changes: Any) -> Dossier:
    """A Mode B sale of one car from Berlin to Warsaw, judged VALID_EXPORT, version 2."""
    return replace(_full_dossier(), **changes)


def _full_dossier() -> Dossier:
    total = Money(1850000, "EUR")
    return Dossier(
        order=OrderFacts(
            "7d1f9d0a-1111-4222-8333-444455556666", "DEAL-2026-04-00451", date(2026, 4, 18), total
        ),
        version=2,
        created_at=CREATED_AT,
        supersedes=Superseded(
            1, datetime(2026, 4, 25, 16, 2, 40, tzinfo=UTC), "The final invoice was added", "ab" * 32
        ),
        ruling=Ruling(
            "VALID_EXPORT",
            "VALID",
            datetime(2026, 4, 25, 16, 2, 11, tzinfo=UTC),
            "2026.1",
            (
                "The goods were transported to another state than they started from (Article 138(1)).",
                "The buyer acts under a VAT number of another state than that of departure, gave it to the"
                " seller, and VIES confirmed it (Article 138(1)(a) and (b)).",
                "No invoice of this sale is under the margin scheme (Article 139(3)).",
                "Invoice, order and payment agree, and departure and arrival are documented.",
            ),
            departure_state="DE",
            destination_state="PL",
        ),
        seller=Seller("AutoHandel Mustermann GmbH", "DE123456789", BERLIN),
        buyer=Buyer(
            uuid="0b5c8f70-9999-4aaa-8bbb-ccccddddeeee",
            company_name="Żółw Samochody Sp. z o.o.",
            vat_number="PL5260001246",
            address=WARSAW,
            kyc_mode="NT24_LED",
            kyc_status="VALID",
            vies_result="VALID",
            documents_complete=True,
            verification=Verification(
                "iDenfy",
                "a1b2c3d4-0000-11ee",
                "VERIFIED",
                datetime(2026, 4, 17, 11, 5, tzinfo=UTC),
                "CLEAR",
                datetime(2026, 4, 17, 11, 6, tzinfo=UTC),
            ),
        ),
        vehicles=(
            Vehicle(
                VIN,
                "Volkswagen",
                "Golf 1.5 TSI Life",
                total,
                "VALID",
                45000,
                date(2020, 3, 15),
                date(2026, 4, 22),
                date(2026, 4, 24),
            ),
        ),
        preliminary_invoice=Invoice(
            "PRELIMINARY",
            "INV-2026-04-00451",
            date(2026, 4, 18),
            total,
            vat_included=False,
            margin_scheme=False,
            status="VALID",
        ),
        final_invoice=Invoice(
            "FINAL",
            "INV-2026-04-00451-F",
            date(2026, 4, 25),
            total,
            vat_included=False,
            margin_scheme=False,
            status="VALID",
            buyer_name="Żółw Samochody Sp. z o.o.",
        ),
        payment=Payment(
            "VALID",
            date(2026, 4, 20),
            Money(1750000, "EUR"),
            Money(100000, "EUR"),
            masked_iban("PL61109010140000071219812874"),
            is_new_iban=False,
            iban_consistent=True,
            amount_matches_invoice=True,
            ready_for_pickup_at=datetime(2026, 4, 21, 7, 45, tzinfo=UTC),
        ),
        transport=Transport(
            "COMPANY_TRANSPORT",
            "DELIVERED",
            (
                Pickup(
                    (VIN,),
                    date(2026, 4, 22),
                    BERLIN,
                    "PL-WA-2026-1234",
                    datetime(2026, 4, 22, 6, 12, tzinfo=UTC),
                    "api-client-marketplace",
                ),
            ),
            (
                Delivery(
                    (VIN,),
                    date(2026, 4, 24),
                    WARSAW,
                    "Łukasz Błaszczykowski",
                    datetime(2026, 4, 24, 14, 40, tzinfo=UTC),
                    "case handler",
                ),
            ),
        ),
        vies_checks=vies_checks(),
        checks=tuple(Check(module, sentence, "MET") for module, sentence in SENTENCES),
        evidence=evidence_from(ten_originals()),
        timeline=timeline(),
        case={
            "now": "2026-04-25T16:02:11Z",
            "buyer": {"documents": {"TRANSPORT_CMR": ["2026-04-22"]}, "blocked": False},
        },
        seal=SealNotice("NT24 development seal", "c0" * 32, is_development=True),
        verify_url="https://nt24.example/verify",
    )


def vies_checks() -> tuple[ViesCheck, ...]:
    """Valid, an outage, valid again."""
    first = ViesCheck(
        datetime(2026, 4, 17, 10, 0, 1, tzinfo=UTC),
        "PL5260001246",
        "VALID",
        requester_vat_number="DE123456789",
        consultation_number="WAPIAAAAZ1x2Y3z4",
        trader_name="ŻÓŁW SAMOCHODY SP. Z O.O.",
        trader_address="ŚWIĘTOKRZYSKA 31/33A, 00-049 WARSZAWA",
        evidence_sha256="3b" * 32,
    )
    outage = ViesCheck(
        datetime(2026, 4, 22, 3, 0, 2, tzinfo=UTC),
        "PL5260001246",
        "UNKNOWN",
        requester_vat_number="DE123456789",
        error_code="MS_UNAVAILABLE",
        evidence_sha256="5d" * 32,
    )
    last = replace(
        first, asked_at=datetime(2026, 4, 24, 3, 0, 2, tzinfo=UTC), consultation_number="WAPIAAAAZ9q8W7e6"
    )
    return (first, outage, last)


def timeline() -> tuple[TimelineEntry, ...]:
    lines = (
        ("buyer.created", "Buyer created", "api-client-marketplace", "API"),
        ("order.created", "Order created with 1 vehicle", "api-client-marketplace", "API"),
        (
            "invoice.submitted",
            "Preliminary invoice INV-2026-04-00451 submitted",
            "api-client-marketplace",
            "API",
        ),
        ("payment.submitted", "Payment of 18,500.00 EUR submitted", "api-client-marketplace", "API"),
        ("payment.ready_for_pickup", "Released for pickup", "Kristina Kaufmann", "WEB_APP"),
        (
            "transport.picked_up",
            "Pickup of 1 vehicle confirmed for 22 Apr 2026",
            "api-client-marketplace",
            "API",
        ),
        ("vies.checked", "VIES did not answer (MS_UNAVAILABLE), repeated later", "NT24", "SYSTEM"),
        (
            "transport.delivered",
            "Delivery of 1 vehicle confirmed for 24 Apr 2026",
            "Kristina Kaufmann",
            "WEB_APP",
        ),
        ("compliance.decided", "Decision VALID_EXPORT under ruleset 2026.1", "NT24", "SYSTEM"),
        ("export_file.generated", "Export File version 1 generated", "NT24", "SYSTEM"),
    )
    start = datetime(2026, 4, 17, 9, 58, 41, tzinfo=UTC)
    return tuple(
        TimelineEntry(start + timedelta(hours=19 * number), action, sentence, actor, source)
        for number, (action, sentence, actor, source) in enumerate(lines)
    )


def a_taxed_dossier(**changes: Any) -> Dossier:
    """Mode A, VAT_APPLICABLE: the VAT number turned invalid after pickup; nothing delivered."""
    full = _full_dossier()
    assert full.payment
    assert full.transport
    broken = {
        "VIES says that the VAT number is valid": Check(
            "buyer",
            "VIES says that the VAT number is valid",
            "FATAL",
            "VIES_INVALID",
            "VIES did not confirm the buyer's VAT number as valid.",
        ),
        "The delivery is confirmed": Check(
            "transport",
            "The delivery is confirmed",
            "OPEN",
            "DELIVERY_NOT_CONFIRMED",
            "The delivery is not confirmed: WVWZZZ1JZXW000001.",
        ),
    }
    values: dict[str, Any] = {
        "version": 1,
        "supersedes": None,
        "ruling": Ruling(
            "VAT_APPLICABLE",
            "INVALID",
            datetime(2026, 4, 23, 3, 0, 5, tzinfo=UTC),
            "2026.1",
            (
                "The exemption needs a buyer who is identified for VAT in another member state;"
                " VIES does not confirm it (Directive 2006/112/EC, Article 138(1)(b)).",
            ),
            departure_state="DE",
        ),
        "buyer": replace(
            full.buyer,
            kyc_mode="MARKETPLACE_LED",
            kyc_status="INVALID",
            vies_result="INVALID",
            verification=None,
        ),
        "vehicles": (replace(full.vehicles[0], status="INVALID", delivered_on=None),),
        "final_invoice": None,
        "payment": replace(full.payment, bank=Money(0, "EUR"), cash=Money(1850000, "EUR"), source_iban=""),
        "transport": replace(full.transport, status="IN_PROGRESS", deliveries=()),
        "vies_checks": (
            *full.vies_checks[:2],
            replace(full.vies_checks[2], result="INVALID", consultation_number=""),
        ),
        "checks": tuple(broken.get(check.sentence, check) for check in full.checks),
    }
    return replace(full, **{**values, **changes})


def a_long_dossier() -> Dossier:
    """30 vehicles, 40 documents, long names, unbroken strings, every optional part."""
    full = _full_dossier()
    unbroken = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    vins = tuple(f"WVWZZZ1JZXW{number:06d}" for number in range(30))
    contents = {
        number: (
            "TRANSPORT",
            "TRANSPORT_CONFIRMATION_OF_ARRIVAL" if number % 2 else "PAYMENT_SOURCE_OF_FUNDS_DECLARATION",
            f"{number}-{unbroken}.pdf" if number % 3 else f"Подтверждение прибытия № {number} Ελλάδα řžů.pdf",
            "application/pdf",
            f"%PDF-1.4 {number}".encode(),
        )
        for number in range(1, 41)
    }
    return replace(
        full,
        order=replace(full.order, external_id="DEAL" + "X" * 96, total=Money(1850000 * 30, "EUR")),
        seller=replace(full.seller, name=f"AutoHandel {unbroken}"),
        buyer=replace(full.buyer, company_name=unbroken, address=replace(WARSAW, street=unbroken)),
        vehicles=tuple(
            replace(full.vehicles[0], vin=vin, model=unbroken if number == 3 else f"Passat Variant {number}")
            for number, vin in enumerate(vins)
        ),
        transport=Transport(
            "SELF_PICKUP",
            "PARTIAL",
            tuple(Pickup(vins[start : start + 15], date(2026, 4, 22), BERLIN, unbroken) for start in (0, 15)),
            (Delivery(vins[:15], date(2026, 4, 24), replace(WARSAW, street=unbroken), unbroken),),
        ),
        vies_checks=full.vies_checks * 10,
        evidence=evidence_from(contents),
        timeline=full.timeline * 6,
    )


NAMES = (
    "Mercedes-Benz E 220 d T-Modell AMG Line",
    "Volkswagen Passat Variant 2.0 TDI Elegance DSG",
    "BMW 320d",
)


def a_fleet_dossier(currency: str = "EUR", each: int = 1_850_000) -> Dossier:
    """30 vehicles of long names and high mileage, picked up in two goes, delivered in one."""
    full = _full_dossier()
    vins = tuple(f"WVWZZZ1JZXW{number:06d}" for number in range(30))
    total = Money(each * 30, currency)
    assert full.preliminary_invoice
    assert full.final_invoice
    return replace(
        full,
        order=replace(full.order, total=total),
        seller=replace(
            full.seller, name="Nordwestdeutsche Kraftfahrzeughandels- und Leasingrückläufer GmbH & Co. KG"
        ),
        buyer=replace(
            full.buyer, company_name="Przedsiębiorstwo Handlowo-Usługowe „Żółw i Wspólnicy” Sp. z o.o. Sp. k."
        ),
        vehicles=tuple(
            Vehicle(
                vin,
                NAMES[number % 3].split()[0],
                NAMES[number % 3].split(maxsplit=1)[1],
                Money(each, currency),
                "VALID",
                100_000 + 37_119 * number,
                date(2019, 11, 28),
                date(2026, 4, 22),
                date(2026, 4, 24),
            )
            for number, vin in enumerate(vins)
        ),
        transport=Transport(
            "COMPANY_TRANSPORT",
            "DELIVERED",
            tuple(
                Pickup(vins[a:b], date(2026, 4, 22), BERLIN, "PL-WA-2026-1234")
                for a, b in ((0, 16), (16, 30))
            ),
            (Delivery(vins, date(2026, 4, 24), WARSAW, "Łukasz Błaszczykowski"),),
        ),
        preliminary_invoice=replace(full.preliminary_invoice, amount=total),
        final_invoice=replace(full.final_invoice, amount=total),
        payment=replace(full.payment, bank=total, cash=Money(0, currency)),
    )


def a_yen_dossier() -> Dossier:
    return a_fleet_dossier("JPY", 1_850_000)


def a_dinar_dossier() -> Dossier:
    return a_fleet_dossier("KWD", 5_650_125)


def a_margin_dossier(**changes: Any) -> Dossier:
    """VAT_APPLICABLE because of the margin scheme, before anything moved."""
    full = _full_dossier()
    assert full.preliminary_invoice
    margin = Check("invoice", "No invoice is under the margin scheme", "FATAL", "MARGIN_SCHEME",
                   "The preliminary invoice is under the margin scheme.")  # fmt: skip
    silent = {"The pickup is confirmed", "The delivery is confirmed", "The goods arrived in another state"}
    values: dict[str, Any] = {
        "preliminary_invoice": replace(full.preliminary_invoice, margin_scheme=True, status="INVALID"),
        "checks": tuple(
            margin
            if check.sentence == margin.sentence
            else replace(check, outcome="NOT_APPLICABLE")
            if check.sentence in silent
            else check
            for check in full.checks
        ),
        "transport": None,
        "vehicles": (replace(full.vehicles[0], status="INVALID", picked_up_on=None, delivered_on=None),),
    }
    return a_taxed_dossier(**{**values, **changes})


def a_vat_dossier(**changes: Any) -> Dossier:
    """VAT_APPLICABLE with a final invoice that states its VAT."""
    full = _full_dossier()
    assert full.final_invoice
    final = replace(
        full.final_invoice,
        amount=Money(2_201_500, "EUR"),
        vat_included=True,
        vat_rate=1900,
        vat=Money(351_500, "EUR"),
    )
    return a_taxed_dossier(**{"final_invoice": final, **changes})


def a_greek_dossier() -> Dossier:
    full = _full_dossier()
    athens = Address("Λεωφόρος Κηφισίας 44", "151 25", "Μαρούσι", "GR")
    return replace(
        full,
        buyer=replace(
            full.buyer, company_name="ΑΥΤΟΚΙΝΗΤΑ ΠΑΠΑΔΟΠΟΥΛΟΣ Α.Ε.", vat_number="EL094259216", address=athens
        ),
    )


def an_overridden_dossier() -> Dossier:
    full = _full_dossier()
    reason = (
        "The carrier's archive burned down; staff saw the CMR on 24 April.\nThe police report is on file."
    )
    override = Override("VALID_EXPORT", datetime(2026, 4, 25, 15, 0, tzinfo=UTC), reason)
    waived = Check(
        "transport", full.checks[19].sentence, "WAIVED", "MISSING_CMR", "Missing: the CMR note of the pickup."
    )
    basis = (
        "Two members of NT24 staff decided that this supply may be invoiced without VAT, although not everything"
        " that is checked here is as it should be.",
        f"Their reason: {reason}",
        "Set aside by them (MISSING_CMR): Missing: the CMR note of the pickup.",
    )
    return replace(
        full,
        ruling=replace(full.ruling, basis=basis, override=override),
        checks=tuple(waived if check.sentence == waived.sentence else check for check in full.checks),
    )


def long_originals() -> list[Original]:
    return [
        Original(
            item.embedded_as,
            item.content_type,
            item.sha256,
            partial(BytesIO, f"%PDF-1.4 {item.number}".encode()),
        )
        for item in a_long_dossier().evidence
    ]
