"""Fixtures of the buyers' tests."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.servers.vies import ViesServer


@pytest.fixture
def vies_server(settings: Settings) -> Iterator[ViesServer]:
    """The live provider, talking to a local service; all breakers closed."""
    settings.VIES_PROVIDER = "live"
    settings.DEBUG = True  # lets the client reach a loopback address without TLS
    cache.clear()
    with ViesServer() as server:
        settings.VIES_URL = server.url
        yield server
    cache.clear()
