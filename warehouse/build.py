"""From raw figures to marts: refresh the reference tables, then one `dbt build` in this process.

One task, not a process per model: DuckDB has one writer, and a process per model costs ten times as much
(docs/decisions/0003).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import Damaged, is_damage, reader, writer
from warehouse.corrections import load_corrections, read_corrections
from warehouse.dead_relations import drop_dead_relations
from warehouse.dossier_tables import measured_exports
from warehouse.environment import in_words_of_machine
from warehouse.errors import EnvironmentBroken, Refusal, Refused
from warehouse.home import DBT_PROJECT_DIR, REFERENCE_DIR, Home
from warehouse.lake_months import lake_to_read
from warehouse.observability.journal import note
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference, tree_hash
from warehouse.survey_tables import known_waves
from warehouse.table_facts import remember_tests
from warehouse.writers import noted

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

_MAX_FAILURES_SHOWN = 10
#: How every model and test of the last complete build ended and how long it took, as dbt writes it.
BUILD_RESULTS = "build_results.json"


@dataclass(frozen=True)
class BuildReport:
    """What a build did; `fingerprint` identifies its inputs and code, `outcome` is `built` or `unchanged`."""

    outcome: str
    fingerprint: str
    models: int
    tests: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom and the summary."""
        return asdict(self)


def input_fingerprint(home: Home) -> str:
    """Hash over loaded batches, measured exports, corrections, reference data and dbt project.

    Equal fingerprints build equal marts.
    """
    with reader(home.build_database) as connection:
        batches = connection.execute(
            "select batch_id, content_hash, superseded_by_batch_id from raw.batch order by batch_id"
        ).fetchall()
        exports = measured_exports(connection)
        waves = known_waves(connection)
    code = (
        tree_hash(
            *(DBT_PROJECT_DIR / folder for folder in ("models", "macros", "tests")), suffixes=(".sql", ".yml", ".md")
        )
        + hashlib.sha256((DBT_PROJECT_DIR / "dbt_project.yml").read_bytes()).hexdigest()
    )
    project = tree_hash(REFERENCE_DIR, suffixes=(".csv", ".yml"))
    corrections = [correction.model_dump_json() for correction in read_corrections(home)]
    return hashlib.sha256(repr((batches, exports, waves, code, project, corrections)).encode()).hexdigest()


def build_marts(home: Home) -> BuildReport:
    """Build and test every model; do nothing when neither data, reference data nor models changed.

    Raises:
        Refused: a test or contract of a model failed; `current` is untouched.
        EnvironmentBroken: dbt could not run, or the database is locked.
    """
    if not home.build_database.exists():
        raise EnvironmentBroken("nothing has been loaded yet, so there is nothing to build: `reform run` loads first")
    started = time.monotonic()
    fingerprint = input_fingerprint(home)
    if read_state(home).get("fingerprint") == fingerprint:
        return _noted(home, BuildReport("unchanged", fingerprint, 0, 0, time.monotonic() - started))
    state_file(home).unlink(missing_ok=True)
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)
        load_corrections(connection, home)
    with lake_to_read(home) as lake:
        # Unit tests judge the SQL, not this data: `make test` runs them.
        results = run_dbt(
            home, "build", "--exclude-resource-type", "unit_test", *(["--full-refresh"] if lake.models else [])
        )
    dead = drop_dead_relations(home)
    if dead:
        note(home, "dead_relations_dropped", relations=dead)
    remember_tests(home, results)
    models = sum(1 for result in results if result["unique_id"].startswith("model."))
    report = BuildReport("built", fingerprint, models, len(results) - models, time.monotonic() - started)
    # `dbt docs generate` writes its own over dbt's file, with the time it took to compile.
    shutil.copyfile(home.dbt_target / "run_results.json", home.dbt_target / BUILD_RESULTS)
    _write_state(home, {"fingerprint": fingerprint})
    return _noted(home, report)


def _noted(home: Home, report: BuildReport) -> BuildReport:
    seconds = round(report.seconds, 3)
    note(
        home,
        "marts_built",
        outcome=report.outcome,
        models=report.models,
        tests=report.tests,
        duration_seconds=seconds,
    )
    return report


def run_dbt(home: Home, *arguments: str) -> list[dict[str, Any]]:
    """Run dbt in this process and return the results of its nodes.

    Raises:
        Refused: nodes failed; each is named with dbt's message.
        EnvironmentBroken: dbt stopped before it ran any node, or the disk is full.
        Damaged: the build database is.
    """
    home.dbt_target.mkdir(parents=True, exist_ok=True)
    remembered = home.dbt_target / "partial_parse.msgpack"
    outcome = _invoke_dbt(home, *arguments)
    if outcome.exception is not None and remembered.exists():
        # What dbt remembers of an earlier project can contradict this one: a metric moved to another file stands twice.
        remembered.unlink()
        outcome = _invoke_dbt(home, *arguments)
    if outcome.success:
        results = home.dbt_target / "run_results.json"
        return list(json.loads(results.read_text("utf-8"))["results"]) if results.exists() else []
    if outcome.exception is not None:
        _raise_machines_fault(home, [str(outcome.exception)])
        raise EnvironmentBroken(f"dbt {arguments[0]} could not run: {outcome.exception}") from None
    failed = [
        result
        for result in json.loads((home.dbt_target / "run_results.json").read_text("utf-8"))["results"]
        if result["status"] in {"error", "fail"}
    ]
    _raise_machines_fault(home, [str(result.get("message")) for result in failed])
    raise Refused(*(_refusal(result) for result in failed[:_MAX_FAILURES_SHOWN]))


def _raise_machines_fault(home: Home, messages: list[str]) -> None:
    """A model that failed for want of disk, or on a damaged file, says nothing about the data."""
    for message in messages:
        words = in_words_of_machine(home, message)
        if words is not None:
            raise EnvironmentBroken(words)
        if is_damage(message):
            raise Damaged(f"{home.build_database} is damaged: {' '.join(message.split())[:300]}")


def _invoke_dbt(home: Home, *arguments: str) -> dbtRunnerResult:
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": DBT_PROJECT_DIR,
        "--profiles-dir": DBT_PROJECT_DIR,
        "--target-path": home.dbt_target,
        "--log-path": home.dbt_target / "logs",
    }
    options = [word for option, place in places.items() for word in (option, str(place))]
    with _dbt_environment(home), noted(home, f"dbt {arguments[0]}"):
        return dbtRunner().invoke([*arguments, *options, "--quiet", "--no-use-colors", "--log-level", "none"])


def _refusal(result: dict[str, Any]) -> Refusal:
    message = " ".join(str(result.get("message") or "").split())
    return Refusal(
        file_name=result["unique_id"].split(".")[2],
        rule=result["unique_id"],
        found=message[:500],
        expected="the model builds and its test finds no row",
        text_en="a model or one of its tests failed, so nothing was published",
        text_vi="một mô hình hoặc phép kiểm tra của nó không đạt, nên không có gì được công bố",
        action="correct the data or the reference table it names, then run `reform build` again",
    )


@contextmanager
def _dbt_environment(home: Home) -> Iterator[None]:
    added = {
        "REFORM_BUILD_DATABASE": str(home.build_database),
        "REFORM_BUILD_MEMORY": os.environ.get("REFORM_BUILD_MEMORY") or _memory_limit(),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _memory_limit() -> str:
    """What DuckDB may take, so that the process stays below 4 GB, or well below what a small machine has."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(3500, int(physical * 0.6 / 1e6))}MB"


def state_file(home: Home) -> Path:
    """Where the fingerprint of the last complete build is kept."""
    return home.build_state


def read_state(home: Home) -> dict[str, Any]:
    """The state of the last complete build; empty when there is none or the database went missing."""
    if not state_file(home).exists() or not home.build_database.exists():
        return {}
    state: dict[str, Any] = json.loads(state_file(home).read_text("utf-8"))
    return state


def _write_state(home: Home, state: dict[str, Any]) -> None:
    partial = state_file(home).with_suffix(".partial")
    partial.write_text(json.dumps(state), "utf-8")
    partial.replace(state_file(home))
