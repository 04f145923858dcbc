"""Fixtures of the compliance tests."""

import pytest

from buyers import checks
from tests.deal import Deal


@pytest.fixture
def quick_deal(april, partner):
    """A deal whose Export File is asked for and never rendered: for tests that read none."""
    return Deal(partner, checks.ask_due)
