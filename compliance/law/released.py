"""The packs that are in force, by state of departure and day. The tests hold the hash of each released one."""

from datetime import date
from decimal import Decimal

from compliance.law.packs import Limit, Pack, Route
from compliance.law.provisions import EXEMPTION_IN
from compliance.law.routes import at, be, cz, de, es, eu, fr, it, nl, pl
from compliance.law.routes.export import EXPORT, GERMAN_EXPORT

SINCE = date(2020, 1, 1)  # the quick fixes: Directive (EU) 2018/1910, Implementing Regulation (EU) 2018/1912
EDITION = "2026-01"
LISTS = "Collected list, not confirmed by an adviser"


def cash(amount: int, since: date = SINCE, currency: str = "EUR", source: str = LISTS) -> Limit:
    return Limit("CASH_LIMIT", Decimal(amount), currency, since, source)


def pack(state: str, routes: tuple[Route, ...], **rest: object) -> Pack:
    conditions = (eu.statement_in_time, *rest.pop("conditions", ()))  # type: ignore[misc]
    exemption = EXEMPTION_IN[state].cited if state in EXEMPTION_IN else "Art. 138 Dir. 2006/112/EC"
    return Pack(state, EDITION, SINCE, exemption, routes + eu.ROUTES, conditions=conditions, **rest)  # type: ignore[arg-type]


PACKS: tuple[Pack, ...] = (
    pack("DE", de.ROUTES, exports=GERMAN_EXPORT, invoice_is_proof=True, reports_new_vehicles=True, conditions=(de.translation,), limits=(Limit("CASH_ID_DUTY", Decimal(10_000), "EUR", SINCE, "§ 10(6a) GwG"),)),
    pack("AT", at.ROUTES, exports=EXPORT, reports_new_vehicles=True),
    pack("BE", be.ROUTES, exports=EXPORT, limits=(cash(3_000),)),
    pack("FR", fr.ROUTES, exports=EXPORT, limits=(cash(1_000, source="Art. L.112-6, D.112-3 CMF"),)),
    pack("IT", it.ROUTES, exports=EXPORT, conditions=(it.ninety_days,), limits=(cash(5_000),)),
    pack("NL", nl.ROUTES, exports=EXPORT, limits=(cash(3_000, date(2026, 1, 1), source="Ban of cash for goods since 1.1.2026"),)),
    pack("PL", pl.ROUTES, exports=EXPORT, limits=(cash(15_000, currency="PLN", source="Art. 19 Prawo przedsiębiorców"),)),
    pack("ES", es.ROUTES, exports=EXPORT, limits=(cash(1_000),)),
    pack("CZ", cz.ROUTES, exports=EXPORT, limits=(cash(270_000, currency="CZK", source="Zákon 254/2004 Sb."),)),
    pack("EU", (), exports=EXPORT),
)  # fmt: skip


def pack_for(state: str | None, on: date) -> Pack:
    """The pack of a state of departure on the day that the transport began; "EU" where a state has none."""
    fit = [row for row in PACKS if row.state in (state, "EU") and is_in_force(row, on)]
    if not fit:
        raise LookupError(f"no rules for supplies of {on}: the oldest ones begin on {SINCE}")
    return min(fit, key=lambda row: row.state == "EU")


def is_in_force(row: Pack, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
