"""Who runs this portal, as imprint, privacy notice, contact and security.txt say it; all of it comes from the settings.

What is not set is shown as such, by the name of its variable, so that a placeholder is never taken for a fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core import checks

# What a page has to say: section 5 of the German Digital Services Act (DDG), Article 13 GDPR, RFC 9116.
REQUIRED = ("name", "address", "representatives", "email", "privacy_email", "security_contact")
SECURITY_TEXT_HOLDS = timedelta(days=90)  # RFC 9116, 2.5.5: less than a year


@dataclass(frozen=True, slots=True)
class Operator:
    """Each member is the variable `OPERATOR_…`; `address` has its lines separated by semicolons."""

    name: str
    address: str
    representatives: str
    register: str
    vat_id: str
    email: str
    phone: str
    privacy_email: str
    security_contact: str

    @property
    def address_lines(self) -> list[str]:
        return [line.strip() for line in self.address.split(";") if line.strip()]

    @property
    def missing(self) -> list[str]:
        """The variables that pages cannot do without and that are not set."""
        return [variable_of(name) for name in REQUIRED if not getattr(self, name)]


def variable_of(member: str) -> str:
    return f"OPERATOR_{member.upper()}"


def operator() -> Operator:
    return Operator(**{one.name: getattr(settings, variable_of(one.name)) for one in fields(Operator)})


def security_text(now: datetime) -> str:
    """`/.well-known/security.txt` (RFC 9116); it expires at a midnight, so that it stays the same for a day."""
    contact = operator().security_contact
    expires = datetime.combine(now.astimezone(UTC).date() + SECURITY_TEXT_HOLDS, time.min, UTC)
    said = {
        "Contact": contact if ":" in contact else f"mailto:{contact}",
        "Expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "en, de",
        "Canonical": f"{settings.PUBLIC_URL}/.well-known/security.txt",
        "Policy": f"{settings.PUBLIC_URL}/contact",
    }
    if not contact:
        said["Contact"] = f"{settings.PUBLIC_URL}/contact"
    return "".join(f"{name}: {value}\n" for name, value in said.items())


@checks.register(checks.Tags.security, deploy=True)
def operator_is_named(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """`check --deploy`: pages that are required by law say who runs this."""
    missing = operator().missing
    if not missing:
        return []
    hint = "Imprint, privacy notice, contact and security.txt are made from them; see .env.example."
    return [checks.Warning(f"Not set: {', '.join(missing)}.", hint=hint, id="nt24.W001")]
