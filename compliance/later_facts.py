"""Whether the facts of an order have moved on since an Export File was frozen. Reads only.

What counts is what the rules look at and a reader relies on: invoices, payment, transport, its papers, an override.
The buyer is not compared: a proven supply keeps the buyer's facts of its verdict (ADR 0006).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from compliance.facts import Loaded, case_of
from compliance.frozen_json import as_json
from compliance.models import ExportFile

COMPARED: Mapping[str, tuple[str, ...]] = {
    "preliminary": (),
    "final": (),
    "payment": (),
    "override": (),
    "transport": ("type", "vehicles", "documents"),
}


def has_later_facts(export: ExportFile) -> bool:
    """`export` has its order with seller and buyer loaded."""
    stored = export.dossier["dossier"]["case"]
    present = as_json(asdict(case_of(Loaded(export.order))))
    return any(differs(part(stored, name), part(present, name)) for name in COMPARED)


def part(case: Mapping[str, Any], name: str) -> Any:
    """The compared members of one part; all of them where none are named."""
    value, members = case.get(name), COMPARED[name]
    return {member: value.get(member) for member in members} if members and value else value


def differs(stored: Any, present: Any) -> bool:
    """Compared by the members that were stored: a later version of this code may know more of them."""
    if isinstance(stored, Mapping) and isinstance(present, Mapping):
        return any(name in present and differs(value, present[name]) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(present, list):
        pairs = zip(stored, present, strict=False)
        return len(stored) != len(present) or any(differs(*pair) for pair in pairs)
    return bool(stored != present)
