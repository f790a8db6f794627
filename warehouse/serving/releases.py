"""The release that is served: opened whole, replaced whole, closed when its last request has ended."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import EnvironmentBroken, ReformError
from warehouse.home import Home
from warehouse.release_list import current_release
from warehouse.serving.cache import AnswerCache
from warehouse.serving.catalogue import Catalogue, read_catalogue
from warehouse.serving.held import HeldFigures, hold_figures
from warehouse.serving.settings import ServingSettings

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 5.0


class OpenRelease:
    """One release: its id, manifest, catalogue, figures held in memory, finished answers, and connections to its file.

    Raises:
        EnvironmentBroken: the release is damaged.
    """

    def __init__(self, folder: Path, settings: ServingSettings) -> None:
        self.release_id = folder.name
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
            self._connection = _open(folder / "warehouse.duckdb", settings)
            self.catalogue: Catalogue = read_catalogue(self._connection, self.manifest["row_counts"])
            self.held = self._hold()
        except (OSError, ValueError, KeyError, duckdb.Error) as error:
            raise EnvironmentBroken(f"release {folder} cannot be served: {str(error).splitlines()[0]}") from error
        self.answers = AnswerCache(settings.cache_bytes)
        self._requests = 0
        self._retired = False

    def _hold(self) -> dict[str, HeldFigures]:
        tables = [self.catalogue.tables[name] for name in ("fct_indicator_value", "metric_yoy")]
        held = {table.name: hold_figures(self._connection, table) for table in tables}
        return {name: figures for name, figures in held.items() if figures is not None}

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the engine, where the release is `release`; whoever asks closes it."""
        return self._connection.cursor()

    @contextmanager
    def in_use(self) -> Iterator[OpenRelease]:
        """For the time of a request: the release stays open, also when another one is served meanwhile."""
        self._requests += 1
        try:
            yield self
        finally:
            self._requests -= 1
            self._close_when_done()

    def retire(self) -> None:
        """No request will begin on it any more; it is closed with the last that runs."""
        self._retired = True
        self._close_when_done()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._retired and not self._requests

    def _close_when_done(self) -> None:
        if self.is_closed:
            self._connection.close()


def _open(database: Path, settings: ServingSettings) -> duckdb.DuckDBPyConnection:
    """An engine of its own with the release attached read-only, which can reach no other file and is locked so.

    Attached and not opened, so that two releases, or the same one twice, never share an engine or its settings.
    """
    connection = duckdb.connect(
        ":memory:", config={"threads": 1, "memory_limit": settings.memory, "temp_directory": ""}
    )
    connection.execute("set timezone = 'UTC'")
    connection.execute("attach ? as release (read_only)", [str(database)])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


class ReleaseKeeper:
    """Holds the release `current` points to, and notices when that changes."""

    def __init__(self, home: Home, settings: ServingSettings) -> None:
        self._home = home
        self._settings = settings
        folder = current_release(home)
        if folder is None:
            raise EnvironmentBroken(f"there is no release in {home.root} to serve: `reform run` makes the first")
        self.current = OpenRelease(folder, settings)

    async def watch(self) -> None:
        """Until cancelled: look at the link, open what it points to beside what is served, then serve that."""
        while True:
            await asyncio.sleep(self._settings.look_seconds)
            try:
                await self.look()
            except (ReformError, OSError) as error:
                _log.warning("release %s is served further: %s", self.current.release_id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def look(self) -> None:
        """Serve what `current` points to now.

        Raises:
            EnvironmentBroken: that is no whole release; the one served before stays.
        """
        if self._home.current.readlink().name == self.current.release_id:
            return
        folder = await asyncio.to_thread(current_release, self._home)
        if folder is None or folder.name == self.current.release_id:
            return
        opened = await asyncio.to_thread(OpenRelease, folder, self._settings)
        before, self.current = self.current, opened
        before.retire()
        _log.info("release %s is served after %s", opened.release_id, before.release_id)

    def close(self) -> None:
        """Serve no more."""
        self.current.retire()
