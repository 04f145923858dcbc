"""The gates in the contract's order, each with its own refusal."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine

from nt24.errors import CapabilityRequired, DpaNotAccepted, Forbidden
from nt24.partners.authentication import Caller, SellerRef
from nt24.partners.gates import (
    CAPABILITIES,
    GATES,
    capability_is_granted,
    dpa_is_accepted,
    seller_is_authorized,
)

SELLER = SellerRef(3, 2, uuid.uuid4(), "AutoHandel GmbH", "DE", "DE123456789")


def a_caller(**changes) -> Caller:
    good = Caller(
        client_id="api-client-demo",
        client_pk=1,
        organization_pk=2,
        organization_uuid=uuid.UUID("550e8400-e29b-41d4-a716-446655440000"),
        organization_name="Bank",
        rate_limit_tier="STANDARD",
        read_limit=None,
        write_limit=None,
        webhook_limit=None,
        allow_marketplace_led_kyc=False,
        allow_multi_vin_orders=False,
        allow_contact_personal_data=False,
        allow_kyc_document_download=False,
        manage_clients=False,
        dpa_version="2026-01",
        dpa_accepted_at=datetime(2026, 2, 15, tzinfo=UTC),
        seller=SELLER,
    )
    return replace(good, **changes)


def test_the_agreement_comes_before_the_seller():
    assert list(GATES) == [dpa_is_accepted, seller_is_authorized]


def test_a_caller_in_order_passes_every_gate():
    for gate in GATES:
        gate(a_caller(), {"sellerId": SELLER.uuid})


def test_without_an_accepted_agreement_nothing_goes():
    with pytest.raises(DpaNotAccepted):
        dpa_is_accepted(a_caller(dpa_accepted_at=None, dpa_version=""), {})


@pytest.mark.parametrize(
    ("today", "accepted", "is_enough"),
    [
        ("2026-07-01", "2026-01", True),
        ("2026-07-31T23:59:59", "2026-01", True),
        ("2026-08-01", "2026-01", False),
        ("2026-08-01", "2026-07", True),
        ("2026-08-01", "2026-09", True),
    ],
)
def test_a_newer_agreement_is_asked_for_after_thirty_days(settings, today, accepted, is_enough):
    settings.DPA_VERSION, settings.DPA_VERSION_SINCE = "2026-07", "2026-07-01"
    caller = a_caller(dpa_version=accepted)

    with time_machine.travel(datetime.fromisoformat(today).replace(tzinfo=UTC), tick=False):
        if is_enough:
            assert dpa_is_accepted(caller, {}) is None
        else:
            with pytest.raises(DpaNotAccepted, match=r"2026-07 had to be accepted by 2026-07-31"):
                dpa_is_accepted(caller, {})


def test_a_seller_that_is_not_in_the_list_is_forbidden():
    with pytest.raises(Forbidden):
        seller_is_authorized(a_caller(seller=None), {"sellerId": uuid.uuid4()})


def test_a_path_without_a_seller_needs_none():
    assert seller_is_authorized(a_caller(seller=None), {"webhookId": "wh_1"}) is None


@pytest.mark.parametrize("name", sorted(CAPABILITIES))
def test_each_capability_is_asked_for_by_itself(name):
    everything_else = {other: True for other in CAPABILITIES if other != name}

    with pytest.raises(CapabilityRequired, match=CAPABILITIES[name]):
        capability_is_granted(a_caller(**everything_else), name)
    assert capability_is_granted(a_caller(**{name: True}), name) is None
