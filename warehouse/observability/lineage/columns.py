"""Which columns each column of a model is computed from, read out of the SQL dbt compiled.

sqlglot resolves names with the columns of every table, so `select *`, joins and nested CTEs are followed to the tables
a model reads. A column that counts rows or is a constant comes from no column, and is rightly without one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

#: Raised when what is found of the same SQL changes.
_VERSION = 1
_DIALECT = "duckdb"

#: schema -> table -> column -> type
Tables = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, order=True)
class ColumnSource:
    """A column of a table a model reads; `table` is `schema.name`."""

    table: str
    column: str


ColumnSources = dict[str, tuple[ColumnSource, ...]]


def column_sources(sql: str, columns: list[str], tables: Tables) -> ColumnSources:
    """For each of `columns` that `sql` returns, the columns it is computed from; none that could not be found.

    SQL that cannot be parsed finds nothing: lineage is told as far as it is known.
    """
    try:
        tree = qualify(
            sqlglot.parse_one(sql, dialect=_DIALECT),
            schema=tables,
            dialect=_DIALECT,
            validate_qualify_columns=False,
            identify=False,
        )
        scope = build_scope(tree)
    except SqlglotError:
        return {}
    found: ColumnSources = {}
    for column in columns:
        try:
            root = lineage(column, tree, schema=tables, dialect=_DIALECT, scope=scope, trim_selects=False)
        except (SqlglotError, ValueError):
            continue
        leaves = [node for node in root.walk() if not node.downstream and isinstance(node.source, exp.Table)]
        sources = {ColumnSource(f"{leaf.source.db}.{leaf.source.name}", leaf.name.split(".")[-1]) for leaf in leaves}
        if sources:
            found[column] = tuple(sorted(sources))
    return found


class ColumnCache:
    """What was found before, kept in one file by a hash of the SQL and of the tables it may read.

    Reading the SQL of a whole project takes half a minute; most of it is the same at the next build.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._used: dict[str, Any] = {}

    def sources(self, sql: str, columns: list[str], tables: Tables) -> ColumnSources:
        """As `column_sources`."""
        key = hashlib.sha256(repr((_VERSION, sqlglot.__version__, sql, columns, tables)).encode()).hexdigest()
        if key not in self._known:
            found = column_sources(sql, columns, tables)
            self._known[key] = {
                column: [[one.table, one.column] for one in sources] for column, sources in found.items()
            }
        self._used[key] = self._known[key]
        return {
            column: tuple(ColumnSource(*source) for source in sources) for column, sources in self._known[key].items()
        }

    def keep(self) -> None:
        """Write down what was asked for since it was opened, and forget the rest."""
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._used), "utf-8")
        partial.replace(self._path)
