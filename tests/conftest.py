"""Fixtures that every area shares."""

import json
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as examples

from buyers import checks
from compliance import exports
from nt24 import claims
from nt24.api import limits
from nt24.audit import triggers
from nt24.documents.sealing import sealing_key
from tests.deal import Deal
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory
from tests.partner import Partner

# What takes minutes begins first, so that no worker is left alone with it at the end.
LONG = (
    "tests/races/", "tests/test_run.py", "tests/test_serving.py", "tests/compliance/test_export_file.py",
    "tests/staff/test_hidden_fields.py", "tests/documents/test_corpus.py", "tests/nt24/test_schemathesis.py",
    "tests/test_without_database.py", "tests/test_proxy.py", "tests/test_disk_full.py", "tests/test_chunks.py",
)  # fmt: skip
# How fast a busy machine draws an example says nothing about the code.
examples.register_profile("nt24", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("nt24")

SAMPLES = Path(__file__).parent / "samples" / "requests.json"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is the same on every database, and put first what takes longest."""
    for item in items:
        if not (touches_database(item) or item.get_closest_marker("postgresql")):
            item.add_marker(pytest.mark.once)
    items.sort(
        key=lambda item: next((at for at, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))
    )


def touches_database(item) -> bool:
    """Without one of these pytest-django refuses every query."""
    return "django_db_setup" in item.fixturenames or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session", autouse=True)
def _certificate_of_january():
    """The seal's certificate is older than every day that a test travels to."""
    with time_machine.travel("2026-01-01T00:00:00Z"):
        sealing_key()


@pytest.fixture(scope="session", autouse=True)
def _trail_emptied_between_tests():
    """A test with real transactions ends with empty tables; for that moment the trail is not append-only."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def lifted(operations, sql_list):
        vendor = operations.connection.vendor
        flush(operations, [*triggers.to_remove(vendor), *sql_list, *triggers.to_add(vendor)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lifted)
        yield


@pytest.fixture(autouse=True)
def _a_traveller_takes_the_database_along(monkeypatch):
    """Leases run by the database's clock, which knows nothing of a test that travels in time."""
    ask = claims.told_by_database
    monkeypatch.setattr(
        claims,
        "told_by_database",
        lambda: timezone.now() if time_machine.escape_hatch.is_travelling() else ask(),
    )


@pytest.fixture(autouse=True)
def _clean_counters():
    limits.windows.cache_clear()
    cache.clear()


@pytest.fixture
def samples():
    """The published example bodies; placeholders in braces."""
    return json.loads(SAMPLES.read_text())


@pytest.fixture
def seller(db):
    return SellerFactory(
        organization=OrganizationFactory(enterprise=True, all_capabilities=True),
        name="AutoHandel Mustermann GmbH",
        vat_number="DE123456789",
    )


@pytest.fixture
def partner(seller):
    """A client of an organization with every capability."""
    return Partner(ApiClientFactory(organization=seller.organization), seller)


@pytest.fixture
def plain_partner(db):
    """A client of an organization without any capability."""
    seller = SellerFactory()
    return Partner(ApiClientFactory(organization=seller.organization), seller)


@pytest.fixture
def run_workers(db):
    """Do what is due: ask VIES and render Export Files, until nothing is."""

    def run() -> None:
        while checks.ask_due() + exports.render_due():
            pass

    return run


@pytest.fixture
def april():
    """The days of the published samples, so that no deadline of theirs has passed."""
    with time_machine.travel("2026-04-25T10:00:00Z", tick=True):
        yield


@pytest.fixture
def deal(april, partner, run_workers):
    """One order on its way from buyer to verdict."""
    return Deal(partner, run_workers)
