"""Checks a file of JSON lines that `export_audit` wrote; needs no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from nt24.audit.export import SEAL
from nt24.audit.form import START, chain_after, digest_of, serialised


@dataclass(slots=True)
class FileProof:
    """What was read until the end or the first fault; `skipped` positions lie between the lines of a selection."""

    lines: int = 0
    sealed: int = 0
    skipped: int = 0
    first: int = 0
    position: int = 0
    chain: str = START
    fault: str = ""


def check_file(lines: Iterable[bytes]) -> FileProof:
    """Compare every digest with its entry and every chain with what stands before it."""
    proof = FileProof()
    for line in lines:
        proof.lines += 1
        if what := fault_in(line, proof):
            proof.fault = f"line {proof.lines}: {what}"
            break
    return proof


def fault_in(line: bytes, proof: FileProof) -> str:
    """What is wrong with the line, or nothing; takes it into the proof."""
    row = row_of(line)
    if row is None:
        return "this is no line of export_audit, or it was altered"
    entry = row["entry"]
    about = f"entry {entry.get('uuid')} ({entry.get('action')}, {entry.get('at')})"
    if row["position"] is None:  # not sealed yet when it was exported: nothing to compare with
        return ""
    if digest_of(entry) != row["digest"]:
        return f"{about} was altered: its digest is not the one sealed at position {row['position']}"
    return fault_of_chain(row, about, proof)


def row_of(line: bytes) -> dict[str, Any] | None:
    """The row, if the line is exactly what `as_json_lines` writes for it."""
    try:
        row = orjson.loads(line)
        is_exact = serialised(row) + b"\n" == line and row.keys() == {*SEAL, "entry"}
    except (ValueError, AttributeError):
        return None
    is_whole = is_exact and isinstance(row["entry"], dict) and isinstance(row["position"], int | None)
    return row if is_whole else None


def fault_of_chain(row: dict[str, Any], about: str, proof: FileProof) -> str:
    position = row["position"]
    if chain_after(row["previous"], position, row["digest"], row["sealed_at"]) != row["chain"]:
        return f"the link of {about} at position {position} does not follow from the one before"
    if proof.sealed and position <= proof.position:
        return f"{about} stands at position {position}, after position {proof.position}"
    before = proof.chain if proof.sealed else START
    if position == proof.position + 1 and row["previous"] != before:
        return f"{about} at position {position} does not follow the line before it"
    proof.skipped += position - proof.position - 1 if proof.sealed else 0
    proof.first = proof.first or position
    proof.sealed, proof.position, proof.chain = proof.sealed + 1, position, row["chain"]
    return ""
