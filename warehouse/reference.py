"""The reference tables of `data/reference`, loaded as they stand in git into the schema `reference`.

`tables.yml` gives every table's grain, key and column types, so that a wrong date or a doubled key is found here
and not in a mart.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from warehouse.errors import EnvironmentBroken
from warehouse.home import REFERENCE_DIR

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")
_TYPES = {"VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "DATE"}


@dataclass(frozen=True)
class ReferenceTable:
    """One reference table: its file and the description of it in `tables.yml`."""

    name: str
    path: Path
    primary_key: tuple[str, ...]
    columns: dict[str, str]


def reference_tables(reference_dir: Path = REFERENCE_DIR) -> list[ReferenceTable]:
    """The tables described in `tables.yml`, each with its file.

    Raises:
        EnvironmentBroken: a described table has no file, a file is not described, or a name or type is not allowed.
    """
    described: dict[str, dict[str, Any]] = yaml.safe_load((reference_dir / "tables.yml").read_text("utf-8"))
    files = {path.stem: path for path in sorted(reference_dir.rglob("*.csv"))}
    if set(files) != set(described):
        difference = sorted(set(files) ^ set(described))
        raise EnvironmentBroken(f"{reference_dir}/tables.yml and the CSV files beside it differ in: {difference}")
    tables = []
    for name, description in sorted(described.items()):
        columns = {column: str(detail["type"]).upper() for column, detail in description["columns"].items()}
        names = [name, *columns]
        if not all(_IDENTIFIER.match(word) for word in names) or not set(columns.values()) <= _TYPES:
            raise EnvironmentBroken(f"{reference_dir}/tables.yml: table {name} has a name or type that is not allowed")
        tables.append(ReferenceTable(name, files[name], tuple(description["primary_key"]), columns))
    return tables


def load_reference(connection: duckdb.DuckDBPyConnection, reference_dir: Path = REFERENCE_DIR) -> None:
    """Replace the schema `reference` by what the files say now.

    Raises:
        EnvironmentBroken: a file does not fit its description, or a primary key is doubled or empty.
    """
    connection.execute("create schema if not exists reference")
    tables = reference_tables(reference_dir)
    present = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'reference'"
    ).fetchall()
    for (name,) in present:
        if name not in {table.name for table in tables}:
            connection.execute(f'drop table reference."{name}"')
    for table in tables:
        _load_table(connection, table)


def _load_table(connection: duckdb.DuckDBPyConnection, table: ReferenceTable) -> None:
    header = table.path.read_text("utf-8").splitlines()[0].split(",")
    if header != list(table.columns):
        raise EnvironmentBroken(f"{table.path.name}: header is {header}, tables.yml says {list(table.columns)}")
    # Names and types come from tables.yml and were checked against a pattern; paths go in as parameters.
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in table.columns.items())
    try:
        connection.execute(
            f"create or replace table reference.{table.name} as select * from read_csv(?, header = true, "
            f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', columns = {{{types}}})",
            [str(table.path)],
        )
    except duckdb.Error as error:
        raise EnvironmentBroken(
            f"{table.path.name} does not fit its description in tables.yml: {str(error).splitlines()[0]}"
        ) from error
    key = ", ".join(table.primary_key)
    doubled = connection.execute(
        f"select {key} from reference.{table.name} group by {key} having count(*) > 1 limit 1"
    ).fetchone()
    if doubled:
        raise EnvironmentBroken(f"{table.path.name}: the key ({key}) is doubled for {doubled}")


def tree_hash(*roots: Path, suffixes: tuple[str, ...]) -> str:
    """SHA-256 over the names and bytes of all files below `roots` with one of `suffixes`: changes when they do."""
    digest = hashlib.sha256()
    for root in roots:
        for path in sorted(path for path in root.rglob("*") if path.suffix in suffixes and path.is_file()):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(b"\0")
            digest.update(path.read_bytes())
            digest.update(b"\0")
    return digest.hexdigest()
