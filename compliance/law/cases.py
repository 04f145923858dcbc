"""Worked cases as JSON -> supplies. The members are those of `docs/law-cases.md`; a case is one order."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from compliance.law.evidence import Basis, Kind, Paper, Place, Role, Side
from compliance.law.facts import (
    Answer,
    Arranger,
    Buyer,
    Car,
    Carrier,
    DoubtKind,
    Invoice,
    Movement,
    PartyKind,
    Payment,
    Statement,
    Supply,
    VatCheck,
    VatNumber,
)

Json = Mapping[str, Any]
KINDS = {
    "taxable": PartyKind.TAXABLE,
    "private": PartyKind.PRIVATE,
    "taxable (third country)": PartyKind.THIRD_COUNTRY,
    "non-taxable legal person": PartyKind.LEGAL_PERSON,
}
COLLECTED = {  # who arranges, who carries, whether an agent collects
    "seller": (Arranger.SELLER, Carrier.SELLER, False),
    "carrier-for-seller": (Arranger.SELLER, Carrier.CARRIER, False),
    "carrier-for-buyer": (Arranger.BUYER, Carrier.CARRIER, False),
    "buyer": (Arranger.BUYER, Carrier.BUYER, False),
    "buyer-agent": (Arranger.BUYER, Carrier.BUYER, True),
    "buyers-customer": (Arranger.BUYERS_CUSTOMER, Carrier.CARRIER, False),
}
STATEMENTS = {
    "FILED_ON_TIME": Statement.FILED,
    "FILED_LATE_CORRECT": Statement.FILED,
    "NOT_FILED": Statement.NOT_FILED,
    "NOT_FILED_JUSTIFIED": Statement.JUSTIFIED,
    "FILED_WRONG": Statement.WRONG,
    "FILED_INCORRECT": Statement.WRONG,
    "NOT_REQUIRED": Statement.NOT_REQUIRED,
}
SIDES = {"seller": Side.SELLER, "buyer": Side.BUYER}
SIGNERS = (  # the first word that fits tells whose signature it is
    ("authorised by", Role.FOR_BUYER),
    ("in the name of the acquirer", Role.FOR_BUYER),
    ("unknown", Role.UNKNOWN),
    ("buyer", Role.BUYER),
    ("collector", Role.FOR_BUYER),
    ("agent", Role.FOR_BUYER),
    ("seller", Role.SENDER),
    ("carrier", Role.CARRIER),
    ("forwarder", Role.CARRIER),
)
DOUBTS = (
    ("shell", DoubtKind.IDENTITY),
    ("transit", DoubtKind.DIVERSION),
    ("onward sale", DoubtKind.DIVERSION),
)
A_DEAL_FROM_BEFORE = timedelta(days=8)


def supplies_of(case: Json) -> tuple[Supply, ...]:
    """One supply per vehicle of the case.

    :raises KeyError, ValueError: a member is missing or has a value that is not known; the message names it.
    """
    facts = case["facts"]
    vehicles = facts.get("vehicles") or [{"vin": "VIN-1"}]
    return tuple(supply(case, facts, vehicle, vehicles) for vehicle in vehicles)


def supply(case: Json, facts: Json, vehicle: Json, vehicles: list[Json]) -> Supply:
    days = {name: day(value) for name, value in facts["dates"].items()}
    margins = {bool(other.get("marginScheme", facts["marginScheme"])) for other in vehicles}
    vins = frozenset(str(other["vin"]) for other in vehicles)
    return Supply(
        car=car(facts, vehicle),
        buyer=Buyer(KINDS[facts["buyerKind"]], facts.get("buyerEstablishedIn"), facts.get("previousDeals")),
        number=number(facts),
        movement=movement(facts, vehicle, days),
        on=days["assessed"] or days["supply"] or date.max,
        seller_state=case["seller_state"],
        checks=tuple(checks(facts, days)),
        papers=tuple(paper(item, vins) for item in facts["evidence"]),
        payment=payment(facts),
        invoice=invoice(facts["invoice"], is_mixed=len(margins) > 1),
        statement=STATEMENTS[facts["recapStatement"]] if facts.get("recapStatement") else None,
        doubts=tuple(doubts(facts)),
        seller_has_number_in_departure=facts.get("sellerVatIdInDeparture"),
        order_vins=vins,
        proof_until=closed_on(facts, days),
    )


def day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def car(facts: Json, vehicle: Json) -> Car:
    return Car(
        vin=str(vehicle["vin"]),
        first_use_on=day(facts.get("firstRegistration")),
        km=facts.get("mileage"),
        is_margin=vehicle.get("marginScheme", facts["marginScheme"]),
        bought_with_deductible_vat="deductible" in (facts.get("acquiredWith") or ""),
        engine_cc=facts.get("engineCc"),
        fuel=facts.get("fuel"),
        has_arrived=vehicle.get("arrived"),
    )


def number(facts: Json) -> VatNumber | None:
    if not facts["buyerVatIdIndicated"] or not facts["buyerVatState"]:
        return None
    confirmed = (facts.get("vatCheck") or {}).get("validFromConfirmed")
    return VatNumber(
        state=facts["buyerVatState"],
        indicated_on=day(facts.get("buyerVatIdIndicatedOn")),
        valid_from=day(confirmed or facts.get("vatIdValidFrom")),
        valid_until=day(facts.get("vatIdValidUntil")),
    )


def checks(facts: Json, days: Mapping[str, date | None]) -> Iterator[VatCheck]:
    """The answers before, at, at the delivery and after. What was compared belongs to all of them."""
    check = facts.get("vatCheck") or {}
    at = days["supply"] or date.min
    before = day(check.get("lastCheckedOn")) or days.get("contract") or at - A_DEAL_FROM_BEFORE
    after = day(check.get("checkedOn")) or days["assessed"] or at
    known_names = {"MATCH": True, "NO_MATCH": False}
    compared = VatCheck(
        on=at,
        result=Answer.UNKNOWN,
        name_matches=known_names.get(check.get("nameMatch", "")),
        details_match=False if check.get("streetMatch") == "NO_MATCH" else None,
        is_explained="explainedBy" in check,
        holder_is_another="holder" in check,
        is_qualified=bool(check.get("qualified")),
    )
    moments = (("viesBefore", before), ("viesAtSupply", at), ("viesAtDelivery", days.get("arrival") or at), ("viesAfter", after))  # fmt: skip
    for name, on in moments:
        if facts.get(name, "NOT_CHECKED") != "NOT_CHECKED":
            yield replace(compared, on=on, result=Answer(facts[name]))


def movement(facts: Json, vehicle: Json, days: Mapping[str, date | None]) -> Movement:
    arranged_by: Arranger | None
    arranged_by, carried_by, by_agent = COLLECTED[facts["collectedBy"]]
    by = facts.get("transportBy", "")
    if by.startswith("C "):
        arranged_by = Arranger.BUYERS_CUSTOMER
    if by.startswith("unknown"):
        arranged_by = None
    return Movement(
        start_on=days["supply"] or date.min,
        end_on=days.get("arrival"),
        from_=Place(facts["departure"]),
        to=Place(
            vehicle.get("destination", facts["destination"]),
            post_code=facts.get("destinationPostCode"),
            territory=facts.get("destinationTerritory"),
        ),
        arranged_by=arranged_by,
        carried_by=carried_by,
        by_agent=by_agent,
        is_resold=bool(facts.get("chain")),
        owned_by_customer_before_start="before the" in facts.get("resaleTold", ""),
        transit=frozenset(facts.get("transit", ())),
    )


def payment(facts: Json) -> Payment:
    paid, price = facts["payment"], facts["price"]
    cash = paid.get("cash", paid["paid"] if paid["method"] == "cash" else 0)
    return Payment(
        price=Decimal(str(price["net"])),
        currency=price["currency"],
        paid_in_cash=Decimal(str(cash)),
        by_buyer=paid.get("payer", "buyer") == "buyer",
        is_explained=bool(paid.get("explained")),
    )


def invoice(facts: Json, *, is_mixed: bool) -> Invoice | None:
    if facts["kind"] == "none":
        return None
    return Invoice(
        shows_vat=facts["vatShown"],
        has_exemption_reference=facts["exemptionReference"],
        has_seller_number=facts["sellerVatId"],
        has_buyer_number=facts["buyerVatId"],
        has_margin_words=facts["marginWords"],
        has_new_vehicle_data=facts.get("newVehicleData"),
        names_another_buyer=facts.get("buyerName", "buyer") != "buyer",
        covers_both_schemes=is_mixed,
    )


def doubts(facts: Json) -> Iterator[DoubtKind]:
    known = facts.get("knowledge")
    for text in [*facts.get("doubts", ()), *([known] if known else ())]:
        yield next((kind for word, kind in DOUBTS if word in text), DoubtKind.FRAUD_SIGN)


def closed_on(facts: Json, days: Mapping[str, date | None]) -> date | None:
    """A procedure that is over without a day: the end of the second year after the supply, when it usually is."""
    over = facts.get("proceedings") == "assessment final" and days["supply"]
    return date(over.year + 2, 12, 31) if over else None


def paper(item: Json, order: frozenset[str]) -> Paper:
    signed, country = signatures(item)
    return Paper(
        kind=Kind(item["kind"]),
        basis=Basis.EXAMINED,
        issuer=item.get("issuer"),
        side=SIDES.get(item.get("party", ""), Side.THIRD),
        is_related="relatedTo" in item,
        issued_on=day(item.get("date")),
        received_on=day(item.get("receivedOn")),
        month=item.get("receiptMonth"),
        vins=vins_of(item, order),
        place=place(item),
        signed=signed,
        signer_country=country,
        is_complete=item.get("complete"),
        holder_is_buyer=item["holder"] == "buyer" if "holder" in item else None,
        account_is_buyers=item["account"] == "buyer" if "account" in item else None,
        is_special=item["scope"] == "special" if "scope" in item else None,
        language=item.get("language"),
        is_translated=bool(item.get("translated")),
        from_buyers_sphere=item["transmission"].get("startedIn") == "buyer sphere"
        if item.get("transmission")
        else None,
        months_covered=months(item),
        has_plate="registrationNumber" in item,
        has_mrn="mrn" in item,
        names_export_plates=item.get("exportPlates") == "named",
        is_gap_free=item.get("gapFree"),
        is_forged=bool(item.get("forged")),
        stated={name: value for name, value in item.items() if isinstance(value, bool)},
    )


def vins_of(item: Json, order: frozenset[str]) -> frozenset[str] | None:
    if item.get("mentionsVin") is False:
        return None
    if item.get("vinMatches") is False:
        return frozenset({"the VIN of another car"})
    return frozenset(item["vins"]) if "vins" in item else order


def place(item: Json) -> Place | None:
    """`arrivalPlace` is a place in words, as a statement may name it: "Lyon FR"."""
    where = item.get("place")
    if item.get("arrivalPlace"):
        city, _, country = item["arrivalPlace"].rpartition(" ")
        return Place(country, city)
    if not where:
        return None
    city = where.get("city")
    return Place(
        where.get("country"),
        city,
        territory=where.get("territory"),
        is_buyers=city is not None and ("buyer" in city or "named there" in city),
        is_third_partys="warehouse" in (city or ""),
    )


def signatures(item: Json) -> tuple[Mapping[Role, bool], str | None]:
    """Who signed, and the country of a recipient that is neither the buyer nor authorised."""
    boxes = item.get("boxes")
    signers = [name for name in boxes.values() if name] if boxes else item.get("signedBy", [])
    roles = {signer: role_of(signer) for signer in signers}
    others = [signer for signer, role in roles.items() if role is Role.OTHER and "(" in signer]
    country = others[0].rpartition("(")[2].rstrip(")") if others else None
    return dict.fromkeys(roles.values(), True), country


def role_of(signer: str) -> Role:
    return next((role for words, role in SIGNERS if words in signer), Role.OTHER)


def months(item: Json) -> int | None:
    if "collective" in item:
        first, last = (date.fromisoformat(f"{item['collective'][end]}-01") for end in ("from", "to"))
        return (last.year - first.year) * 12 + last.month - first.month + 1
    words = (item.get("period") or "").split()
    return int(words[0]) if words else None
