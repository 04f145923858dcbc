"""Members of staff, each at a desk of his own."""

import pytest

from tests.staff.desk import Desk, staff


@pytest.fixture
def berta(db):
    """May do everything."""
    return Desk(staff("berta"))


@pytest.fixture
def carl(db):
    """A second one who may do everything."""
    return Desk(staff("carl"))
