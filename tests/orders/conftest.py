"""Fixtures of the orders' tests."""

import pytest

from buyers import checks


@pytest.fixture
def run_workers(db):
    """VIES is asked; Export Files stay asked for, because nothing here reads one."""
    return checks.ask_due


@pytest.fixture
def ordered(deal):
    """An order of a new buyer."""
    return deal.has_buyer().has_order()
