"""What `/verify` says about a file: what `nt24.documents.verification` found, in words for a tax officer.

Nothing is kept. Of a file that is altered or not ours no facts are shown: anybody may have written them. The words are
in the language that is active: German from compliance/locale, else English.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.facts import Loaded, case_of
from compliance.later_facts import has_later_facts
from compliance.models import ExportFile
from compliance.queries import override_of
from compliance.wording import RULES_ALONE, is_by_staff, statement
from nt24.documents.models import SealedFile
from nt24.documents.register import registered
from nt24.documents.verification import Verification
from nt24.documents.verification import verify as verify_seal
from orders.models import Order

Text = str | Promise
SEALED = gettext_lazy("The file carries a seal")
STATEMENTS = (
    gettext_lazy("The sealed content is unchanged"),
    gettext_lazy("The seal covers the whole file"),
    gettext_lazy("The seal is one of NT24"),
    gettext_lazy("The documents inside are those of the sealed list"),
)


REGISTERED = gettext_lazy("It is in the register of sealed files")
SINCE = (
    gettext_lazy("It is the current version"),
    gettext_lazy("Its verdict is the present one"),
    gettext_lazy("It includes all facts recorded so far"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A sealed file as the register has it.

    Of an Export File: `superseded_by` is the newest version if another one, `stated` the verdict in the file,
    `present` that of the order now ("" without one), by staff if `present_is_by_staff`, and `has_later_facts` whether
    the case has moved on since the newest version was frozen.
    """

    version: int | None = None
    superseded_by: int | None = None
    stated: str = ""
    present: str = ""
    present_is_by_staff: bool = False
    has_later_facts: bool = False
    kind: str = SealedFile.Kind.EXPORT_FILE

    @property
    def is_export_file(self) -> bool:
        return self.kind == SealedFile.Kind.EXPORT_FILE

    @property
    def title(self) -> str:
        return _(str(SealedFile.Kind(self.kind).label))

    @property
    def is_withdrawn(self) -> bool:
        """The order no longer has the verdict that the file states."""
        return self.is_export_file and self.stated != self.present


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


NO_PDF = (
    Tone.BAD,
    gettext_lazy("Not a PDF"),
    gettext_lazy("This is not a PDF, so it carries no seal of NT24. Choose the Export File itself."),
)
LOCKED_PDF = (
    Tone.BAD,
    gettext_lazy("Not ours"),
    gettext_lazy(
        "This PDF opens only with a password. NT24 seals files that open without one; a copy that was protected"
        " afterwards has lost its seal."
    ),
)


@dataclass(frozen=True, slots=True)
class Check:
    answer: Answer
    statement: Text
    explanation: Text = ""

    @property
    def word(self) -> str:
        """The answer in the reader's language."""
        words = {
            Answer.YES: _("Yes"),
            Answer.NO: _("No"),
            Answer.NOTICE: _("Note"),
            Answer.OPEN: _("Not checked"),
        }
        return words[self.answer]

    @property
    def tone(self) -> str:
        return {Answer.YES: Tone.GOOD, Answer.NO: Tone.BAD, Answer.NOTICE: Tone.CAREFUL}.get(self.answer, "")


@dataclass(frozen=True, slots=True)
class Finding:
    """The whole result page. `seal` and `known` are there for a genuine file only."""

    outcome: Outcome
    tone: Tone
    headline: Text
    explanation: Text
    checks: tuple[Check, ...]
    sha256: str
    size: int
    seal: Verification | None
    known: Known | None

    @property
    def verdict(self) -> str:
        """The verdict in the file, in one line; empty without one."""
        if self.seal is None:
            return ""
        return _(statement(self.seal.decision, is_by_staff=decided_by_staff(self.seal)))

    @property
    def rules_alone(self) -> str:
        """What the rules had said where staff decided in their place, as a sentence; empty elsewhere."""
        return (
            _(RULES_ALONE.get(self.seal.rules_alone, "")) if self.seal and decided_by_staff(self.seal) else ""
        )


def known_file(sha256: str) -> Known | None:
    """The sealed file with this hash (hex, of the whole file), and what has become of it."""
    entry = registered(sha256)
    if entry is None:
        return None
    return (
        known_export_file(entry.sha256)
        if entry.kind == SealedFile.Kind.EXPORT_FILE
        else Known(kind=entry.kind)
    )


def known_export_file(sha256: str) -> Known | None:
    ready = ExportFile.objects.filter(status=ExportFile.Status.READY)
    with_order = ready.select_related("order__rollup", "order__seller", "order__buyer__kyc")
    export = with_order.filter(sha256=sha256).first()
    if export is None:
        return None
    newest = ready.filter(order=export.order).order_by("-number").values_list("number", flat=True)[0]
    is_newest = newest == export.number
    return Known(
        version=export.number,
        superseded_by=None if is_newest else newest,
        stated=export.decision,
        present=export.order.rollup.decision,
        present_is_by_staff=is_present_by_staff(export.order),
        has_later_facts=is_newest and has_later_facts(export),
    )


def is_present_by_staff(order: Order) -> bool:
    """Whether an override makes the present verdict."""
    rows = Loaded(order)
    override = override_of(rows, case_of(rows))
    return override is not None and is_by_staff(
        order.rollup.decision, override=override.decision, rules_alone=override.rules_alone
    )


def examine(source: bytes | Path, *, sha256: str = "") -> Finding:
    """Verify the seal and ask the register; never raises for what a file contains.

    :raises Unavailable: too many files are being checked (503).
    """
    seal = verify_seal(source, sha256=sha256)
    outcome = outcome_of(seal)
    known = known_file(seal.sha256) if outcome is Outcome.GENUINE else None
    tone: Tone
    headline: Text
    explanation: Text
    if not seal.is_pdf:
        tone, headline, explanation = NO_PDF
    elif seal.needs_password:
        tone, headline, explanation = LOCKED_PDF
    else:
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


def summary_of(outcome: Outcome, seal: Verification, known: Known | None) -> tuple[Tone, Text, Text]:
    """How the result looks, its headline and one or two sentences below it."""
    if outcome is Outcome.ALTERED:
        return (
            Tone.BAD,
            _("Altered"),
            _("This file is not as it was when it was sealed. Do not rely on it; ask for the original."),
        )
    if outcome is Outcome.NOT_OURS:
        return (Tone.BAD, _("No NT24 seal found"), not_ours_because(seal))
    if known is None:
        return (
            Tone.CAREFUL,
            _("Sealed by NT24, but not in the register"),
            _("The seal is valid, but this portal has not issued the file. It may come from a test system."),
        )
    if not known.is_export_file:
        return (
            Tone.GOOD,
            _("Genuine"),
            _("NT24 sealed this %(title)s, and nothing was changed since.") % {"title": known.title},
        )
    tone, headline, explanation = summary_of_export(known)
    return (tone, headline, " ".join((str(explanation), *about_override(seal))))


def about_override(seal: Verification) -> Iterator[str]:
    """Who decided the verdict in the file, and what the rules had said, where staff decided in their place."""
    if decided_by_staff(seal):
        yield _("Its verdict was decided by two members of staff in place of the rules.")
        if seal.rules_alone:
            yield _(RULES_ALONE[seal.rules_alone])


def decided_by_staff(seal: Verification) -> bool:
    return is_by_staff(seal.decision, override=seal.override, rules_alone=seal.rules_alone)


def summary_of_export(known: Known) -> tuple[Tone, Text, Text]:
    """Of an issued Export File that is unchanged."""
    if known.superseded_by is not None:
        replaced = _("Nothing was changed since NT24 sealed it, but version %(version)s has replaced it.") % {
            "version": known.superseded_by
        }
        return (Tone.CAREFUL, _("Genuine, but superseded"), f"{replaced} {verdict_now(known)}")
    if known.is_withdrawn:
        unchanged = _("Nothing was changed since NT24 sealed it.")
        return (
            Tone.CAREFUL,
            _("Genuine, but its verdict no longer applies"),
            f"{unchanged} {verdict_now(known)}",
        )
    if known.has_later_facts:
        return (
            Tone.CAREFUL,
            _("Genuine, but later facts are not included"),
            _(
                "Nothing was changed since NT24 sealed it, and its verdict still applies. Facts that were recorded"
                " after the time it states are not in it."
            ),
        )
    return (
        Tone.GOOD,
        _("Genuine"),
        _("NT24 sealed this file, nothing was changed, and it is the current version."),
    )


def verdict_now(known: Known) -> str:
    """The order's verdict today beside the one in the file."""
    if not known.is_withdrawn:
        return _("The verdict of the order is still the same.")
    if not known.present:
        return _("The order has no verdict at present.")
    words = _(statement(known.present, is_by_staff=known.present_is_by_staff))
    return _("The verdict of the order is now %(code)s (%(words)s).") % {
        "code": known.present,
        "words": words,
    }


def not_ours_because(seal: Verification) -> str:
    if seal.is_signed:
        return _("This file carries a signature, but not the seal of NT24.")
    return _("This file carries no seal of NT24. A scanned printout or a PDF saved anew has lost its seal.")


def checks_of_seal(seal: Verification) -> tuple[Check, ...]:
    """In the order in which each builds on the one before; what stands on a broken one is left open."""
    unchanged, whole, ours, inside = STATEMENTS
    if not seal.is_signed:
        unsealed = Check(Answer.NO, SEALED, _("No electronic signature was found in it."))
        return (unsealed, *left_open(*STATEMENTS))
    if not seal.is_intact:
        changed = Check(Answer.NO, unchanged, _("The sealed bytes are not those that were sealed."))
        return (Check(Answer.YES, SEALED), changed, *left_open(whole, ours, inside))
    has_no_addition = seal.covers_whole_file and not seal.modified_after
    checks = (
        Check(Answer.YES, SEALED),
        Check(Answer.YES, unchanged),
        yes_or_no(has_no_addition, whole, _("Something was added to the file after it was sealed.")),
        yes_or_no(seal.is_trusted, ours, _("The certificate of the signature is not ours, or has expired.")),
    )
    if not seal.is_trusted:
        return (*checks, *left_open(inside))
    return (*checks, yes_or_no(seal.attachments_match, inside, objection_to_attachments(seal)))


def objection_to_attachments(seal: Verification) -> str:
    return ", ".join(
        f"{entry.name}: {_(entry.state.lower())}" for entry in seal.attachments if not entry.matches
    )


def left_open(*statements: Text) -> tuple[Check, ...]:
    return tuple(Check(Answer.OPEN, statement) for statement in statements)


def yes_or_no(is_true: bool, statement: Text, objection: str) -> Check:
    return Check(Answer.YES, statement) if is_true else Check(Answer.NO, statement, objection)


def checks_of_register(outcome: Outcome, known: Known | None) -> tuple[Check, ...]:
    """Whether it was issued and, of an Export File, what has become of it since."""
    if outcome is not Outcome.GENUINE:
        return left_open(REGISTERED, *SINCE)
    if known is None:
        return (
            Check(Answer.NOTICE, REGISTERED, _("This portal has not issued a file with this hash.")),
            *left_open(*SINCE),
        )
    if not known.is_export_file:
        return (Check(Answer.YES, REGISTERED),)
    newest, same, complete = SINCE
    later = _("Version %(version)s has replaced it; older ones are kept.") % {"version": known.superseded_by}
    return (
        Check(Answer.YES, REGISTERED),
        yes_or_note(known.superseded_by is None, newest, later),
        yes_or_note(not known.is_withdrawn, same, verdict_now(known)),
        yes_or_note(
            known.superseded_by is None and not known.has_later_facts,
            complete,
            _("Facts recorded after the time it states are not included."),
        ),
    )


def yes_or_note(is_true: bool, statement: Text, note: str) -> Check:
    return Check(Answer.YES, statement) if is_true else Check(Answer.NOTICE, statement, note)
