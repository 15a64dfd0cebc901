"""Short-lived state in Redis 7: single server, Sentinel or Cluster. The only importer of redis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from redis import Redis, RedisCluster, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from broker.storage.settings import ShelfSettings
from broker.storage.shelf import ShelfUnavailable


class RedisShelf:
    """Each verb is one single-key command, so it is atomic, on a cluster too. Redis' own clock ends lives."""

    def __init__(self, settings: ShelfSettings):
        self._settings = settings
        self._redis: Any = None

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        self._ask("SET", f"{kind}:{key}", value, "PX", _milliseconds(ttl))

    def get(self, kind: str, key: str) -> bytes | None:
        return cast("bytes | None", self._ask("GET", f"{kind}:{key}"))

    def take(self, kind: str, key: str) -> bytes | None:
        return cast("bytes | None", self._ask("GETDEL", f"{kind}:{key}"))

    def claim(self, kind: str, key: str, ttl: timedelta) -> bool:
        return bool(self._ask("SET", f"{kind}:{key}", b"1", "PX", _milliseconds(ttl), "NX"))

    def answers(self) -> bool:
        try:
            self._redis_now().ping()
        except (RedisError, RedisClusterException, OSError):
            return False
        return True

    def _ask(self, *words: bytes | str | int) -> Any:
        """Redis' own words (redis.io/commands): the driver's methods would first look through the two dozen options they have."""
        try:
            return self._redis_now().execute_command(*words)
        except (RedisError, RedisClusterException, OSError) as error:
            raise ShelfUnavailable from error

    def _redis_now(self) -> Any:
        if self._redis is None:
            # Not at the start: a cluster is asked for its map at once, and a broker must start before its store does.
            self._redis = _connect(self._settings)
        return self._redis


def _milliseconds(ttl: timedelta) -> int:
    return max(1, int(ttl.total_seconds() * 1000))


def _connect(settings: ShelfSettings) -> Any:
    """`redis://`, `rediss://`, `redis+cluster://host:port` or `redis+sentinel://host:port,host:port/service`."""
    seconds = settings.timeout.total_seconds()
    options: dict[str, Any] = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    # Once more, for a pooled connection that the server has closed; the library's own patience is longer than a person's. A verb
    # repeated after a lost answer finds the value gone or the claim made, so it refuses: never a second use.
    options["retry"] = Retry(NoBackoff(), 1)
    if settings.url.startswith("redis+cluster://"):
        return RedisCluster.from_url(settings.url.replace("redis+cluster", "redis", 1), **options)
    if settings.url.startswith("redis+sentinel://"):
        parts = urlsplit(settings.url)
        hosts = parts.netloc.rpartition("@")[2]
        addresses = [(host, int(port)) for host, _, port in (item.rpartition(":") for item in hosts.split(","))]
        sentinel = Sentinel(addresses, sentinel_kwargs=options, password=parts.password, **options)  # type: ignore[no-untyped-call]
        return sentinel.master_for(parts.path.strip("/"), Redis)  # type: ignore[no-untyped-call]
    return Redis.from_url(settings.url, **options)
