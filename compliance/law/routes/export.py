"""Exports: Article 146 of the Directive; in Germany §§ 8 to 11 and 17 UStDV."""

from compliance.law.evidence import FREIGHT_NOTES, Kind
from compliance.law.facts import Carrier, Supply
from compliance.law.findings import Finding, wait
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.parts import about_the_car, naming_the_car, registration_of_buyer
from compliance.law.territory import Area, area_of


def exit_note(s: Supply) -> Answer:
    """The customs office of exit confirms that the car has left."""
    if not list(about_the_car(s, Kind.EXPORT_EXIT_NOTE)):
        return NOT_BEGUN
    return None if naming_the_car(s, Kind.EXPORT_EXIT_NOTE) else Lacks(wait("EXPORT_VIN_MISSING"))


def german_exit_note(s: Supply) -> Answer:
    """§§ 9(2), 10(2): the VIN, and what shows that the car is registered, cleared or taxed in the third country."""
    answer = exit_note(s)
    if answer is NOT_BEGUN:
        return alternative(s)
    found = (answer.findings if isinstance(answer, Lacks) else ()) + third_country(s)
    return Lacks(found, len(found)) if found else None


def third_country(s: Supply) -> tuple[Finding, ...]:
    """Not asked where the exit note names export plates, for an unregistered car on a truck, and within a member state."""
    notes = about_the_car(s, Kind.EXPORT_EXIT_NOTE)
    needless = any(note.names_export_plates for note in notes) or was_carried_unregistered(s)
    is_third = area_of(s.movement.to, s.movement.start_on) is Area.THIRD
    shown = registration_of_buyer(s) or bool(naming_the_car(s, Kind.IMPORT_CLEARANCE))
    return wait("THIRD_COUNTRY_PROOF_MISSING") if is_third and not (needless or shown) else ()


def was_carried_unregistered(s: Supply) -> bool:
    return s.car.first_use_on is None and s.movement.carried_by is Carrier.CARRIER


def alternative(s: Supply) -> Answer:
    """§ 10(1) no. 2: where no electronic exit note can be had, a freight note with the MRN and the clearance abroad."""
    notes = [note for note in naming_the_car(s, *FREIGHT_NOTES) if note.has_mrn]
    if not notes:
        return NOT_BEGUN
    return None if naming_the_car(s, Kind.IMPORT_CLEARANCE) else Lacks(wait("THIRD_COUNTRY_PROOF_MISSING"))


ASKS = "The customs exit note with the VIN"
EXPORT = (Route("export-146", ("Art. 146(1) Dir. 2006/112/EC",), 2, ASKS, exit_note),)
GERMAN_EXPORT = (
    Route("export-DE-9/10 UStDV", ("Art. 146(1) Dir. 2006/112/EC", "§ 6 UStG", "§§ 9, 10 UStDV"), 2, f"{ASKS}, and the registration or clearance in the third country", german_exit_note),
)  # fmt: skip
