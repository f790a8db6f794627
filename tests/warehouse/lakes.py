"""Lakes made of a few rows, without reading an export."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb

from warehouse.home import Home
from warehouse.lake import add_file, copy_rows, dossier_store, incoming, lake_writer
from warehouse.lake_manifest import LakeFile, Version, commit, read_version
from warehouse.lake_schema import shown


def rows(unit: str, month: date, count: int, document: str) -> str:
    """A query over `count` dossiers of a unit, in another order than that of their codes."""
    made = (
        f"select '{unit}-' || lpad(cast(range as varchar), 7, '0') as dossier_id, '{unit}' as unit_code, "
        f"timestamp '{month} 08:00' + to_minutes(range) as filed_at, cast(1 + range % 5 as smallint) as rating, "
        f"date '{month}' as export_month, '{document}' as source_document_id, range + 1 as source_row, "
        f"'{unit}' as unit_on_present_map from range({count})"
    )
    present = f"select {shown(0)} where false"
    return f"select * from ({present} union all by name {made}) order by dossier_id"


def load(home: Home, unit: str, month: date, count: int = 5, document: str = "") -> Version:
    """One batch: the dossiers of a unit and month."""
    document = document or f"doc_{unit}_{month:%Y_%m}"
    store = dossier_store(home)
    with lake_writer(home), incoming(home) as folder, duckdb.connect() as connection:
        version = read_version(store)
        file = written(home, connection, rows(unit, month, count, document), folder / "new.parquet", month, unit)
        entry = {"export_month": month.isoformat(), "partitions": [[month.year, month.month, unit]], "checks": []}
        gone = [old.path for old in version.of_unit(unit) if old.period == (month.year, month.month)]
        return commit(store, version, {"kind": "load"}, [file], gone, version.documents | {document: entry})


def written(home: Home, connection: Any, query: str, new: Any, month: date, unit: str) -> LakeFile:
    """A file of the lake no manifest names yet."""
    copy_rows(connection, query, new)
    file = add_file(connection, dossier_store(home), new, (month.year, month.month), unit)
    assert file is not None
    return file


def held(files: Iterable[str], connection: duckdb.DuckDBPyConnection | None = None) -> list[tuple[str, str]]:
    """Unit and code of every row in `files`, in order."""
    query = f"select unit_on_present_map, dossier_id from read_parquet({list(files)}) order by all"
    return (connection or duckdb).sql(query).fetchall()
