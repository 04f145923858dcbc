"""Fixtures of the transports' tests."""

import pytest

from buyers import checks
from tests.deal import BERLIN

GOLF, PASSAT, POLO = "WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002", "WVWZZZ1JZXW000003"


@pytest.fixture
def run_workers(db):
    """VIES is asked; Export Files stay asked for, because nothing here reads one."""
    return checks.ask_due


@pytest.fixture
def ready(deal):
    """One vehicle, released for pickup."""
    return deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()


@pytest.fixture
def released(deal):
    """One vehicle, released for pickup, of a buyer whose file is still empty."""
    return deal.has_buyer().has_order().has_payment().is_ready()


@pytest.fixture
def three_ready(deal):
    """Three vehicles of one order, released for pickup."""
    deal.has_buyer().has_kyc().has_order(vins=(GOLF, PASSAT, POLO))
    return deal.has_invoice().has_payment().is_ready()


@pytest.fixture
def pickup():
    return {"type": "COMPANY_TRANSPORT", "pickupDate": "2026-04-22", "collectionAddress": BERLIN}
