"""Every test here starts with empty counters and no remembered token; Redis is a real one, on a free port."""

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass

import pytest
from redis import Redis
from redis.exceptions import RedisError

from nt24.api import limits
from nt24.partners import authentication


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch):
    limits.windows.cache_clear()
    monkeypatch.setattr(authentication, "remembered", authentication.RememberedTokens())
    yield
    limits.windows.cache_clear()


@dataclass
class RedisServer:
    """A redis-server process of this test session that can be stopped and started again on its port."""

    folder: str
    port: int
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder)
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        client = Redis.from_url(self.url)
        for _ in range(100):
            try:
                client.ping()
            except RedisError:
                time.sleep(0.05)
            else:
                client.close()
                return
        raise AssertionError("redis-server does not answer")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory):
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(str(tmp_path_factory.mktemp("redis")), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(redis_process):
    """The server, running and empty."""
    if redis_process.process is None:
        redis_process.start()
    Redis.from_url(redis_process.url).flushall()
    return redis_process


@pytest.fixture
def redis_settings(settings, redis_server):
    settings.CACHES = {
        "default": {
            "BACKEND": "nt24.shared_cache.SharedCache",
            "LOCATION": redis_server.url,
        }
    }
    limits.windows.cache_clear()
    return settings
