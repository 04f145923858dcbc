import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def public_pages_only(settings):
    settings.ROOT_URLCONF = "tests.pages.urls"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()
