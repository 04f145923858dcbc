"""Fixtures of the verification's tests: a clock that stands still, and a Mode B buyer."""

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.verification.steps import verify
from tests.deal import taken
from tests.factories.partners import ApiClientFactory
from tests.partner import Partner
from tests.servers import idenfy as idenfy_service
from tests.servers.idenfy import IdenfyServer


@pytest.fixture
def clock():
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def partner(clock, seller):
    return Partner(ApiClientFactory(organization=seller.organization), seller)


@pytest.fixture
def path(partner):
    """The KYC of a buyer whom nobody has verified yet."""
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    return f"P/buyers/{buyer['uuid']}/kyc"


@pytest.fixture
def idenfy(settings: Settings) -> Iterator[IdenfyServer]:
    """The live provider of verifications, talking to a local iDenfy."""
    settings.IDENFY_PROVIDER = "live"
    settings.DEBUG = True  # lets the client reach a loopback address without TLS
    settings.IDENFY_API_KEY, settings.IDENFY_API_SECRET = idenfy_service.KEY, idenfy_service.SECRET
    settings.IDENFY_SIGNING_KEY = idenfy_service.SIGNING_KEY
    with IdenfyServer() as server:
        settings.IDENFY_URL = server.url
        yield server


@pytest.fixture
def result(partner, path, idenfy):
    """Let iDenfy say this of the buyer."""

    def arrives(overall, **members):
        verify(partner, path)
        idenfy.callback(overall, **members).to(partner.http)

    return arrives
