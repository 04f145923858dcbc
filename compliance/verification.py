"""What `/verify` says about a file: what `nt24.documents.verification` found, in words for a tax officer.

Nothing is kept. Of a file that is altered or not ours no facts are shown: anybody may have written them.
"""

from dataclasses import dataclass
from enum import StrEnum

from compliance.models import ExportFile
from nt24.documents.verification import Verification
from nt24.documents.verification import verify as verify_seal

SEALED = "The file carries a seal"
STATEMENTS = (
    "The sealed content is unchanged",
    "The seal covers the whole file",
    "The seal is one of NT24",
    "The documents inside are those of the sealed list",
)


@dataclass(frozen=True, slots=True)
class Known:
    """An issued Export File as the register has it; `superseded_by` is the newest version if another one.

    `is_withdrawn`: the order no longer has the verdict that the file states.
    """

    version: int
    superseded_by: int | None
    is_withdrawn: bool = False


class Outcome(StrEnum):
    GENUINE = "genuine"
    ALTERED = "altered"
    NOT_OURS = "not-ours"


class Answer(StrEnum):
    """Of one check, in the word the page shows. `OPEN`: an earlier check leaves nothing to decide."""

    YES = "Yes"
    NO = "No"
    NOTICE = "Note"
    OPEN = "Not checked"


class Tone(StrEnum):
    """The look of the result: the state classes of the design system."""

    GOOD = "valid"
    BAD = "invalid"
    CAREFUL = "waiting"


@dataclass(frozen=True, slots=True)
class Check:
    answer: Answer
    statement: str
    explanation: str = ""

    @property
    def tone(self) -> str:
        return {Answer.YES: Tone.GOOD, Answer.NO: Tone.BAD, Answer.NOTICE: Tone.CAREFUL}.get(self.answer, "")


@dataclass(frozen=True, slots=True)
class Finding:
    """The whole result page. `seal` and `known` are there for a genuine file only."""

    outcome: Outcome
    tone: Tone
    headline: str
    explanation: str
    checks: tuple[Check, ...]
    sha256: str
    size: int
    seal: Verification | None
    known: Known | None


def known_export_file(sha256: str) -> Known | None:
    """The issued Export File with this hash (hex, of the whole file), and what has become of it."""
    ready = ExportFile.objects.filter(status=ExportFile.Status.READY)
    found = ready.filter(sha256=sha256.lower()).values_list(
        "order_id", "number", "decision", "order__rollup__decision"
    )
    if (row := found.first()) is None:
        return None
    order_id, number, stated, present = row
    newest = ready.filter(order=order_id).order_by("-number").values_list("number", flat=True)[0]
    return Known(
        version=number, superseded_by=newest if newest != number else None, is_withdrawn=stated != present
    )


def examine(content: bytes) -> Finding:
    """Verify the seal and ask the register; never raises for what a file contains."""
    seal = verify_seal(content)
    outcome = outcome_of(seal)
    known = known_export_file(seal.sha256) if outcome is Outcome.GENUINE else None
    tone, headline, explanation = summary_of(outcome, seal, known)
    return Finding(
        outcome=outcome,
        tone=tone,
        headline=headline,
        explanation=explanation,
        checks=(*checks_of_seal(seal), *checks_of_register(outcome, known)),
        sha256=seal.sha256,
        size=seal.size,
        seal=seal if outcome is Outcome.GENUINE else None,
        known=known,
    )


def outcome_of(seal: Verification) -> Outcome:
    """A signature that holds but is a stranger's makes the file a stranger's, whatever was added to it."""
    if seal.is_genuine:
        return Outcome.GENUINE
    is_a_strangers = seal.is_intact and not seal.is_trusted
    return Outcome.NOT_OURS if is_a_strangers or not seal.is_signed else Outcome.ALTERED


def summary_of(outcome: Outcome, seal: Verification, known: Known | None) -> tuple[Tone, str, str]:
    """How the result looks, its headline and one sentence below it."""
    if outcome is Outcome.ALTERED:
        return (
            Tone.BAD,
            "Altered",
            "This file is not as it was when it was sealed. Do not rely on it; ask for the original.",
        )
    if outcome is Outcome.NOT_OURS:
        return (Tone.BAD, "Not ours", not_ours_because(seal))
    if known is None:
        return (
            Tone.CAREFUL,
            "Sealed by NT24, but not in the register",
            "The seal is good, but this portal has not issued the file. It may come from a test system.",
        )
    if known.superseded_by is None and known.is_withdrawn:
        return (
            Tone.CAREFUL,
            "Genuine, but its verdict no longer stands",
            "Nothing was changed since NT24 sealed it, but the order has lost this verdict meanwhile. Ask the seller.",
        )
    if known.superseded_by is not None:
        return (
            Tone.CAREFUL,
            "Genuine, but superseded",
            f"Nothing was changed since NT24 sealed it, but version {known.superseded_by} has replaced it.",
        )
    return (
        Tone.GOOD,
        "Genuine",
        "NT24 sealed this file, nothing was changed, and it is the current version.",
    )


def not_ours_because(seal: Verification) -> str:
    if seal.is_signed:
        return "This file carries a signature, but not the seal of NT24."
    return "This file carries no seal of NT24. A scanned printout or a PDF saved anew has lost its seal."


def checks_of_seal(seal: Verification) -> tuple[Check, ...]:
    """In the order in which each builds on the one before; what stands on a broken one is left open."""
    unchanged, whole, ours, inside = STATEMENTS
    if not seal.is_signed:
        unsealed = Check(Answer.NO, SEALED, "No electronic signature was found in it.")
        return (unsealed, *left_open(*STATEMENTS))
    if not seal.is_intact:
        changed = Check(Answer.NO, unchanged, "The sealed bytes are not those that were sealed.")
        return (Check(Answer.YES, SEALED), changed, *left_open(whole, ours, inside))
    has_no_addition = seal.covers_whole_file and not seal.modified_after
    checks = (
        Check(Answer.YES, SEALED),
        Check(Answer.YES, unchanged),
        yes_or_no(has_no_addition, whole, "Something was added to the file after it was sealed."),
        yes_or_no(seal.is_trusted, ours, "The certificate of the signature is not ours, or has expired."),
    )
    if not seal.is_trusted:
        return (*checks, *left_open(inside))
    return (*checks, yes_or_no(seal.attachments_match, inside, objection_to_attachments(seal)))


def objection_to_attachments(seal: Verification) -> str:
    return ", ".join(
        f"{entry.name}: {entry.state.lower()}" for entry in seal.attachments if not entry.matches
    )


def left_open(*statements: str) -> tuple[Check, ...]:
    return tuple(Check(Answer.OPEN, statement) for statement in statements)


def yes_or_no(is_true: bool, statement: str, objection: str) -> Check:
    return Check(Answer.YES, statement) if is_true else Check(Answer.NO, statement, objection)


def checks_of_register(outcome: Outcome, known: Known | None) -> tuple[Check, ...]:
    registered, newest = "It is in the register of issued Export Files", "It is the current version"
    stands = Check(Answer.YES, newest)
    if outcome is not Outcome.GENUINE:
        return left_open(registered, newest)
    if known is None:
        return (
            Check(Answer.NOTICE, registered, "This portal has not issued a file with this hash."),
            *left_open(newest),
        )
    if known.superseded_by is None:
        if known.is_withdrawn:
            stands = Check(Answer.NOTICE, newest, "The order no longer has the verdict that the file states.")
        return (Check(Answer.YES, registered), stands)
    return (
        Check(Answer.YES, registered),
        Check(Answer.NOTICE, newest, f"Version {known.superseded_by} has replaced it; older ones are kept."),
    )
