"""What a release holds, as it describes itself: tables, columns, and the codes that exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from warehouse.serving.problems import Problem


@dataclass(frozen=True)
class Column:
    """A column, its DuckDB type, and what it means in both languages."""

    name: str
    data_type: str
    description_en: str
    description_vi: str

    def as_dict(self) -> dict[str, str]:
        """JSON-able."""
        return {
            "name": self.name,
            "type": self.data_type,
            "description_en": self.description_en,
            "description_vi": self.description_vi,
        }


@dataclass(frozen=True)
class Table:
    """A mart: what a row is, in both languages, how many there are, and the columns by name in their order."""

    name: str
    description_en: str
    description_vi: str
    row_count: int
    columns: dict[str, Column]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, without the columns."""
        return {
            "table": self.name,
            "description_en": self.description_en,
            "description_vi": self.description_vi,
            "row_count": self.row_count,
            "column_count": len(self.columns),
        }


@dataclass(frozen=True)
class Catalogue:
    """The only source of names that ever get into SQL, and of the codes a request may ask for."""

    tables: dict[str, Table]
    units: frozenset[str]
    indicators: frozenset[str]

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises:
            Problem: the release has none.
        """
        if name not in self.tables:
            known = ", ".join(self.tables)
            raise Problem("unknown_table", f"Tables of this release: {known}.", f"Các bảng có: {known}.")
        return self.tables[name]

    def check_units(self, codes: tuple[str, ...]) -> None:
        """A misspelt code is refused: it would be answered by nothing, which reads as "no figures".

        Raises:
            Problem: one of `codes` is no unit.
        """
        for code in codes:
            if code not in self.units:
                raise Problem(
                    "unknown_unit",
                    f"{code!r} is no unit of this release; /v1/units lists their codes.",
                    f"{code!r} không phải là mã đơn vị; xem danh sách ở /v1/units.",
                )

    def check_indicators(self, codes: tuple[str, ...]) -> None:
        """The same for indicators.

        Raises:
            Problem: one of `codes` is no indicator.
        """
        for code in codes:
            if code not in self.indicators:
                raise Problem(
                    "unknown_indicator",
                    f"{code!r} is no indicator of this release; /v1/indicators lists their codes.",
                    f"{code!r} không phải là mã chỉ tiêu; xem danh sách ở /v1/indicators.",
                )


def read_catalogue(connection: duckdb.DuckDBPyConnection, row_counts: dict[str, int]) -> Catalogue:
    """The catalogue of the release attached as `release`, from its dictionary; `row_counts` is of its manifest."""
    rows = connection.execute(
        """
        select table_name, column_name, data_type, description_en, description_vi, table_description_en,
            table_description_vi
        from release.marts.dictionary order by table_name, column_position
        """
    ).fetchall()
    columns: dict[str, dict[str, Column]] = {}
    texts: dict[str, tuple[str, str]] = {}
    for table, column, data_type, column_en, column_vi, table_en, table_vi in rows:
        columns.setdefault(table, {})[column] = Column(column, data_type, column_en or "", column_vi or "")
        texts[table] = (table_en or "", table_vi or "")
    tables = {
        name: Table(name, *texts[name], row_count=row_counts.get(name, 0), columns=found)
        for name, found in columns.items()
    }
    return Catalogue(
        tables,
        units=_codes(connection, tables, "dim_unit", "unit_code"),
        indicators=_codes(connection, tables, "dim_indicator", "indicator_code"),
    )


def _codes(connection: duckdb.DuckDBPyConnection, tables: dict[str, Table], table: str, column: str) -> frozenset[str]:
    if table not in tables:
        return frozenset()
    rows = connection.execute(f"select distinct {column} from release.marts.{table}").fetchall()
    return frozenset(str(row[0]) for row in rows)
