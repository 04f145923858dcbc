"""What iDenfy's screening against sanction and PEP lists amounts to (domain C.4). Unknown is PENDING, never CLEAR."""

from collections.abc import Mapping

from buyers.models import Kyc

# `amlCheck`, the newer form
CHECK_STATUS = {
    "NO_FLAGS": Kyc.Aml.CLEAR,
    "FALSE_POSITIVE": Kyc.Aml.CLEAR,
    "FLAGS_FOUND": Kyc.Aml.FLAGGED,
    "TRUE_POSITIVE": Kyc.Aml.FLAGGED,
    "ALERT": Kyc.Aml.FLAGGED,
}
SERVICE_STATUS = {"NOT_SUSPECTED": Kyc.Aml.CLEAR, "SUSPECTED": Kyc.Aml.FLAGGED}
FLAGGING_TAGS = frozenset({"AML_SUSPECTION", "SANCTIONS_SUSPECTION"})
WORST_FIRST = (Kyc.Aml.FLAGGED, Kyc.Aml.PENDING, Kyc.Aml.CLEAR)


def aml_status_in(members: Mapping[str, object]) -> Kyc.Aml:
    """The worst of everything the callback says; PENDING when it says nothing."""
    found = [*tagged(members), *checked(members), *listed(members)]
    return next((status for status in WORST_FIRST if status in found), Kyc.Aml.PENDING)


def tagged(members: Mapping[str, object]) -> list[Kyc.Aml]:
    status = members.get("status")
    tags = status.get("fraudTags") if isinstance(status, dict) else None
    is_flagged = isinstance(tags, list) and any(tag in FLAGGING_TAGS for tag in tags if isinstance(tag, str))
    return [Kyc.Aml.FLAGGED] if is_flagged else []


def checked(members: Mapping[str, object]) -> list[Kyc.Aml]:
    """`amlCheck`."""
    check = members.get("amlCheck")
    if not isinstance(check, dict):
        return []
    return [CHECK_STATUS.get(str(check.get("overallStatus")), Kyc.Aml.PENDING)]


def listed(members: Mapping[str, object]) -> list[Kyc.Aml]:
    """`AML`, one entry for each list; those that were not searched do not count."""
    services = members.get("AML")
    if not isinstance(services, list):
        return []
    statuses = [service.get("status") if isinstance(service, dict) else None for service in services]
    return [status_of_service(status) for status in statuses if not is_unused(status)]


def is_unused(status: object) -> bool:
    return isinstance(status, dict) and status.get("serviceUsed") is False


def status_of_service(status: object) -> Kyc.Aml:
    """A search that did not succeed has found nothing out, whatever else it says."""
    if not isinstance(status, dict):
        return Kyc.Aml.PENDING
    overall = SERVICE_STATUS.get(str(status.get("overallStatus")), Kyc.Aml.PENDING)
    if status.get("serviceSuspected") is True or overall == Kyc.Aml.FLAGGED:
        return Kyc.Aml.FLAGGED
    return overall if status.get("checkSuccessful") is True else Kyc.Aml.PENDING
