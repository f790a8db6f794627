"""Whether DuckDB and Spark build the same marts from the same lake: 5 million synthetic dossiers, cell by cell.

    make bench BENCH=parity                                      5 million dossiers, some ten minutes, 2 GB of disk
    .venv/bin/python -m bench.parity --rows 1000000

Floating-point figures may differ by 1e-9, everything else not at all. The bundled data are compared by the tests.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench.lake_rows import fill_lake, months, provinces
from bench.scale import base_of, run
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.parity import compare_engines


def portal_months(home: Home) -> None:
    """Figures of the portal for every unit and month, so that `metric_portal_agreement` has rows to compare."""
    with writer(home) as connection:
        connection.execute(
            "insert into marts.fct_portal_month by name select unit_code, data_month, true as is_synthetic, "
            "'published' as boundary, 10000 + abs(hash(unit_code) % 977) as dossiers, 5000 as filed_online, 7000 as "
            "returned_on_time, 900 as returned_late, 88.6 as on_time_rate_pct, 'portal_standin' as source, 'd' as "
            "source_document_id, 'b' as batch_id, timestamp '2026-01-02 03:04:05.678' as fetched_at "
            "from (select distinct unit_on_present_map as unit_code, data_month from raw.dossier_coverage)"
        )


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    options = parser.parse_args()
    from ingestion.dossiers.steps import measure_exports

    with tempfile.TemporaryDirectory(prefix="parity_") as folder:
        home = base_of(Path(folder))
        rows = fill_lake(home, provinces(34), list(months(date(2025, 1, 1), 12)), options.rows)
        measure_exports(home)
        portal_months(home)
        for engine in ("duckdb", "spark"):
            cost = run(home, engine)
            print(f"{engine:8}{rows:>12,} dossiers{cost.cpu_s:>9.1f} CPU s{cost.wall_s:>9.1f} s{cost.peak_gb:>7.2f} GB")
        compared = compare_engines(home)
    for one in compared:
        print(f"{'equal    ' if one.is_equal else 'DIFFERENT'}  {one.mart}: {one.rows:,} rows, {one.cells:,} cells")
        if not one.is_equal:
            print(f"           {one}")
    return 0 if all(one.is_equal for one in compared) else 1


if __name__ == "__main__":
    sys.exit(main())
