"""How a task of ours ends: refused data fails at once and in words; only a broken environment is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

#: Retries wait, because what heals by itself (a locked file, a full disk) takes time.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=1),
}

#: The one slot of whoever writes the build database or the releases.
WRITER_POOL = "warehouse_writer"


@contextmanager
def in_words() -> Iterator[None]:
    """Turn refused data and wrong use into a failure without retries, carrying our own words."""
    from warehouse.errors import Misused, Refused

    try:
        yield
    except (Refused, Misused) as error:
        raise AirflowFailException(str(error)) from None
