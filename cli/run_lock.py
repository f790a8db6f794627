"""One run at a time in a home: two would take each other's files out of the staging folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


@contextmanager
def one_run(home: Home) -> Iterator[None]:
    """Hold the home for the length of a run; the system lets go of it when the process ends, however it ends.

    Raises:
        EnvironmentBroken: another run holds it.
    """
    home.make()
    with (home.root / "run.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise EnvironmentBroken(
                f"another run is under way in {home.root} (process {lock.read().strip() or 'unknown'}); "
                "wait for it to end, then run this again"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
