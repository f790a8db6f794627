"""Runs in Spark's environment: one session, the lake and the inputs registered in it, one `dbt build --target spark`.

Nothing is kept in a metastore: the catalogue lives in memory, and what remains is Parquet below the scratch folder.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main() -> int:
    """Carry out `order.json` and write `answer.json` beside it."""
    order_file = Path(sys.argv[1])
    order: dict[str, Any] = json.loads(order_file.read_text("utf-8"))
    scratch = Path(order["scratch"])
    session = _session(order, scratch)
    for schema in ("raw", "staging", "intermediate", "marts", "reference"):
        session.sql(f"create database if not exists {schema}")
    for given in order["inputs"]:
        session.sql(
            f"create table {given['schema']}.{given['table']} using parquet location 'file://{given['folder']}'"
        )
    _lake(session, order["files"], order["schema"])
    answer = _dbt(Path(order["project"]), scratch / "dbt", order["select"])
    answer |= _cost(session)
    session.stop()
    order_file.with_name("answer.json").write_text(json.dumps(answer), "utf-8")
    return 0


def _session(order: dict[str, Any], scratch: Path) -> Any:
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": order["memory"],
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": f"file://{scratch}/warehouse",
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.session.timeZone": "UTC",
        # Times in the lake have no zone; with the session in UTC they are read as they stand.
        "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
        "spark.sql.shuffle.partitions": str(4 * order["cores"]),
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={scratch} -Duser.timezone=UTC",
    }
    builder = SparkSession.builder.master(f"local[{order['cores']}]").appName("reform-indicators")
    for setting, value in settings.items():
        builder = builder.config(setting, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _cost(session: Any) -> dict[str, float]:
    """CPU seconds of this process and Spark's, and the peak memory of Spark's."""
    virtual_machine = session._jvm.java.lang.ProcessHandle.current().pid()
    process = Path("/proc") / str(virtual_machine)
    ticks = [int(part) for part in (process / "stat").read_text().rpartition(")")[2].split()[11:13]]
    peak = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
    return {
        "cpu_seconds": sum(ticks) / os.sysconf("SC_CLK_TCK") + time.process_time(),
        "peak_bytes": int(peak.split()[1]) * 1024,
    }


def _lake(session: Any, files: list[str], schema: str) -> None:
    """The view `lake_dossiers`: the same files DuckDB reads, of every age; a column a file lacks is empty."""
    if files:
        lake = session.read.schema(schema).parquet(*(f"file://{file}" for file in files))
    else:
        lake = session.createDataFrame([], schema)
    lake.createOrReplaceTempView("lake_dossiers")


def _dbt(project: Path, target: Path, selected: list[str]) -> dict[str, Any]:
    from dbt.cli.main import dbtRunner

    os.environ.setdefault("REFORM_BUILD_DATABASE", "")
    places = {"--project-dir": project, "--profiles-dir": project, "--target-path": target, "--log-path": target}
    outcome = dbtRunner().invoke([
        "build", "--target", "spark", "--full-refresh", "--select", *selected, "tag:engine",
        "--exclude-resource-type", "unit_test",
        *(word for option, place in places.items() for word in (option, str(place))),
        "--quiet", "--no-use-colors", "--log-level", "none",
    ])  # fmt: skip
    if outcome.exception is not None:
        raise outcome.exception
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    failed = [
        {"node": result["unique_id"], "message": str(result.get("message"))}
        for result in results
        if result["status"] in {"error", "fail"}
    ]
    return {"nodes": len(results), "failed": failed}


if __name__ == "__main__":
    sys.exit(main())
