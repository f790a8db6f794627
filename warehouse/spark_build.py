"""The marts that read the lake, built by the same dbt project on Apache Spark, into `REFORM_HOME/lake_marts/`.

Spark lives in an environment of its own (`make spark`): its packages and ours need not agree, and the process that
runs it (`warehouse/spark_session.py`) shares only the lake's reader with this one. It reads the lake's own Parquet;
what else the models join (working days, units, the portal's figures) it gets as small Parquet files, written from the
build database.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Refusal, Refused
from warehouse.home import DBT_PROJECT_DIR, PROJECT_ROOT, Home
from warehouse.lake import DOSSIERS, live_files
from warehouse.lake_schema import spark_schema
from warehouse.release_tables import name

#: The models that stand for the lake: what is below them is built, what that reads beside it is handed over.
_LAKE_MODELS = ("stg_dossier", "stg_dossier_stale_month")
_MIN_JAVA = 17


@dataclass(frozen=True)
class SparkReport:
    """What a build on Spark did: nodes of dbt that ran, the marts it wrote, and what its processes cost."""

    nodes: int
    marts: tuple[str, ...]
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def spark_python() -> Path:
    """The interpreter of the environment Spark is in.

    Raises:
        EnvironmentBroken: there is none.
    """
    python = PROJECT_ROOT / ".venv-spark" / "bin" / "python"
    if not python.exists():
        raise EnvironmentBroken("Spark is not installed here: `make spark` installs it into .venv-spark")
    return python


def java_version() -> int:
    """The major version of the Java that Spark would use.

    Raises:
        EnvironmentBroken: there is none, or it is older than Spark needs.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    wanted = f"Spark needs Java {_MIN_JAVA} or later: install openjdk-17-jre-headless, or set JAVA_HOME"
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
        found = int(shown.split('"')[1].split(".")[0])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError) as error:
        raise EnvironmentBroken(f"{wanted} ({java} did not answer with its version)") from error
    if found < _MIN_JAVA:
        raise EnvironmentBroken(f"{wanted} (here is {found})")
    return found


def build_on_spark(home: Home, *, memory: str = "2g", cores: int = 2) -> SparkReport:
    """Build the lake's marts on Spark in this machine and put them in the place of the last ones.

    `memory` is the limit of Spark's heap.

    Raises:
        EnvironmentBroken: Java, Spark's environment or the build on DuckDB is missing, or Spark could not run.
        Refused: a model or a test failed; the marts of the last build stay.
    """
    started = time.monotonic()
    python, _ = spark_python(), java_version()
    scratch = home.build / "spark"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        inputs = write_inputs(home, scratch / "inputs")
        order = {
            "files": _local_files(home),
            "schema": spark_schema(),
            "inputs": inputs,
            "scratch": str(scratch),
            "project": str(DBT_PROJECT_DIR),
            "select": [f"{model}+" for model in _LAKE_MODELS],
            "memory": memory,
            "cores": cores,
        }
        (scratch / "order.json").write_text(json.dumps(order), "utf-8")
        answer = _run(python, scratch)
        marts = _take(scratch / "warehouse" / "marts.db", home.lake_marts)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    seconds = time.monotonic() - started
    return SparkReport(answer["nodes"], marts, seconds, answer["cpu_seconds"], answer["peak_bytes"])


def write_inputs(home: Home, folder: Path) -> list[dict[str, str]]:
    """Write what the models below the lake read beside it, as the build database has it: schema, name and folder.

    Raises:
        EnvironmentBroken: the marts were not built on DuckDB yet.
    """
    manifest = home.dbt_target / "manifest.json"
    if not manifest.exists() or not home.build_database.exists():
        raise EnvironmentBroken("the marts were not built on DuckDB yet, whose tables these join: `reform build` first")
    written = []
    with reader(home.build_database) as connection:
        for schema, table in _boundary(json.loads(manifest.read_text("utf-8"))):
            target = folder / schema / table
            target.mkdir(parents=True)
            try:
                connection.execute(f"copy ({_rows(schema, table)}) to '{target}/rows.parquet' (format parquet)")
            except duckdb.CatalogException as error:
                raise EnvironmentBroken(f"{schema}.{table} was not built yet: `reform build` first") from error
            written.append({"schema": schema, "table": table, "folder": str(target)})
    return written


def _local_files(home: Home) -> list[str]:
    files = live_files(home, DOSSIERS)
    if any("://" in file for file in files):
        raise EnvironmentBroken(
            "the lake lies in object storage, which the Spark of this project does not reach: it has no Hadoop "
            "client for S3. Build on DuckDB, or on Spark from a copy of the lake on a disk"
        )
    return files


def _rows(schema: str, table: str) -> str:
    if table == "dossier_stale_month":
        return "select data_month from raw.dossier_month_built"  # Spark builds all months
    return f"select * from {name(schema)}.{name(table)}"


def _boundary(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Schema and name of every relation that models and tests below the lake read and that is not one of them.

    Raises:
        EnvironmentBroken: the build was made before there were these models.
    """
    waiting = [f"model.reform_indicators.{model}" for model in _LAKE_MODELS]
    if not set(waiting) <= manifest["parent_map"].keys():
        raise EnvironmentBroken("the build is from before these models: `reform build` makes it anew; then this again")
    below = set(waiting)
    while waiting:
        found = [node for node in manifest["child_map"].get(waiting.pop(), []) if node not in below]
        below.update(found)
        waiting += found
    read = {
        parent
        for node in below
        if node.startswith(("model.", "test."))
        for parent in manifest["parent_map"][node]
        if parent not in below
    }
    nodes = [manifest["nodes"].get(node) or manifest["sources"][node] for node in sorted(read)]
    # An ephemeral model is no relation: dbt writes it into those that read it (and ours beside the lake read nothing).
    stored = [node for node in nodes if node.get("config", {}).get("materialized") != "ephemeral"]
    return [(node["schema"], node.get("identifier") or node["alias"]) for node in stored]


def _run(python: Path, scratch: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYSPARK_PYTHON": str(python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        [python, "-m", "warehouse.spark_session", scratch / "order.json"],
        capture_output=True, text=True, check=False, env=environment, cwd=scratch,
    )  # fmt: skip
    answer = scratch / "answer.json"
    if done.returncode or not answer.exists():
        said = " ".join((done.stderr or done.stdout).strip()[-800:].split())
        raise EnvironmentBroken(f"Spark could not run (exit {done.returncode}): {said}")
    results: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if results["failed"]:
        raise Refused(*_refusals(results["failed"]))
    return results


def _refusals(failed: list[dict[str, str]]) -> Iterator[Refusal]:
    for result in failed[:10]:
        yield Refusal(
            file_name=result["node"].split(".")[2],
            rule=result["node"],
            found=" ".join(result["message"].split())[:500],
            expected="the model builds on Spark as on DuckDB and its test finds no row",
            text_en="a model or one of its tests failed on Spark, so its marts were not replaced",
            text_vi="một mô hình hoặc phép kiểm tra không đạt trên Spark nên các bảng không được thay",
            action="see whether `reform build` finds the same; if not, the two engines differ: report it",
        )


def _take(built: Path, target: Path) -> tuple[str, ...]:
    marts = tuple(sorted(folder.name for folder in built.iterdir() if folder.is_dir()))
    before = target.with_name(f".{target.name}-before")
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        target.replace(before)
    built.replace(target)
    shutil.rmtree(before, ignore_errors=True)
    return marts
