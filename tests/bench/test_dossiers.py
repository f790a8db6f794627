"""The bench of dossiers on few rows: every load of this environment runs; the costs are measured by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.dossier_loads import with_duckdb_stream, with_ours
from bench.dossiers import make_files
from warehouse.home import Home
from warehouse.lake import live_files


def test_ours_holds_the_dossiers_the_bare_load_types_less_their_earlier_states(tmp_path: Path) -> None:
    files = [path for path, _ in make_files(tmp_path, 6_000)]
    bare, ours = tmp_path / "bare", tmp_path / "ours"
    bare.mkdir()
    with_duckdb_stream(files, bare)
    with_ours(files, ours)
    typed = f"(select distinct dossier_id from read_parquet('{bare}/*.parquet') where filed_at is not null)"
    held = f"read_parquet({live_files(Home(ours), 'dossiers')})"
    (counted,) = duckdb.sql(f"select count(*), count(distinct dossier_id) from {held}").fetchall()
    assert counted == duckdb.sql(f"select count(*), count(*) from {typed}").fetchall()[0]
