"""Homes for the fault harness: how one is prepared, and what must be true of it after a fault and after the rerun."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader
from warehouse.home import BUNDLED_INPUT_DIR, Home
from warehouse.lake import live_files
from warehouse.release_tables import name, table_hash

#: The first run's documents: three indices of three layouts, one export of dossiers, one survey.
FIRST = (
    "annex/PAPI_2023_phu_luc_1.xlsx",
    "annex/PAR_INDEX_2023_phu_luc_1.xlsx",
    "annex/SIPAS_2018_phu_luc_1.xlsx",
    "dossiers/dossiers_lao_cai_2025-08_synthetic.csv",
    "survey/sipas_2020_synthetic.csv",
)
#: What a later run finds: a further year, and an export that updates dossiers the lake holds.
LATER = ("annex/PAR_INDEX_2022_phu_luc_1.xlsx", "dossiers/dossiers_lao_cai_2025-09_synthetic.csv")

#: When something happened here, and what follows from it, differs between two installations that hold the same.
_TIMES = frozenset(
    {
        "received_at", "received_from", "loaded_at", "quarantined_at", "checked_at", "estimate_version",
        "document_received_at",
    }
)  # fmt: skip
#: Made of the names of the lake's files, which are their content, times of reception included.
_NAMES_OF_FILES = frozenset({'raw."dossier_month_built".version'})
#: Where nothing may lie after a whole run. `archive/.incoming` and `build/survey` are swept six hours later: another
#: process may be at work there.
_UNFINISHED = (
    "releases/.*", ".current.*", "archive/**/*.partial", "lake/.incoming/*", "lake/*/.*partial",
    "lake/dossiers/*/.partial", "lake/*/.*old", "build/staging/*", "build/dossier_staging/*", "landing/*/*",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What a home holds when a run is through, times of this installation left out: equal facts, equal homes."""

    tables: dict[str, str]
    rows: dict[str, int]
    raw: dict[str, str]
    lake: dict[str, str]
    archive: tuple[tuple[str, str, str], ...]


def place(home: Home, documents: tuple[str, ...]) -> None:
    """Put bundled documents into the landing folder, as a person does."""
    for document in documents:
        target = home.landing / document
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BUNDLED_INPUT_DIR / document, target)


def copy_home(source: Home, target: Path) -> Home:
    """The same home again, links as links."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source.root, target, symlinks=True)
    return Home(target)


def half_states(home: Home) -> list[str]:
    """Everything about `current` that a reader could stumble over; empty also before the first release."""
    if not home.current.is_symlink():
        return ["current is no link"] if home.current.exists() else []
    folder = home.current.resolve()
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        return [f"{folder.name}: {error}"]
    faults = []
    for resource in package["resources"]:
        found = hashlib.sha256((folder / resource["path"]).read_bytes()).hexdigest()
        if f"sha256:{found}" != resource["hash"]:
            faults.append(f"{resource['path']} is not what datapackage.json says")
        if not (folder / resource["parquet"]).is_file():
            faults.append(f"{resource['parquet']} is missing")
    with reader(folder / "warehouse.duckdb") as connection:
        for table, count in manifest["row_counts"].items():
            if connection.execute(f"select count(*) from marts.{name(table)}").fetchall()[0][0] != count:
                faults.append(f"marts.{table} has another number of rows than the manifest says")
        for table, value in manifest["table_hashes"].items():
            if table_hash(connection, table) != value:
                faults.append(f"marts.{table} has another hash than the manifest says")
    return faults


def losses(home: Home, documents: tuple[str, ...]) -> list[str]:
    """The documents that lie neither in the landing folder nor, with a note of their reception, in the archive."""
    kept = {sha256 for sha256, _, _ in _archive(home)}
    lost = []
    for document in documents:
        sha256 = hashlib.sha256((BUNDLED_INPUT_DIR / document).read_bytes()).hexdigest()
        waiting = home.landing / document
        if sha256 not in kept and not (waiting.exists() and _hash(waiting) == sha256):
            lost.append(document)
    return lost


def leftovers(home: Home) -> list[str]:
    """Files of a killed run that a whole run after it should have used or removed."""
    found = {path for pattern in _UNFINISHED for path in home.root.glob(pattern)}
    return sorted(str(path.relative_to(home.root)) for path in found)


def facts_of(home: Home) -> Facts:
    """Everything that must be equal after a rerun and after an undisturbed run."""
    manifest = json.loads((home.current / "manifest.json").read_text("utf-8"))
    with reader(home.build_database) as connection:
        raw = [
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw' order by all"
            ).fetchall()
        ]
        content = {table: _content(connection, f"raw.{name(table)}") for table in raw}
    with duckdb.connect() as connection:
        lake = {
            part: _content(connection, f"read_parquet({files}, hive_partitioning = false)") if files else "nothing"
            for part, files in (
                ("dossiers", live_files(home, "dossiers")),
                ("dossiers_rejected", _files(home, "dossiers_rejected/*.parquet")),
                ("respondents", _files(home, "survey/wave=*/respondents.parquet")),
                ("answers", _files(home, "survey/wave=*/answers.parquet")),
            )
        }
    return Facts(manifest["table_hashes"], manifest["row_counts"], content, lake, _archive(home))


def _files(home: Home, pattern: str) -> list[str]:
    return sorted(str(path) for path in home.lake.glob(pattern))


def differences(found: Facts, expected: Facts) -> list[str]:
    """What differs, by name."""
    differing = []
    for part in ("tables", "rows", "raw", "lake"):
        one, other = getattr(found, part), getattr(expected, part)
        differing += [f"{part}.{key}" for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    return differing + (["archive"] if found.archive != expected.archive else [])


def _content(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Rows and a sum of their hashes: a row loaded twice, lost or changed shows, their order does not."""
    columns = [row[0] for row in connection.execute(f"describe select * from {table}").fetchall()]
    kept = ", ".join(
        name(column) for column in columns if column not in _TIMES and f"{table}.{column}" not in _NAMES_OF_FILES
    )
    count, total = connection.execute(
        f"select count(*), sum(hash(r)) from (select row({kept}) as r from {table})"
    ).fetchall()[0]
    return f"{count} rows, {total}"


def _archive(home: Home) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    for known in home.archive.glob("**/document.json"):
        record: dict[str, Any] = json.loads(known.read_text("utf-8"))
        if _hash(known.parent / "content") == record["sha256"]:
            found += [(record["sha256"], seen["source"], seen["file_name"]) for seen in record["receptions"]]
    return tuple(sorted(found))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
