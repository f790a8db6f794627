"""The versions of a lake's table: each is one JSON file that names every file of that version and the batch it is of.

    _manifests/000000000042.json

A batch is in when its manifest is there: one file, created at once, so no reader sees half a batch. A reader takes the
files of the newest manifest; files it names are never changed, and removed only by policy (`lake_compaction.vacuum`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.lake_schema import SCHEMA, scan
from warehouse.lake_store import LocalStore, Store

MANIFESTS = "_manifests"
_FORMAT = 2
#: How lakes before format 2 lay: a file a unit and month, and one list of documents that was replaced.
_LEGACY_LIST = "_manifest.json"
_LEGACY_FILE = "dossiers.parquet"


@dataclass(frozen=True)
class LakeFile:
    """A Parquet file of the lake: rows filed in one month, sorted by unit and code of the dossier.

    `units`: how many rows each unit on the present map has. `schema`: what it was written with. `is_compacted`: it
    holds a month as a compaction left it; else the rows of one unit, as loads left them. `sha256` is "" where a file
    is older than format 2.
    """

    path: str
    year: int
    month: int
    units: dict[str, int]
    rows: int
    bytes: int
    sha256: str
    schema: int
    is_compacted: bool = False

    @property
    def period(self) -> tuple[int, int]:
        """The year and month its dossiers were filed in."""
        return self.year, self.month


@dataclass(frozen=True)
class Version:
    """What the table holds: `files`, and by their ids the `documents` whose rows these are.

    `batch` says what made it (`kind`: load, compact; with what), `added` and `removed` the paths that changed.
    """

    number: int
    made_at: str
    batch: dict[str, Any]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    files: tuple[LakeFile, ...]
    documents: dict[str, dict[str, Any]] = field(repr=False)

    def of_unit(self, unit: str) -> list[LakeFile]:
        """The files with rows of `unit` (as it is on the present map), by month."""
        return sorted((file for file in self.files if unit in file.units), key=lambda file: (file.period, file.path))

    def scan(self, store: Store, files: Sequence[LakeFile], unit: str | None = None) -> str:
        """A query over rows of `files`, in the columns of the present schema; of `unit` only, if one is given."""
        if unit is None:
            newest = max((file.schema for file in files), default=0)
            named = {next(iter(file.units)) for file in files if file.schema < SCHEMA and len(file.units) == 1}
            if len(named) <= 1:
                return scan([store.address(file.path) for file in files], newest, next(iter(named), None))
            return self._scan_by_unit(store, files)
        single = [file for file in files if set(file.units) == {unit}]
        several = [file for file in files if unit in file.units and len(file.units) > 1]
        newest = max((file.schema for file in single), default=0)
        own = scan([store.address(file.path) for file in single], newest, unit)
        if not several:
            return own
        shared = scan([store.address(file.path) for file in several], SCHEMA)
        part = f"(select * from {shared} where unit_on_present_map = '{unit}')"
        return part if not single else f"(select * from {own} union all select * from {part})"

    def _scan_by_unit(self, store: Store, files: Sequence[LakeFile]) -> str:
        """Files of schema 1 do not say whose rows they hold; each holds one unit's."""
        units = sorted({unit for file in files for unit in file.units})
        return "(" + " union all ".join(f"select * from {self.scan(store, files, unit)}" for unit in units) + ")"

    def as_json(self) -> bytes:
        """The manifest. What a rule is (in two languages) is written once, not once a document."""
        rules: dict[str, dict[str, Any]] = {}
        documents = {
            document: entry | {"checks": [_short(check, rules) for check in entry["checks"]]}
            for document, entry in sorted(self.documents.items())
        }
        written: dict[str, Any] = {
            "format": _FORMAT, "schema": SCHEMA, "version": self.number, "made_at": self.made_at, "batch": self.batch,
            "added": self.added, "removed": self.removed,
            "files": [asdict(file) for file in self.files], "documents": documents, "rules": rules,
        }  # fmt: skip
        lists = ("files", "documents", "rules")
        heads = [f"{json.dumps(key)}: {json.dumps(written[key])}" for key in written if key not in lists]
        files = ",\n  ".join(_line(item) for item in written["files"])
        named = [
            f'"{key}": {{\n  ' + ",\n  ".join(f"{json.dumps(k)}: {_line(v)}" for k, v in written[key].items()) + "\n }"
            for key in ("documents", "rules")
        ]
        return ("{\n " + ",\n ".join([*heads, f'"files": [\n  {files}\n ]', *named]) + "\n}\n").encode()


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


#: What of a check is its rule's, not the document's.
_OF_RULE = ("suite", "rule_id", "severity", "owner", "category", "text_vi", "text_en", "rule_source")


def _short(check: dict[str, Any], rules: dict[str, dict[str, Any]]) -> list[Any]:
    rule = {name: check[name] for name in _OF_RULE}
    key = f"{check['rule_id']}-{hashlib.sha256(_line(rule).encode()).hexdigest()[:6]}"
    rules[key] = rule
    return [key, check["rows_checked"], check["rows_failed"], check["outcome"]]


def _long(check: list[Any], document: str, rules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    key, checked, failed, outcome = check
    return {"batch_id": document, **rules[key], "rows_checked": checked, "rows_failed": failed, "outcome": outcome}


def version_numbers(store: Store) -> list[int]:
    """The versions whose manifests are there, the oldest first."""
    return sorted(int(name.removesuffix(".json")) for name in store.names(MANIFESTS) if name.endswith(".json"))


def read_version(store: Store, number: int | None = None) -> Version:
    """The version `number`, by default the newest; 0 where nothing was written yet, or only by older code.

    Raises:
        EnvironmentBroken: there is no such version, its manifest is damaged, or newer code wrote it.
    """
    known = version_numbers(store)
    if number is None and not known:
        return _legacy(store)
    wanted = known[-1] if number is None else number
    if wanted not in known:
        kept = f"{known[0]} to {known[-1]} are kept" if known else "none is kept"
        raise EnvironmentBroken(f"the lake at {store.place} has no version {wanted}: {kept}")
    try:
        found: dict[str, Any] = json.loads(store.read(manifest_path(wanted)))
        if found["format"] > _FORMAT or found["schema"] > SCHEMA:
            raise EnvironmentBroken(f"the lake at {store.place} was written by newer code than this: update this")
        rules = found["rules"]
        documents = {
            document: entry | {"checks": [_long(check, document, rules) for check in entry["checks"]]}
            for document, entry in found["documents"].items()
        }
        return Version(
            number=found["version"],
            made_at=found["made_at"],
            batch=found["batch"],
            added=tuple(found["added"]),
            removed=tuple(found["removed"]),
            files=tuple(LakeFile(**file) for file in found["files"]),
            documents=documents,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentBroken(
            f"the manifest {manifest_path(wanted)} of the lake at {store.place} is damaged ({type(error).__name__}): "
            "bring it back from a backup; removing it goes back to the version before, and the next load adds the rest"
        ) from error


def manifest_path(number: int) -> str:
    """Where the manifest of a version lies."""
    return f"{MANIFESTS}/{number:012d}.json"


def commit(
    store: Store,
    present: Version,
    batch: dict[str, Any],
    added: Iterable[LakeFile],
    removed: Iterable[str],
    documents: dict[str, dict[str, Any]] | None = None,
) -> Version:
    """Make the version after `present`; its files lie there already. Whoever calls holds the lake's lock.

    Raises:
        EnvironmentBroken: another writer, on another machine, was faster.
    """
    new, gone = sorted(added, key=lambda file: file.path), set(removed)
    kept = {file.path: file for file in present.files if file.path not in gone}
    files = sorted((kept | {file.path: file for file in new}).values(), key=lambda file: (file.period, file.path))
    version = replace(
        present,
        number=present.number + 1,
        made_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        batch=batch,
        added=tuple(file.path for file in new),
        removed=tuple(sorted(gone)),
        files=tuple(files),
        documents=present.documents if documents is None else documents,
    )
    try:
        store.create(manifest_path(version.number), version.as_json())
    except FileExistsError:
        raise EnvironmentBroken(
            f"another writer made version {version.number} of the lake at {store.place}: nothing of this batch is in; "
            "run it again when the other has ended"
        ) from None
    store.remove(_LEGACY_LIST)
    return version


def _legacy(store: Store) -> Version:
    """What code before format 2 left; the next commit takes it over, file by file as it lies."""
    if not isinstance(store, LocalStore) or not store.root.is_dir():
        return Version(0, "", {"kind": "empty"}, (), (), (), {})
    found = sorted(store.root.glob(f"year=*/month=*/unit=*/{_LEGACY_FILE}"))
    listed = store.root / _LEGACY_LIST
    documents = json.loads(listed.read_text("utf-8"))["documents"] if listed.exists() else {}
    with duckdb.connect() as connection:
        files = tuple(_legacy_file(connection, store.root, path) for path in found)
    return Version(0, "", {"kind": "older"}, (), (), files, documents)


def _legacy_file(connection: duckdb.DuckDBPyConnection, root: Path, path: Path) -> LakeFile:
    year, month, unit = (part.partition("=")[2] for part in path.parent.parts[-3:])
    counted = "select num_rows from parquet_file_metadata($file)"
    rows = int(connection.execute(counted, {"file": str(path)}).fetchall()[0][0])
    return LakeFile(
        path=path.relative_to(root).as_posix(),
        year=int(year),
        month=int(month),
        units={unit: rows},
        rows=rows,
        bytes=path.stat().st_size,
        sha256="",
        schema=1,
    )
