"""The cache of all web processes, and a small one of each process while Redis is away.

What uses the cache are brakes: lock-outs, throttles, the breaker of VIES, second factors that were used. Without Redis
each process brakes on its own; none of them fails for it, and none is lifted.
"""

import time
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT = 0.25  # seconds; a call waits no longer than this for a Redis that does not answer
COOLDOWN = 2.0  # seconds between two attempts of one process to reach a Redis that failed
LOCAL_ENTRIES = 10_000  # the oldest make room; a stranger's addresses cannot fill the memory

log = structlog.get_logger(__name__)


class SharedCache(RedisCache):
    """Each operation in Redis, or locally. `is_away` is for `/readyz`."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        patience = {
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            # once more at once: the connections of the pool died with a Redis that was restarted
            "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        }
        options = {**patience, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._local = LocMemCache("nt24-without-redis", {**params, "OPTIONS": {"MAX_ENTRIES": LOCAL_ENTRIES}})
        self._next_attempt = 0.0
        self.is_away = False

    def _kept(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self._next_attempt:
            try:
                result = getattr(super(), operation)(*args, **kwargs)
            except RedisError as failure:
                self._lose(failure)
            else:
                self._find()
                return result
        return getattr(self._local, operation)(*args, **kwargs)

    def _lose(self, failure: RedisError) -> None:
        self._next_attempt = time.monotonic() + COOLDOWN
        if not self.is_away:
            self.is_away = True
            log.warning("cache.redis_lost", failure=type(failure).__name__)

    def _find(self) -> None:
        if self.is_away:
            self.is_away = False
            self._local.clear()
            log.info("cache.redis_back")

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("delete", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("incr", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("has_key", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept("delete_many", *args, **kwargs)

    def clear(self) -> Any:
        return self._kept("clear")
