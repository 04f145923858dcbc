"""`judge`: one supply -> one ruling; `order_of`: the rulings of an order -> what holds for all of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from compliance.law import conditions
from compliance.law.codes import BY_CODE
from compliance.law.facts import PartyKind, Supply
from compliance.law.findings import Finding, Weight, flag, tax, wait, without_flags
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Pack, Route
from compliance.law.released import pack_for
from compliance.law.territory import state_of

Condition = Callable[[Supply, Pack], tuple[Finding, ...]]
Answers = Mapping[Route, Answer]


class Verdict(StrEnum):
    EXEMPT = "EXEMPT"
    TAXABLE = "TAXABLE"
    NOT_YET = "NOT_YET"
    NEEDS_REVIEW = "NEEDS_REVIEW"


class Stage(StrEnum):
    """The questions in their order; the first one with a finding that is no remark decides the verdict."""

    NATURE = "NATURE"  # sanctions, places, scheme, buyer, chain
    NUMBER = "NUMBER"
    IDENTITY = "IDENTITY"
    FORM = "FORM"  # recapitulative statement, registration of the seller
    AGREEMENT = "AGREEMENT"  # documents that contradict each other
    PROOF = "PROOF"
    INVOICE = "INVOICE"
    REST = "REST"


class Tax(StrEnum):
    """Which tax is due where the supply is not exempt."""

    NONE = "NONE"
    DOMESTIC = "DOMESTIC"
    MARGIN = "MARGIN"
    DESTINATION = "DESTINATION"


BY_WEIGHT = {
    Weight.TAX: Verdict.TAXABLE,
    Weight.REVIEW: Verdict.NEEDS_REVIEW,
    Weight.WAIT: Verdict.NOT_YET,
    Weight.FLAG: Verdict.EXEMPT,
}
NATURE: tuple[Condition, ...] = (
    conditions.sanctions,
    conditions.places,
    conditions.scheme,
    conditions.private_buyer,
    conditions.chain,
)
NUMBER: tuple[Condition, ...] = (conditions.number, conditions.valid_at_supply)
FORM: tuple[Condition, ...] = (conditions.statement, conditions.registration_of_seller)
REST: tuple[Condition, ...] = (conditions.doubts, conditions.payment, conditions.collector)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for one car. `routes`: those that prove the transport, the main one first."""

    vin: str
    verdict: Verdict
    tax: Tax
    pack: str
    routes: tuple[str, ...]
    findings: tuple[Finding, ...]
    cites: tuple[str, ...]
    next: str | None

    @property
    def missing(self) -> tuple[str, ...]:
        codes = [finding.code for finding in without_flags(self.findings)]
        return tuple(dict.fromkeys(code for code in codes if not BY_CODE[code].is_reason))

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.code for f in self.findings if f.weight is Weight.FLAG))


@dataclass(frozen=True, slots=True)
class OrderRuling:
    verdict: Verdict
    routes: tuple[str, ...]
    missing: tuple[str, ...]
    rulings: tuple[Ruling, ...]


def judge(s: Supply) -> Ruling:
    """The ruling by the rules of the state where the transport begins, on the day that it began.

    :raises LookupError: the supply is older than the oldest rules.
    """
    pack = pack_for(state_of(s.movement.from_.country, s.movement.start_on), s.movement.start_on)
    routes = pack.exports if conditions.is_export(s) else pack.routes
    answers = {route: route.check(s) for route in routes}
    stages = findings_by_stage(s, pack, answers)
    decisive = next((found for found in map(without_flags, stages.values()) if found), ())
    verdict = BY_WEIGHT[max((finding.weight for finding in decisive), default=Weight.FLAG)]
    proven = [route for route in routes if answers[route] is None] if is_proof_whole(pack, stages) else []
    found = tuple(dict.fromkeys(finding for stage in stages.values() for finding in stage))
    if verdict is Verdict.EXEMPT and pack.reports_new_vehicles and is_private_sale(s):
        found += flag("NEW_VEHICLE_REPORT")
    return Ruling(
        vin=s.car.vin,
        verdict=verdict,
        tax=tax_of(verdict, found),
        pack=pack.name,
        routes=tuple(route.name for route in proven),
        findings=found,
        cites=cites(s, pack, proven, found),
        next=cheapest(answers)
        if Stage.PROOF in stages and not proven and verdict is not Verdict.TAXABLE
        else None,
    )


def is_private_sale(s: Supply) -> bool:
    """A sale within the Union to somebody who needs no number: only new vehicles are exempt (Article 138(2)(a))."""
    return s.buyer.kind is PartyKind.PRIVATE and not conditions.is_export(s)


def findings_by_stage(s: Supply, pack: Pack, answers: Answers) -> dict[Stage, tuple[Finding, ...]]:
    """The questions in order. What decides the kind of the supply, or leaves it without a number, ends them."""
    stages = {Stage.NATURE: first_decisive(NATURE, s, pack)}
    if without_flags(stages[Stage.NATURE]):
        return stages
    if conditions.is_export(s):
        stages[Stage.NUMBER] = conditions.exporter(s, pack)
    elif not is_private_sale(s):
        stages[Stage.NUMBER] = ask(NUMBER, s, pack)
    if any(finding.weight is Weight.TAX for finding in stages.get(Stage.NUMBER, ())):
        return stages
    stages[Stage.IDENTITY] = conditions.identity(s, pack)
    stages[Stage.FORM] = ask(FORM, s, pack)
    stages[Stage.AGREEMENT] = conditions.papers_agree(s, pack)
    is_clear_whose = not (without_flags(stages[Stage.IDENTITY]) or stages[Stage.AGREEMENT])
    stages[Stage.PROOF] = lacking_of_proof(s, answers) if is_clear_whose else ()
    stages[Stage.INVOICE] = conditions.invoice(s, pack)
    stages[Stage.REST] = ask(REST, s, pack) + tuple(f for extra in pack.conditions for f in extra(s))
    return stages


def first_decisive(questions: Iterable[Condition], s: Supply, pack: Pack) -> tuple[Finding, ...]:
    """The remarks so far, and the findings of the first condition that decides."""
    found: tuple[Finding, ...] = ()
    for condition in questions:
        found += condition(s, pack)
        if without_flags(found):
            break
    return found


def ask(questions: Iterable[Condition], s: Supply, pack: Pack) -> tuple[Finding, ...]:
    return tuple(finding for condition in questions for finding in condition(s, pack))


def lacking_of_proof(s: Supply, answers: Answers) -> tuple[Finding, ...]:
    """What the routes nearest to their end still lack: those with the fewest steps. Nothing has begun: the arrival.

    Once the procedure is over nothing can be supplied any more.
    """
    if None in answers.values():
        return ()
    begun = [(route, answer) for route, answer in answers.items() if isinstance(answer, Lacks)]
    fewest = min((answer.steps for _, answer in begun), default=0)
    nearest = [(route, answer) for route, answer in begun if answer.steps == fewest]
    formal = [(route, answer) for route, answer in nearest if route.is_formal]
    near = [finding for _, answer in formal or nearest for finding in answer.findings]
    found = tuple(dict.fromkeys(near)) or nothing_begun(s)
    is_over = s.proof_until is not None and s.on > s.proof_until
    return tax(*(finding.code for finding in found)) if is_over else found


def nothing_begun(s: Supply) -> tuple[Finding, ...]:
    if not conditions.is_export(s):
        return wait("ARRIVAL_PROOF_MISSING")
    as_within_the_union = s.number is not None and state_of(s.number.state, s.movement.start_on)
    return (wait("DESTINATION_OUTSIDE_VAT_TERRITORY") if as_within_the_union else ()) + wait(
        "EXPORT_EXIT_MISSING"
    )


def is_proof_whole(pack: Pack, stages: Mapping[Stage, tuple[Finding, ...]]) -> bool:
    """Whether a passed route proves an exempt supply: nothing before it has decided otherwise.

    Where the invoice is part of the proof (Germany), a wrong one leaves the proof incomplete; shown VAT is a debt of
    its own (Article 203) and leaves it whole.
    """
    before = [
        stages.get(stage, ()) for stage in (Stage.NATURE, Stage.NUMBER, Stage.IDENTITY, Stage.AGREEMENT)
    ]
    if pack.invoice_is_proof and stages.get(Stage.INVOICE) != wait("INVOICE_SHOWS_VAT"):
        before.append(stages.get(Stage.INVOICE, ()))
    return not any(map(without_flags, before))


def tax_of(verdict: Verdict, found: tuple[Finding, ...]) -> Tax:
    codes = {finding.code for finding in found}
    if verdict is Verdict.EXEMPT:
        return Tax.NONE
    if "MARGIN_SCHEME" in codes and verdict is Verdict.TAXABLE:
        return Tax.MARGIN
    return Tax.DESTINATION if "TAX_DUE_IN_DESTINATION" in codes else Tax.DOMESTIC


def cites(s: Supply, pack: Pack, routes: list[Route], found: tuple[Finding, ...]) -> tuple[str, ...]:
    if conditions.is_export(s):
        article = "Art. 146(1) Dir. 2006/112/EC"
    else:
        article = f"Art. {'138(2)(a)' if is_private_sale(s) else '138(1)'} Dir. 2006/112/EC"
    of_routes = [cite for route in routes[:1] for cite in route.cites]
    of_findings = [BY_CODE[finding.code].article for finding in without_flags(found)]
    return tuple(dict.fromkeys(filter(None, [article, pack.exemption, *of_routes, *of_findings])))


def cheapest(answers: Answers) -> str | None:
    """The documents of the cheapest route that this supply may still take, in words."""
    open_ = [route for route, answer in answers.items() if isinstance(answer, Lacks) or answer is NOT_BEGUN]
    return min(open_, key=lambda route: route.cost).asks if open_ else None


def order_of(rulings: tuple[Ruling, ...]) -> OrderRuling:
    """One answer for all cars. Some exempt and some taxed is no answer: the order has to be split."""
    verdicts = {ruling.verdict for ruling in rulings}
    mixed = {Verdict.EXEMPT, Verdict.TAXABLE} <= verdicts
    by_severity = (Verdict.NEEDS_REVIEW, Verdict.NOT_YET, Verdict.TAXABLE, Verdict.EXEMPT)
    verdict = next(v for v in by_severity if v in verdicts)
    counted = [
        r
        for r in rulings
        if not mixed or r.verdict is not Verdict.TAXABLE or "DESTINATION_NOT_CROSS_BORDER" not in r.missing
    ]
    return OrderRuling(
        verdict=Verdict.NEEDS_REVIEW if mixed else verdict,
        routes=tuple(dict.fromkeys(route for ruling in rulings for route in ruling.routes)),
        missing=tuple(dict.fromkeys(code for ruling in counted for code in ruling.missing)),
        rulings=rulings,
    )
