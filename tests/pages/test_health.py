"""`/healthz` and `/readyz`: when all is well, and when one part is away, slow or full of secrets."""

import threading

import pytest

from nt24 import health
from nt24.disk import require_room
from nt24.health import Readiness, broker_answers, storage_answers

NOWHERE = "redis://127.0.0.1:1/0"  # a port nothing listens on


@pytest.fixture
def fresh_readiness(monkeypatch):
    """The view with a memory of its own."""
    readiness = Readiness(health.PARTS)
    monkeypatch.setattr(health, "readiness", readiness)
    return readiness


def nothing() -> None:
    return None


def test_the_live_check_asks_nothing(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_portal_with_all_its_parts_is_ready(client, fresh_readiness):
    response = client.get("/readyz")

    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "ready"
    assert {name: part["status"] for name, part in body["parts"].items()} == {
        "database": "ok",
        "cache": "ok",
        "broker": "ok",
        "storage": "ok",
        "disk": "ok",
    }
    assert not response.cookies


@pytest.mark.django_db
def test_a_cache_that_is_away_makes_the_portal_not_ready(client, settings, fresh_readiness):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOWHERE}
    }

    response = client.get("/readyz")

    body = response.json()
    assert response.status_code == 503
    assert body["status"] == "not ready"
    assert {name for name, part in body["parts"].items() if part["status"] != "ok"} == {"cache"}


def test_a_cause_is_not_told_to_outsiders(client, monkeypatch):
    def failing() -> None:
        raise RuntimeError("password=hunter2 refused by 10.0.0.7")

    monkeypatch.setattr(health, "readiness", Readiness({"database": failing, "cache": nothing}))

    response = client.get("/readyz")

    assert response.status_code == 503
    assert {name: part["status"] for name, part in response.json()["parts"].items()} == {
        "database": "failed",
        "cache": "ok",
    }
    assert "hunter2" not in response.content.decode()


def test_a_part_that_hangs_is_reported_and_asked_again_when_it_is_back(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.2)
    returned, finished = threading.Event(), threading.Event()

    def hanging() -> None:
        returned.wait(timeout=30)
        finished.set()

    readiness = Readiness({"storage": hanging, "cache": nothing})

    assert {name: part.status for name, part in readiness.look().items()} == {
        "storage": "timeout",
        "cache": "ok",
    }
    assert {name: part.status for name, part in readiness.look().items()} == {
        "storage": "timeout",
        "cache": "ok",
    }
    returned.set()
    assert finished.wait(timeout=30)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 30)
    assert {name: part.status for name, part in readiness.look().items()} == {"storage": "ok", "cache": "ok"}


def test_many_probes_at_once_cost_one_look(monkeypatch):
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 3600)
    looks: list[int] = []
    readiness = Readiness({"cache": lambda: looks.append(1)})
    threads = [threading.Thread(target=readiness.report) for _ in range(10)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert looks == [1]


def test_a_broker_that_is_away_is_found(settings):
    settings.CELERY_BROKER_URL = NOWHERE
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}

    with pytest.raises(Exception, match="refused"):
        broker_answers()


def test_a_queue_folder_that_is_no_folder_is_found(settings, tmp_path):
    (tmp_path / "messages").write_text("in the way")
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "messages")}

    with pytest.raises(PermissionError):
        broker_answers()


def test_files_that_cannot_be_written_are_found(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "file" / "below")},
        },
    }

    with pytest.raises(PermissionError):
        storage_answers()


def test_a_folder_that_is_not_there_yet_will_do(tmp_path):
    require_room(tmp_path / "not" / "yet")

    assert not (tmp_path / "not").exists()
