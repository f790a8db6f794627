"""The pipeline as one process without Airflow, and the named places where it is killed.

The steps are the functions the DAGs' tasks call, in the order in which `reform run` runs those DAGs. A process ends
itself with SIGKILL when it comes to the place it was told: functions are wrapped here, the product knows nothing of it.
"""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cli.run_lock import one_run
from warehouse.errors import ReformError
from warehouse.home import Home

#: What the process ends with when an error got through that has no words for its reader.
NO_WORDS = 70


@dataclass(frozen=True)
class Point:
    """The process is killed before (or after) the `nth` call of `function` of `module`."""

    name: str
    place: str
    when: Literal["before", "after"] = "after"
    nth: int = 1
    #: Whether the short form goes there too: what lies inside the build costs a whole build each.
    in_short: bool = True


#: In the order in which a run comes to them, so that one home can be killed at all of them in turn.
POINTS = (
    Point("mid-archive: bytes kept, not yet noted", "ingestion.archive:_add_reception", "before", 2),
    Point("after archive", "ingestion.steps:archive_landing"),
    Point("mid-parse: the second document read", "ingestion.pending:parse_document", nth=2),
    Point("mid-parse: a batch half written", "warehouse.batch_files:write_table", "after", 2),
    Point("mid-validate: between the two engines", "expectations.audit:find_failing"),
    Point("mid-validate: one verdict written", "expectations.audit_files:write_audited"),
    Point("mid-load: inserted, not committed", "warehouse.load:_insert_all"),
    Point("after load: committed, refusals not cleared", "ingestion.steps:clear_refusals", "before"),
    Point("dossiers, mid-archive", "ingestion.dossiers.steps:archive_file"),
    Point("dossiers, mid-merge: one file of the lake written", "ingestion.dossiers.loading:add_file"),
    Point("dossiers, merged, no manifest yet", "ingestion.dossiers.steps:commit", "before"),
    Point("dossiers, the manifest there, not told", "ingestion.dossiers.steps:commit"),
    Point("dossiers, mid-measure: not committed", "warehouse.dossier_tables:_write_documents"),
    Point("survey, archived, not read", "ingestion.survey.steps:_ingest", "before"),
    Point("survey, wave half written", "ingestion.survey.normalise:_write_respondents"),
    Point("survey, estimated, not written", "ingestion.survey.estimates.steps:write_survey", "before"),
    Point("mid-build: reference tables half loaded", "warehouse.build:load_corrections", "before"),
    Point("mid-build: inside a model", "dbt.adapters.duckdb.impl:DuckDBAdapter.execute", "after", 150),
    Point("between marts", "dbt.task.run:ModelRunner.after_execute", "after", 90, in_short=False),
    Point("built, not noted as built", "warehouse.build:_write_state", "before", in_short=False),
    Point("mid-audit of the marts", "expectations.mart_audit:find_failing_rows"),
    Point("mid-docs: the pages half written", "warehouse.docs:write_dbt_page"),
    Point("mid-copy: ten marts copied", "warehouse.release_tables:name", "after", 21),
    Point("mid-copy: database whole, files not", "warehouse.release:write_files", "before"),
    Point("copied, not yet renamed", "warehouse.release:_sync_tree", in_short=False),
    Point("before the switch", "warehouse.release:switch", "before"),
    Point("in the switch: pointed, not noted", "warehouse.switches:_made_at", "before", in_short=False),
    Point("after the switch", "warehouse.release:switch"),
)


def run_steps(home: Home) -> None:
    """Every step of a run on what lies in the landing folder, alone in the home."""
    from ingestion import steps
    from ingestion.dossiers import steps as dossiers
    from ingestion.survey import steps as survey
    from ingestion.survey.estimates import steps as estimates
    from warehouse import build, docs

    with one_run(home):
        steps.archive_landing(home)
        steps.parse_pending(home)
        steps.audit_parsed(home)
        steps.load_audited(home)
        dossiers.archive_exports(home)
        dossiers.load_exports(home)
        dossiers.measure_exports(home)
        survey.ingest_landing(home)
        estimates.estimate_waves(home)
        build.build_marts(home)
        steps.audit_built_marts(home)
        docs.write_docs(home)
        steps.publish_audited(home)


def preload() -> None:
    """Import what every run needs, once; nothing is opened and no thread is started."""
    for module in (
        "dbt.cli.main", "dbt.adapters.duckdb", "great_expectations", "pandas", "polars", "expectations.audit",
        "expectations.gx_runner", "expectations.mart_audit", "expectations.release_audit", "ingestion.steps",
        "ingestion.dossiers.steps", "ingestion.dossiers.measures", "ingestion.survey.steps",
        "ingestion.survey.estimates.steps", "warehouse.docs",
    ):  # fmt: skip
        importlib.import_module(module)


def start(home: Home, log: Path, point: Point | None = None, *, with_tests: bool = True) -> int:
    """Start a run in a process and a process group of its own; returns its id. What it prints goes to `log`.

    `with_tests` false leaves dbt's data tests out: they only read, and cost as much as the models.
    """
    child = os.fork()
    if child:
        return child
    code = NO_WORDS
    try:
        os.setpgid(0, 0)
        _print_to(log)
        os.environ["REFORM_HOME"] = str(home.root)
        if not with_tests:
            _leave_tests_out()
        if point is not None:
            _die_at(point)
        run_steps(home)
        code = 0
    except ReformError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _print_to(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _die_at(point: Point) -> None:
    module_name, _, path = point.place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *owners, attribute = path.split(".")
    for name in owners:
        owner = getattr(owner, name)
    wrapped: Callable[..., Any] = getattr(owner, attribute)
    calls = itertools.count(1)

    def wrapper(*arguments: Any, **keywords: Any) -> Any:
        # Several threads come here: each keeps its own number.
        call = next(calls)
        if point.when == "before" and call == point.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = wrapped(*arguments, **keywords)
        if call == point.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, wrapper)


def _leave_tests_out() -> None:
    from warehouse import build

    invoke = build._invoke_dbt

    def without_tests(home: Home, *arguments: str) -> Any:
        more = ("--exclude-resource-type", "test") if arguments[0] == "build" else ()
        return invoke(home, *arguments, *more)

    build._invoke_dbt = without_tests
