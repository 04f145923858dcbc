"""A small sealed Export File: one embedded original and the decision that lists it, under the real seal."""

import hashlib
import json
from io import BytesIO
from typing import Any

import pikepdf

from nt24.documents.sealing import seal

ORIGINAL = b"the signed CMR"


def sealed_export_file(
    *, order_reference: str = "ORD-2026-0042", listed: bytes = ORIGINAL, **members: Any
) -> bytes:
    """`listed` is what the decision says is inside; other bytes than `ORIGINAL` make the list untrue.

    `members` are further ones of the decision, or replace some.
    """
    decision = {
        "orderReference": order_reference,
        "version": 2,
        "generatedAt": "2026-04-26T08:30:12Z",
        "decision": "VALID_EXPORT",
        "documents": [
            {"embeddedAs": "01-cmr.pdf", "sha256": hashlib.sha256(listed).hexdigest(), "size": len(listed)}
        ],
        **members,
    }
    document = pikepdf.new()
    document.add_blank_page()
    for name, content in {"decision.json": json.dumps(decision).encode(), "01-cmr.pdf": ORIGINAL}.items():
        document.attachments[name] = content
    target = BytesIO()
    document.save(target)
    return seal(target.getvalue(), reason="Seals an Export File", location="Berlin")
