"""The next step of a case, which is safe to follow: one, or none. Standard library only.

It follows from the stored rollup and the order of urgency in `blockers.py`, and never from what happens to be possible:
somebody who may not take the step is shown what is waited for, and not a later step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.blockers import by_urgency, kind_of

VAT_APPLICABLE = "VAT_APPLICABLE"
CORRECTIONS: Mapping[str, str] = {"PRELIMINARY": "change-invoice", "FINAL": "change-final-invoice"}


@dataclass(frozen=True, slots=True)
class State:
    """`blockers` is code → message of the rollup, `decision` "" before a verdict, `invoices` type → status.

    `scanning` holds the moves that file a paper where one is still with the virus scanner.
    """

    blockers: Mapping[str, str]
    decision: str = ""
    invoices: Mapping[str, str] | None = None
    export_status: str = ""
    is_cancelled: bool = False
    has_proposal: bool = False
    scanning: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """`moves` are buttons of the case, the first one is the step; `part` is the section of the buyer's page instead.

    `code` is the blocker that it removes, or what else is waited for.
    """

    code: str
    sentence: str
    moves: Sequence[str] = ()
    part: str = ""
    is_stop: bool = False
    is_wait: bool = False


def next_step(case: State) -> Step | None:
    if case.is_cancelled:
        return None
    # A verdict that VAT applies has settled what it was reached for.
    ranked = [
        code
        for code in by_urgency(case.blockers)
        if not (case.decision == VAT_APPLICABLE and kind_of(code).is_fatal)
    ]
    stops = [code for code in ranked if kind_of(code).is_stop]
    if stops:
        return step_for(stops[0], case)
    if case.has_proposal:
        return Step("PROPOSAL", "Another verdict is proposed: a second person accepts or declines it first.")
    if case.decision:
        return step_after_verdict(case)
    return step_for(ranked[0], case) if ranked else None


def step_for(code: str, case: State) -> Step:
    kind = kind_of(code)
    moves = moves_for(code, case.invoices or {})
    step = Step(code, case.blockers[code], moves, kind.part, kind.is_stop and not kind.is_wait, kind.is_wait)
    if case.scanning.intersection(moves):
        return replace(
            step, sentence="A document is being scanned for viruses: wait for the result.", is_wait=True
        )
    return step


def moves_for(code: str, invoices: Mapping[str, str]) -> tuple[str, ...]:
    """The buttons that remove a blocker.

    Of two invoices the one that was found invalid is corrected; where none is yet, because its PDF is missing, those
    that were not found valid.
    """
    move = kind_of(code).move
    if move != CORRECTIONS["PRELIMINARY"]:
        return (move,) if move else ()
    wrong = {type for type, status in invoices.items() if status == "INVALID"}
    wrong = wrong or {type for type, status in invoices.items() if status != "VALID"}
    return tuple(CORRECTIONS[type] for type in CORRECTIONS if type in wrong) or (move,)


def step_after_verdict(case: State) -> Step | None:
    """The final invoice as the verdict has it, then its PDF, then a sealed file."""
    final = (case.invoices or {}).get("FINAL")
    if final is None:
        return Step("FINAL_INVOICE", vat_on_final_invoice(case), ("submit-final-invoice",))
    if "FINAL_INVOICE_VAT_MISMATCH" in case.blockers:
        return step_for("FINAL_INVOICE_VAT_MISMATCH", case)
    if final == "DRAFT":
        return Step("FINAL_INVOICE_PDF", "Upload the PDF of the final invoice.", ("file-invoice-document",))
    if case.export_status == "FAILED":
        return Step(
            "EXPORT_FILE", "The Export File could not be made: make a new version.", ("regenerate-export",)
        )
    return None


def vat_on_final_invoice(case: State) -> str:
    if case.decision != VAT_APPLICABLE:
        return "The conditions for a VAT-free export are met: the final invoice shows no VAT."
    reasons = [kind_of(code).title for code in by_urgency(case.blockers) if kind_of(code).is_fatal]
    due = "the final invoice shows none" if "MARGIN_SCHEME" in case.blockers else "the final invoice shows it"
    if not reasons:
        return f"Two people decided that VAT applies: {due}."
    return (
        f"VAT applies ({', '.join(reasons)}): {due}. Is the reason a mistake? Correct it before you invoice."
    )
