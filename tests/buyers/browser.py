"""What the browser tests of the buyers' pages share: devices, files, and what axe and the browser complain about."""

from typing import Any

from buyers.invitation_models import Invitation
from buyers.links import token_of

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
         "resultTypes": ["violations"]}  # fmt: skip
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}


def link_to(invitation: Invitation) -> str:
    return f"/b/{token_of(invitation)}/"


def file(name: str, content: bytes, type: str = "application/pdf") -> dict[str, Any]:
    return {"name": name, "mimeType": type, "buffer": content}


def note(complaints: list[str], message: Any) -> None:
    """Keep what the browser complains about, apart from an answer that refuses."""
    is_refused_answer = message.text.startswith(
        "Failed to load resource: the server responded with a status of 4"
    )
    if message.type in ("error", "warning") and not is_refused_answer:
        complaints.append(message.text)


def findings(tab: Any, rules: dict[str, Any] = RULES) -> list[tuple[str, list[str]]]:
    """What axe finds: the rule and the places."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(tab, options=rules).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in violations]
