"""The dossiers made for the bench of growth are what a load would leave, and made again they replace themselves."""

from __future__ import annotations

from datetime import date

import duckdb

from bench.lake_rows import fill_lake, months, provinces
from warehouse.home import Home
from warehouse.lake import live_files, read_manifest


def test_made_months_are_synthetic_and_replaced_when_made_again(home: Home) -> None:
    units, filed = provinces(2), list(months(date(2025, 12, 1), 2))
    assert filed == [date(2025, 12, 1), date(2026, 1, 1)]
    assert fill_lake(home, units, filed, 80) == 80
    fill_lake(home, units, filed[1:], 20)
    files = live_files(home, "dossiers")
    counted = duckdb.sql(
        "select date_trunc('month', filed_at), count(*), bool_and(is_synthetic), count(distinct unit_on_present_map) "
        f"from read_parquet({files}) group by all order by all"
    ).fetchall()
    assert [(str(month)[:7], *rest) for month, *rest in counted] == [("2025-12", 40, True, 2), ("2026-01", 20, True, 2)]
    assert len(read_manifest(home)) == 4
