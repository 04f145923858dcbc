"""Callers for races: every thread needs an HTTP client of its own."""

import pytest

from nt24.api import idempotency
from tests.partner import Partner
from tests.races import bodies
from tests.races.crowd import Hold


@pytest.fixture
def callers(partner):
    """`callers(20)`: so many systems of the same partner."""
    return lambda count: [Partner(partner.client, partner.seller) for _ in range(count)]


@pytest.fixture
def buyer(partner):
    response = partner.post("P/buyers", bodies.buyer())
    assert response.status_code == 201, response.content
    return response.json()


@pytest.fixture
def order(partner, buyer):
    response = partner.post("P/orders", bodies.order(buyer["uuid"]))
    assert response.status_code == 201, response.content
    return response.json()


@pytest.fixture
def path(order):
    return f"P/orders/{order['uuid']}"


@pytest.fixture
def held_call(monkeypatch):
    """Stops the first call of the key `held` after its work and before it is remembered and committed."""
    hold, remember = Hold(), idempotency._remember

    def remember_later(organization_id, key, answer, **about):
        if key == "held":
            hold.stop_here()
        remember(organization_id, key, answer, **about)

    monkeypatch.setattr(idempotency, "_remember", remember_later)
    yield hold
    hold.release()
