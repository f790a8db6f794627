"""What may be set of the HTTP API, by environment variables `REFORM_API_…`, and the limits that are fixed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import Misused

#: Rows of a page: when nothing is said, and at most.
DEFAULT_ROWS, MAX_ROWS = 1_000, 10_000
#: Beyond this nobody pages; it keeps `offset` in what the engine takes.
MAX_OFFSET = 1_000_000_000
#: Path and query together, in bytes as sent: what proxies take, and more than all alternatives of a series need.
MAX_URL_BYTES = 8_192
#: Values of one repeated filter.
MAX_ALTERNATIVES = 50


@dataclass(frozen=True)
class ServingSettings:
    """Limits of one process of the API."""

    #: Scans at once, each on one thread of the engine, beside the one thread of quick questions: two suit two cores.
    scans: int = 1
    #: Requests that may wait for a thread; further ones are refused with 503.
    waiting: int = 64
    #: Seconds a question may wait, and as many its query may run until it is interrupted.
    query_seconds: float = 5.0
    #: Bytes of finished answers kept for each release.
    cache_bytes: int = 64_000_000
    #: Memory of the engine, as DuckDB writes it; it never spills to disk.
    memory: str = "1GB"
    #: Web origins whose scripts may read the answers; none by default, `*` for all.
    cors_origins: tuple[str, ...] = ()
    #: Seconds between two looks at `current`.
    look_seconds: float = 0.2

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServingSettings:
        """The settings `REFORM_API_SCANS`, `_WAITING`, `_QUERY_SECONDS`, `_CACHE_MB`, `_MEMORY`, `_CORS_ORIGINS`.

        Raises:
            Misused: a number is none, or is not positive.
        """
        origins = environment.get("REFORM_API_CORS_ORIGINS", "").split(",")
        return cls(
            scans=int(_positive(environment, "SCANS", cls.scans)),
            waiting=int(_positive(environment, "WAITING", cls.waiting)),
            query_seconds=_positive(environment, "QUERY_SECONDS", cls.query_seconds),
            cache_bytes=int(_positive(environment, "CACHE_MB", cls.cache_bytes / 1e6) * 1e6),
            memory=environment.get("REFORM_API_MEMORY") or cls.memory,
            cors_origins=tuple(origin.strip() for origin in origins if origin.strip()),
        )


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(f"REFORM_API_{name}")
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise Misused(f"REFORM_API_{name} must be a number above 0, and not {text!r}")
    return number
