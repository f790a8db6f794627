"""Made-up marts of a few figures, as a build leaves them: enough for a release, its vintages and a comparison."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb

from warehouse.build import state_file
from warehouse.connection import writer
from warehouse.home import Home


@dataclass(frozen=True)
class Figure:
    """A figure and its change, over sensible defaults."""

    unit_code: str = "ha_noi"
    indicator_code: str = "PCI"
    data_year: int = 2012
    boundary: str = "published"
    value: float | None = 50.0
    rank: int | None = 1
    change: float | None = 1.0
    value_pct_change_points: float | None = None
    is_comparable: bool | None = True
    not_comparable_reason: str | None = None
    methodology_version: str | None = "2009"
    source_document_id: str | None = "doc_a"
    locator: str | None = "S!A1"


_TYPES = {
    "unit_code": "varchar",
    "indicator_code": "varchar",
    "data_year": "integer",
    "boundary": "varchar",
    "value": "double",
    "rank": "integer",
    "change": "double",
    "value_pct_change_points": "double",
    "is_comparable": "boolean",
    "not_comparable_reason": "varchar",
    "methodology_version": "varchar",
    "source_document_id": "varchar",
    "locator": "varchar",
}
_KEY = ("unit_code", "indicator_code", "data_year", "boundary")
_YOY = ("change", "value_pct_change_points", "is_comparable", "not_comparable_reason")


def write_marts(connection: duckdb.DuckDBPyConnection, figures: Sequence[Figure]) -> None:
    """Replace the two marts the vintages are made from, in schema `marts` of the database open."""
    connection.execute("create schema if not exists marts")
    columns = ", ".join(f"{column} {kind}" for column, kind in _TYPES.items())
    connection.execute(f"create or replace temp table made_up ({columns})")
    if figures:
        marks = ", ".join("?" * len(_TYPES))
        rows = [[asdict(figure)[column] for column in _TYPES] for figure in figures]
        connection.executemany(f"insert into made_up values ({marks})", rows)
    values = ", ".join(column for column in _TYPES if column not in _YOY)
    connection.execute(f"create or replace table marts.fct_indicator_value as select {values} from made_up")
    connection.execute(
        f"create or replace table marts.metric_yoy as select {', '.join((*_KEY, *_YOY))}, "
        "case when not is_comparable then 'Because.' end as reason_text_en, "
        "case when not is_comparable then 'Vì thế.' end as reason_text_vi from made_up"
    )


def build(home: Home, *figures: Figure, methods: Sequence[str] = ("2009",), superseded: Sequence[str] = ()) -> None:
    """A complete build of `figures`; every document named by one is `<name>.xlsx`, of the source key `pci:2012`."""
    documents = sorted({figure.source_document_id or "" for figure in figures} | set(superseded) | {"doc_a"})
    with writer(home) as connection:
        write_marts(connection, figures)
        connection.execute(
            "create or replace table marts.fct_observation as "
            "select unit_code, value, source_document_id from marts.fct_indicator_value"
        )
        connection.execute(
            "create or replace table marts.dim_source_document "
            "(source_document_id varchar, file_name varchar, sha256 varchar, source_key varchar, is_superseded boolean)"
        )
        connection.executemany(
            "insert into marts.dim_source_document values (?, ?, ?, 'pci:2012', ?)",
            [
                [document, f"{document}.xlsx", hashlib.sha256(document.encode()).hexdigest(), document in superseded]
                for document in documents
            ],
        )
        connection.execute(
            "create or replace table marts.dim_methodology as "
            "select 'PCI' as index_code, unnest(?::varchar[]) as methodology_version, 'text' as text_en",
            [list(methods)],
        )
        fingerprint = hashlib.sha256(repr((figures, methods, superseded)).encode()).hexdigest()
    state_file(home).write_text(json.dumps({"fingerprint": fingerprint}))
