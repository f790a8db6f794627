"""Which months of the lake the models have to read again: those whose files, exports or formulas changed.

The marts of the lake must cost what is new, not what is there. So the build database keeps of every month of filing
what its files were when its counts were last built; a month that differs is stale, and dbt reads the files of stale
months only. A month is forgotten before it is built again, so a build that was killed finds it stale still.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.connection import writer
from warehouse.home import DBT_PROJECT_DIR, Home
from warehouse.lake import dossier_store, live_files
from warehouse.lake_schema import scan

LAKE_MONTH_TABLES = (
    "create table if not exists raw.dossier_stale_month (data_month date primary key)",
    "create table if not exists raw.dossier_month_built (data_month date primary key, version varchar not null)",
)
_PERIOD = re.compile(r"/year=(\d{4})/month=(\d{1,2})/")


@dataclass(frozen=True)
class Staleness:
    """`versions` of every month as it is now, the months that are `stale`, their `files`, and whether `models` (the
    SQL of the counts) changed, so that all must be built anew.
    """

    versions: dict[date, str]
    stale: frozenset[date]
    files: tuple[str, ...]
    models: bool


def month_of_file(path: str) -> date | None:
    """The month of filing of the rows in a file of the lake, by its address; None when it holds several."""
    found = _PERIOD.search(path)
    return date(int(found[1]), int(found[2]), 1) if found else None


def staleness(home: Home, connection: duckdb.DuckDBPyConnection) -> Staleness:
    """Compare the lake with what was built of it."""
    files = live_files(home, "dossiers")
    formula = _formula(connection)
    versions = _versions(home, connection, files, formula)
    built: dict[date, str] = dict(
        connection.execute("select data_month, version from raw.dossier_month_built").fetchall()
    )
    stale = frozenset(
        month for month in versions.keys() | built.keys() if versions.get(month) != built.get(month)
    )
    read = tuple(file for file in files if (month := month_of_file(file)) is None or month in stale)
    known = {version.partition(" ")[0] for version in built.values()}
    return Staleness(versions, stale, read, models=bool(known - {formula}))


def _formula(connection: duckdb.DuckDBPyConnection) -> str:
    """The models that count dossiers, and what they measure with."""
    folders = (DBT_PROJECT_DIR / "models" / "staging", DBT_PROJECT_DIR / "models" / "intermediate")
    models = sorted(file for folder in folders for file in folder.glob("*dossier*.sql"))
    code = [file.read_bytes() for file in (*models, DBT_PROJECT_DIR / "macros" / "rules.sql")]
    inputs = connection.execute(
        "select distinct measure_version from raw.dossier_document order by measure_version"
    ).fetchall()
    return hashlib.sha256(repr((code, inputs)).encode()).hexdigest()[:16]


def _versions(
    home: Home, connection: duckdb.DuckDBPyConnection, files: list[str], formula: str
) -> dict[date, str]:
    parts: dict[date, list[tuple[object, ...]]] = {}
    covered = connection.execute("select data_month, unit_on_present_map, is_synthetic from raw.dossier_coverage")
    for month, *coverage in sorted(covered.fetchall()):
        parts.setdefault(month, []).append(tuple(coverage))
    for file in files:
        month = month_of_file(file)
        for touched in [month] if month else list(parts):
            parts.setdefault(touched, []).append((_named(home, file),))
    return {
        month: f"{formula} {hashlib.sha256(repr(part).encode()).hexdigest()[:16]}" for month, part in parts.items()
    }


def _named(home: Home, file: str) -> str:
    """A file of the lake is named by its content; where the home stands says nothing about it."""
    path = Path(file)
    return str(path.relative_to(home.root)) if path.is_relative_to(home.root) else file


@contextmanager
def lake_to_read(home: Home) -> Iterator[Staleness]:
    """While the block runs, dbt finds the files of stale months as `raw.lake_dossiers`; they are current after it."""
    with writer(home) as connection:
        found = staleness(home, connection)
        connection.execute("begin")
        connection.execute("delete from raw.dossier_stale_month")
        if found.stale:
            months = [[month] for month in sorted(found.stale)]
            connection.executemany("insert into raw.dossier_stale_month values (?)", months)
            connection.executemany("delete from raw.dossier_month_built where data_month = ?", months)
        dossier_store(home).attach(connection)
        connection.execute(lake_view(found.files))
        connection.execute("commit")
    yield found
    with writer(home) as connection:
        connection.execute("begin")
        current = [[month, version] for month, version in sorted(found.versions.items()) if month in found.stale]
        if current:
            connection.executemany("insert into raw.dossier_month_built values (?, ?)", current)
        connection.execute("delete from raw.dossier_stale_month")
        connection.execute(lake_view(()))
        connection.execute("commit")


def lake_view(files: Sequence[str]) -> str:
    """SQL of the view of these files; without any it names no place, so it can be read wherever the database is."""
    # What the models read has been there since the first schema; what a file lacks is empty.
    return f"create or replace view raw.lake_dossiers as select * from {scan(files, 1)}"
