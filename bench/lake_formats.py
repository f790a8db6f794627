"""What each form of the lake costs: plain Parquet with our manifests, and Apache Iceberg (pyiceberg, SQL catalog).

    make bench BENCH=lake_formats                                a million and a half dossiers, some two CPU minutes
    .venv/bin/python -m bench.lake_formats --rows-per-batch 5000

Both take the same batches, typed and sorted already: one unit's month each. Then a batch of later states replaces a
tenth of a unit's newest month, the lake is read whole and for one unit, months are compacted, and 100 tiny batches show
how the metadata grow. Each form runs in a process of its own, Iceberg in an environment of its own; CPU seconds are the
process's. Last, Spark reads what our lake says its files are, files of the schema before among them.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from bench.tool_environment import tool_environment

ICEBERG = ("pyiceberg[sql-sqlite,pyarrow,pyiceberg-core]==0.12.0", "duckdb==2.0.0", "pyarrow==26.0.1")
SPARK = ("pyspark==4.0.1",)
UNITS = ("ha_noi_2008", "ho_chi_minh_2025", "lao_cai_2025", "son_la")
MONTHS = tuple(date(2025, month, 1) for month in range(1, 7))
TINY_BATCHES, TINY_ROWS = 100, 100


class Costs:
    """Wall and CPU seconds of named steps, and figures found on the way."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        cpu, wall = _cpu(), time.monotonic()
        yield
        self.found[name] = {"cpu_s": round(_cpu() - cpu, 3), "wall_s": round(time.monotonic() - wall, 3)}

    def print(self) -> None:
        """What was found, and the process's peak memory."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps(self.found | {"peak_mb": round(peak)}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def batch_file(folder: Path, unit: str, month: date) -> Path:
    """Where the prepared rows of a batch are."""
    return folder / f"{unit}-{month:%Y-%m}.parquet"


def prepare(folder: Path, rows: int) -> None:
    """Write the batches: sixteen columns as exports fill them, in the lake's schema, sorted by code."""
    import duckdb

    from bench.dossier_exports import _FIELDS, _WARDS, _one_of
    from warehouse.lake import copy_rows
    from warehouse.lake_schema import shown

    with duckdb.connect(config={"threads": 1}) as connection:
        for number, unit in enumerate(UNITS):
            for month in MONTHS:
                made = f"""
                    select 'H{number:02}-{month:%y%m}-' || lpad(cast(serial as varchar), 7, '0') as dossier_id,
                           '{unit}' as unit_code, '1.' || lpad(cast((h >> 3) % 12000 as varchar), 6, '0')
                           as procedure_code, {_one_of(_FIELDS, 5)} as field, {_one_of(_WARDS, 11)} as ward,
                           filed as filed_at, filed + to_minutes(cast(20 + h % 200 as bigint)) as received_at,
                           filed + to_days(cast(3 + (h >> 7) % 18 as integer)) as due_at,
                           filed + to_minutes(cast(60 + (h >> 17) % 40000 as bigint)) as returned_at,
                           'online_full' as way_of_filing, 'returned' as result, h % 3 = 0 as digitised,
                           cast(1 + h % 5 as smallint) as rating, date '{month}' as export_month,
                           timestamp '{month}' as document_received_at, 'doc_{unit}_{month:%y%m}' as source_document_id,
                           serial + 1 as source_row, true as is_synthetic, '{unit}' as unit_on_present_map
                    from (select serial, h, timestamp '{month}' + to_minutes(cast((h >> 23) % 40000 as bigint)) as filed
                          from (select range as serial, hash(range * 1000003 + {number * 8191 + month.month}) as h
                                from range({rows})))"""
                query = f"select * from (select {shown(0)} where false) union all by name select * from ({made})"
                copy_rows(connection, f"select * from ({query}) order by dossier_id", batch_file(folder, unit, month))
        last = batch_file(folder, UNITS[0], MONTHS[-1])
        later = f"select * replace ('doc_later' as source_document_id, 'refused' as result) from '{last}'"
        copy_rows(connection, f"{later} where source_row % 10 = 0 order by dossier_id", folder / "later.parquet")
        copy_rows(connection, f"select * from '{last}' limit {TINY_ROWS}", folder / "tiny.parquet")


def manifests(batches: Path, out: Path) -> None:
    """Every step on our lake."""
    import duckdb

    from warehouse.home import Home
    from warehouse.lake import add_file, copy_rows, dossier_store, incoming, live_files
    from warehouse.lake_compaction import compact
    from warehouse.lake_manifest import commit, manifest_path, read_version

    home, costs = Home(out), Costs()
    home.make()
    store = dossier_store(home)
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "320MB"})

    def add(query: str, unit: str, month: date, document: str, replaced: tuple[str, ...] = ()) -> None:
        version = read_version(store)
        with incoming(home) as folder:
            copy_rows(connection, f"{query} order by dossier_id", folder / "new.parquet")
            file = add_file(connection, store, folder / "new.parquet", (month.year, month.month), unit)
        assert file is not None
        entry = {"export_month": month.isoformat(), "checks": []}
        commit(store, version, {"kind": "load"}, [file], replaced, version.documents | {document: entry})

    def replace() -> None:
        version = read_version(store)
        (old,) = [file for file in version.of_unit(UNITS[0]) if file.month == MONTHS[-1].month]
        later = f"'{batches}/later.parquet'"
        kept = f"select * from {version.scan(store, [old], UNITS[0])} as e anti join {later} as l using (dossier_id)"
        add(f"({kept}) union all by name from {later}", UNITS[0], MONTHS[-1], "doc_later", (old.path,))

    with costs.step("append"):
        for unit in UNITS:
            for month in MONTHS:
                add(f"from '{batch_file(batches, unit, month)}'", unit, month, f"doc_{unit}_{month:%y%m}")
    with costs.step("replace a tenth of a unit's month"):
        replace()
    live = live_files(home, "dossiers")
    _read(costs, connection, lambda unit: read_version(store).scan(store, read_version(store).files, unit), "as loaded")
    costs.found["files, bytes"] = [len(live), sum(Path(file).stat().st_size for file in live)]
    costs.found["pruning as loaded"] = _groups_read(connection, live)
    with costs.step("compact every month"):
        compact(home, every=True)
    _read(costs, connection, lambda unit: read_version(store).scan(store, read_version(store).files, unit), "compacted")
    live = live_files(home, "dossiers")
    costs.found["files, bytes compacted"] = [len(live), sum(Path(file).stat().st_size for file in live)]
    costs.found["pruning compacted"] = _groups_read(connection, live)
    with costs.step(f"{TINY_BATCHES} tiny batches"):
        for number in range(TINY_BATCHES):
            add(f"from '{batches}/tiny.parquet'", f"u{number}", MONTHS[-1], f"doc_tiny_{number}")
    with costs.step("plan"):
        planned = len(read_version(store).files)
    costs.found["planned files"] = planned
    newest = store.address(manifest_path(read_version(store).number))
    costs.found["metadata files, bytes"] = _data(out / "lake/dossiers/_manifests", "*.json")
    costs.found["bytes of the newest metadata"] = Path(newest).stat().st_size
    costs.print()


def _read(costs: Costs, connection: Any, rows: Callable[[str | None], str], state: str) -> None:
    query = "select count(*), sum(rating), count(distinct field), max(returned_at) from "
    with costs.step(f"read whole, {state}"):
        counted = connection.execute(query + rows(None)).fetchall()[0]
    with costs.step(f"read one unit, {state}"):
        connection.execute(query + rows(UNITS[2])).fetchall()
    costs.found[f"rows, {state}"] = counted[0]


def _groups_read(connection: Any, files: list[str]) -> dict[str, Any]:
    """Row groups, and how many of them the least and greatest values leave to be read for a unit, and for a code."""
    code = f"H02-{MONTHS[2]:%y%m}-0001234"
    unit = "path_in_schema = 'unit_on_present_map' and stats_min_value <= $unit and stats_max_value >= $unit"
    dossier = "path_in_schema = 'dossier_id' and stats_min_value <= $code and stats_max_value >= $code"
    found = connection.execute(
        f"select count(*) filter (path_in_schema = 'dossier_id'), count(*) filter ({unit}), "
        f"count(*) filter ({dossier}) from parquet_metadata({files})",
        {"unit": UNITS[2], "code": code},
    ).fetchall()[0]
    return dict(zip(("row groups", "for one unit", "for one dossier"), found, strict=True))


def _data(folder: Path, pattern: str) -> list[int]:
    files = list(folder.glob(pattern))
    return [len(files), sum(file.stat().st_size for file in files)]


def _child(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["it was killed"])[-1][:300]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _spark(folder: Path, home: Path) -> dict[str, Any]:
    """Spark, given the files and the schema, with a file of schema 1 among them."""
    import duckdb

    from warehouse.home import Home
    from warehouse.lake import live_files
    from warehouse.lake_schema import spark_schema

    files = live_files(Home(home), "dossiers")
    old = folder / "schema1.parquet"
    narrow = "* exclude (unit_on_present_map) replace (cast(rating as utinyint) as rating)"
    duckdb.sql(f"copy (select {narrow} from '{folder}/tiny.parquet') to '{old}' (format parquet)")
    python = tool_environment(folder, "spark", SPARK)
    request = {"files": [*files, str(old)], "schema": spark_schema(), "unit": UNITS[2]}
    (folder / "spark.json").write_text(json.dumps(request))
    found = _child([str(python), "-m", "bench.lake_formats_spark", str(folder / "spark.json")])
    ours = duckdb.sql(
        f"select count(*), sum(rating), count(unit_on_present_map), max(returned_at) from read_parquet("
        f"{[*files, str(old)]}, union_by_name = true)"
    ).fetchall()[0]
    return found | {"duckdb_says_the_same": [str(value) for value in ours] == found.get("answer")}


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows-per-batch", type=int, default=60_000)
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out (400 MB to install)")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        manifests(*options.child)
        return 0
    with tempfile.TemporaryDirectory(prefix="lake_formats_") as name:
        folder = Path(name)
        prepare(folder, options.rows_per_batch)
        home = folder / "manifests"
        found = {"manifests": _child([sys.executable, "-m", "bench.lake_formats", "--child", name, str(home)])}
        try:
            python = tool_environment(folder, "iceberg", ICEBERG)
            script = "bench.lake_formats_iceberg"
            found["iceberg"] = _child([str(python), "-m", script, name, str(folder / "warehouse")])
            if not options.no_spark:
                found["spark reads the manifests' files"] = _spark(folder, home)
        except RuntimeError as error:
            found["iceberg"] = {"failed": f"not installed: {error}"}
        return report(found)


def report(found: dict[str, dict[str, Any]]) -> int:
    """Print both beside each other; 1 where one failed or they hold other rows."""
    ours, iceberg = found["manifests"], found["iceberg"]
    print(f"{'':36}{'manifests':>32}{'iceberg':>32}")
    for step in dict.fromkeys([*ours, *iceberg]):
        print(f"{step:36}{_shown(ours.get(step)):>32}{_shown(iceberg.get(step)):>32}")
    for name, one in found.items():
        if name not in {"manifests", "iceberg"}:
            print(f"{name}: {one}")
    same = ours.get("rows, as loaded") == iceberg.get("rows, as loaded")
    print("both hold the same number of rows" if same else "THEY HOLD OTHER ROWS")
    return 0 if same and not any("failed" in one for one in found.values()) else 1


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "cpu_s" in value:
        return f"{value['cpu_s']:.2f} CPU s, {value['wall_s']:.2f} s"
    if isinstance(value, dict):
        return ", ".join(str(one) for one in value.values())
    return "-" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
