"""Telling the lineage of the current release to whoever collects it: a file, or an HTTP service such as Marquez."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde

from warehouse.build import read_state
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.observability.lineage.columns import ColumnCache
from warehouse.observability.lineage.documents import loaded_documents
from warehouse.observability.lineage.events import ParentRun, Release, Teller
from warehouse.observability.lineage.project import Project
from warehouse.release_list import current_release

#: What OpenLineage itself is told by, and Airflow's provider with it.
_SETTINGS = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
_SETTING_PREFIX = "OPENLINEAGE__TRANSPORT"


@dataclass(frozen=True)
class LineageReport:
    """What was told: `columns` of all models, and of how many of them it is known where they come from."""

    outcome: str
    release_id: str = ""
    events: int = 0
    documents: int = 0
    models: int = 0
    columns: int = 0
    columns_traced: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom."""
        return asdict(self)


def is_wanted() -> bool:
    """Whether the environment names somebody to tell."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    return any(os.environ.get(name) for name in _SETTINGS) or any(
        name.startswith(_SETTING_PREFIX) and value for name, value in os.environ.items()
    )


def tell_lineage(home: Home, client: OpenLineageClient | None = None, parent: ParentRun | None = None) -> LineageReport:
    """Tell the lineage of the current release, through `client` or what the environment names.

    Told again it is the same runs, so a task that is tried again does no harm.

    Raises:
        EnvironmentBroken: there is no release, the build is not that of the release, or nobody took the events.
    """
    client = client or OpenLineageClient()
    events = _Events(home, parent)
    told = 0
    try:
        for event in events:
            client.emit(event)
            told += 1
    except EnvironmentBroken:
        raise
    except Exception as error:
        raise EnvironmentBroken(
            f"event {told + 1} of the lineage was not taken ({type(error).__name__}: {str(error)[:200]}). The release "
            "stands; `reform lineage` tells it again"
        ) from error
    finally:
        client.close(timeout=30)
    return events.report(told)


def write_lineage(home: Home, path: Path) -> LineageReport:
    """Write the events to `path`, one JSON object a line, replacing what was there.

    Raises:
        EnvironmentBroken: as `tell_lineage`, or the file cannot be written.
    """
    events = _Events(home, None)
    partial = path.with_name(f".{path.name}.partial")
    told = 0
    try:
        with partial.open("w", encoding="utf-8") as stream:
            for event in events:
                stream.write(f"{Serde.to_json(event)}\n")
                told += 1
        partial.replace(path)
    except OSError as error:
        raise EnvironmentBroken(f"{path} could not be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return events.report(told)


def client_of(url: str) -> OpenLineageClient:
    """A client that posts to the service at `url`.

    Raises:
        Misused: it is no address of one.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Misused(f"{url!r} is no address of a service: http://HOST:PORT")
    return OpenLineageClient(config={"transport": {"type": "http", "url": url}})  # type: ignore[dict-item]


class _Events:
    """The events of the current release, in order of time as far as each depends on the one before."""

    def __init__(self, home: Home, parent: ParentRun | None) -> None:
        release = current_release(home)
        if release is None:
            raise EnvironmentBroken(f"there is no release in {home.root} to tell of: `reform run` makes the first")
        manifest = json.loads((release / "manifest.json").read_text("utf-8"))
        if read_state(home).get("fingerprint") != manifest["fingerprint"]:
            raise EnvironmentBroken(
                f"the marts were built anew after release {manifest['release_id']}: `reform publish`, then this again"
            )
        self._release = Release(
            manifest["release_id"],
            datetime.fromisoformat(manifest["published_at"]),
            manifest["fingerprint"],
            manifest["row_counts"],
        )
        self._teller = Teller(self._release, parent)
        self._documents = loaded_documents(home)
        self._project = Project(home)
        self._cache = ColumnCache(home.build / "lineage_columns.json")
        self._columns = self._traced = 0

    def __iter__(self) -> Iterator[RunEvent]:
        yield from self._teller.of_documents(self._documents)
        yield from self._teller.of_reference(self._project)
        for model in self._project.models:
            columns = list(model.table.columns)
            found = self._cache.sources(model.sql, columns, self._project.columns_read_by(model))
            self._columns += len(columns)
            self._traced += len(found)
            yield from self._teller.of_model(self._project, model, found)
        self._cache.keep()
        yield from self._teller.of_publication(self._project)

    def report(self, told: int) -> LineageReport:
        """What was told, once it was."""
        return LineageReport(
            outcome="told",
            release_id=self._release.release_id,
            events=told,
            documents=len(self._documents),
            models=len(self._project.models),
            columns=self._columns,
            columns_traced=self._traced,
        )
