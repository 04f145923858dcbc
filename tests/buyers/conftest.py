"""Fixtures of the buyers' tests."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.buyers.browser import PHONE, note
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs chromium")
    with pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as playwright:
        patch.setitem(
            os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
        )  # playwright keeps a loop in this thread
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_tab(browser, live_server):
    """Opens tabs that note their requests, and what the browser complains about beside refused answers."""
    contexts = []

    def open_tab(**options: Any) -> Any:
        context = browser.new_context(base_url=live_server.url, **(PHONE | options))
        contexts.append(context)
        tab = context.new_page()
        tab.requests, tab.complaints = [], []
        tab.on("request", lambda request: tab.requests.append(request))
        tab.on("console", lambda message: note(tab.complaints, message))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        return tab

    yield open_tab
    for context in contexts:
        context.close()
