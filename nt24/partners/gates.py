"""What stands between a known caller and a view: small functions in the contract's order, each with its 403.

The house view class runs `GATES` before anything else; `/v1/me` runs none, so that an integrator can see
there why the rest answers 403 (contract 5).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from django.conf import settings

from nt24.errors import CapabilityRequired, DpaNotAccepted, Forbidden
from nt24.partners.authentication import Caller

Gate = Callable[[Caller, Mapping[str, Any]], None]
# How the contract calls them, for the sentence that the partner reads.
CAPABILITIES: dict[str, str] = {
    "allow_marketplace_led_kyc": "allowMarketplaceLedKyc",
    "allow_multi_vin_orders": "allowMultiVinOrders",
    "allow_contact_personal_data": "allowContactPersonalData",
    "allow_kyc_document_download": "allowKycDocumentDownload",
    "manage_clients": "manageClients",
}


class Tenant(Protocol):
    """Whose terms decide: a caller of the API, or the organization itself where staff act for it."""

    @property
    def dpa_version(self) -> str: ...

    @property
    def dpa_accepted_at(self) -> datetime | None: ...


def dpa_is_accepted(caller: Tenant, path: Mapping[str, Any]) -> None:
    """:raises DpaNotAccepted: never accepted, or an older version whose time of grace is over."""
    if caller.dpa_accepted_at is None:
        raise DpaNotAccepted("The organization has not accepted the data processing agreement.")
    if caller.dpa_version < settings.DPA_VERSION and datetime.now(UTC).date() > last_day_of_grace():
        raise DpaNotAccepted(
            f"The organization accepted version {caller.dpa_version} of the data processing agreement; "
            f"version {settings.DPA_VERSION} had to be accepted by {last_day_of_grace().isoformat()}."
        )


def last_day_of_grace() -> date:
    """The last day on which the version before the required one is still enough."""
    return date.fromisoformat(settings.DPA_VERSION_SINCE) + settings.DPA_GRACE


def seller_is_authorized(caller: Caller, path: Mapping[str, Any]) -> None:
    """:raises Forbidden: the path names a seller that is not in the organization's list."""
    if "sellerId" in path and caller.seller is None:
        raise Forbidden("This seller is not among the authorized partners of your organization.")


def capability_is_granted(caller: Tenant, name: str) -> None:
    """`name` is the caller's member, such as `allow_multi_vin_orders`.

    Not in `GATES`, because it is the one check that differs by operation, and for some by the body (16.1).

    :raises CapabilityRequired: the organization does not have it.
    """
    if not getattr(caller, name):
        raise CapabilityRequired(f"The organization does not have the capability {CAPABILITIES[name]}.")


GATES: tuple[Gate, ...] = (dpa_is_accepted, seller_is_authorized)
