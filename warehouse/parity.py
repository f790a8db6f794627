"""Whether two engines built the same: every mart that Spark wrote beside the build database's, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release_tables import name

#: Two floating-point figures are one when they differ by no more; everything else must be the same.
FLOAT_TOLERANCE = 1e-9


@dataclass(frozen=True)
class MartParity:
    """One mart: its rows and cells on DuckDB, rows that only one engine has, and figures that differ."""

    mart: str
    rows: int
    cells: int
    only_duckdb: int
    only_spark: int
    different_figures: int
    shape: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.only_duckdb or self.only_spark or self.different_figures or self.shape)


def compare_engines(home: Home) -> list[MartParity]:
    """Compare every mart in `lake_marts/` with the one of that name in the build database.

    Raises:
        EnvironmentBroken: Spark has built none.
    """
    folders = sorted(folder for folder in home.lake_marts.glob("*") if folder.is_dir())
    if not folders:
        raise EnvironmentBroken("Spark has built nothing here: `reform build --target spark` first")
    with reader(home.build_database) as connection:
        return [_compare(connection, folder.name, f"{folder}/*.parquet") for folder in folders]


def _compare(connection: duckdb.DuckDBPyConnection, mart: str, files: str) -> MartParity:
    ours = f"marts.{name(mart)}"
    spark = f"read_parquet('{files.replace(chr(39), chr(39) * 2)}')"
    shapes = [_shape(connection, table) for table in (ours, spark)]
    (rows,) = connection.execute(f"select count(*) from {ours}").fetchone() or (0,)
    cells = rows * len(shapes[0])
    if shapes[0] != shapes[1]:
        differing = sorted(set(shapes[0].items()) ^ set(shapes[1].items()))
        return MartParity(mart, rows, cells, 0, 0, 0, shape=str(differing))
    floats = [column for column, type_ in shapes[0].items() if type_ in {"DOUBLE", "FLOAT"}]
    exact = [name(column) for column in shapes[0] if column not in floats]
    same = " and ".join(f"d.{column} is not distinct from s.{column}" for column in exact)
    apart = " + ".join(
        f"(case when (d.{c} is null) <> (s.{c} is null) or abs(d.{c} - s.{c}) > {FLOAT_TOLERANCE} then 1 else 0 end)"
        for c in map(name, floats)
    )
    only_d, only_s, figures = connection.execute(
        f"select count(*) filter (s.there is null), count(*) filter (d.there is null), "
        f"coalesce(sum({apart or '0'}) filter (d.there and s.there), 0) "
        f"from (select *, true as there from {ours}) as d "
        f"full join (select *, true as there from {spark}) as s on {same}"
    ).fetchone() or (0, 0, 0)
    return MartParity(mart, rows, cells, only_d, only_s, int(figures))


def _shape(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    described = connection.execute(f"describe select * from {table}").fetchall()
    # Parquet of Spark holds moments as UTC with a zone; ours are UTC without one.
    return {row[0]: str(row[1]).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP") for row in described}
