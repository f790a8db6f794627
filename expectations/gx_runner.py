"""Running suites through Great Expectations, in SQL on DuckDB, in this process.

Its import costs seconds, so it happens here, once, and only when there is something to validate. The results keep
counts only: its pages do not escape what they print, so no text of a source document may reach them.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from expectations.rules import Rule, Severity, Suite
from warehouse.errors import EnvironmentBroken

_GX_SEVERITY: dict[Severity, str] = {"block": "critical", "quarantine": "warning", "warn": "info"}

#: The form of connection that works with DuckDB (docs/decisions); any other fails or starts transactions.
_ENGINE_OPTIONS = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}

#: What DuckDB may hold while rules are run; beyond it spills to disk beside the database.
AUDIT_MEMORY = "900MB"


@dataclass(frozen=True)
class SuiteRun:
    """What Great Expectations found: rows in the table, failing rows by rule, and its own validation page (HTML)."""

    suite: Suite
    rows_checked: int
    failed: dict[str, int]
    page: str


def run_suites(database: Path, suites: Sequence[Suite], *, schema: str | None = None) -> list[SuiteRun]:
    """Validate each suite's table in `database`, which is opened read-only and closed again.

    Raises:
        EnvironmentBroken: a rule could not be evaluated.
    """
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral", project_config=_project_config())
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    with _data_source(context, database) as source:
        return [_run(gx, context, source, suite, schema) for suite in suites]


def _great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return great_expectations


def _project_config() -> Any:
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    # Without this every context leaves a temporary folder for docs behind; the docs are written elsewhere.
    return DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))


@contextmanager
def _data_source(context: Any, database: Path) -> Iterator[Any]:
    source = context.data_sources.add_sql(
        "audited",
        connection_string=f"duckdb:///{database}?access_mode=READ_ONLY&memory_limit={AUDIT_MEMORY}",
        kwargs=_ENGINE_OPTIONS,
    )
    try:
        yield source
    finally:
        source.get_engine().dispose()
        engine = getattr(source, "_execution_engine", None)
        if engine is not None:
            engine.close()
        # DuckDB's file handle goes with the last connection object, and Great Expectations keeps cycles.
        gc.collect()


def _run(gx: Any, context: Any, source: Any, suite: Suite, schema: str | None) -> SuiteRun:
    asset = source.add_table_asset(suite.name, table_name=suite.table, schema_name=schema)
    expectations = [_expectation(gx.expectations, rule) for rule in suite.rules]
    expectations.insert(0, gx.expectations.ExpectTableRowCountToBeBetween(min_value=0))
    definition = gx.ValidationDefinition(
        name=suite.name,
        data=asset.add_batch_definition_whole_table("whole"),
        suite=context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=expectations)),
    )
    result = context.validation_definitions.add(definition).run(result_format={"result_format": "BASIC"})
    rows_checked = 0
    failed: dict[str, int] = {}
    for item in result.results:
        rule_id = (item.expectation_config.meta or {}).get("rule_id")
        if rule_id is None:
            rows_checked = int(item.result["observed_value"])
        else:
            failed[rule_id] = _count(suite, rule_id, item)
    return SuiteRun(suite, rows_checked, failed, _page(result))


def _expectation(gxe: Any, rule: Rule) -> Any:
    common: dict[str, Any] = {
        "severity": _GX_SEVERITY[rule.severity],
        "description": f"{rule.rule_id} ({rule.severity}): {rule.text_vi} · {rule.text_en}",
        "meta": {
            "rule_id": rule.rule_id,
            "severity": rule.severity,
            "owner": rule.owner,
            "category": rule.category,
            "text_vi": rule.text_vi,
            "text_en": rule.text_en,
            "rule_source": rule.rule_source,
            "threshold": rule.threshold,
        },
    }
    native = rule.native
    if native is None:
        return _counted_rows(gxe)(unexpected_rows_query=rule.query(), **common)
    if native.kind == "unique_together":
        return gxe.ExpectCompoundColumnsToBeUnique(
            column_list=list(native.columns), ignore_row_if="any_value_is_missing", **common
        )
    if native.kind == "in_set":
        return gxe.ExpectColumnValuesToBeInSet(column=native.columns[0], value_set=list(native.values), **common)
    return gxe.ExpectColumnValuesToNotBeNull(column=native.columns[0], **common)


@lru_cache(maxsize=1)
def _counted_rows(gxe: Any) -> Any:
    """Great Expectations' own expectation less its second run of the query, which fetches rows nobody may print."""

    class CountedRows(gxe.UnexpectedRowsExpectation):
        """Rows a query must not find; they are counted."""

        metric_dependencies = ("unexpected_rows_query.row_count",)

        def _validate(self, metrics: dict[str, Any], *arguments: Any, **options: Any) -> Any:
            return super()._validate({**metrics, "unexpected_rows_query.table": []}, *arguments, **options)

    return CountedRows


def _count(suite: Suite, rule_id: str, item: Any) -> int:
    counted = item.result.get("unexpected_count", item.result.get("observed_value"))
    if counted is None and item.success and item.result.get("element_count") == 0:
        return 0  # Of a table without rows its own expectations say nothing at all: no row failed.
    if counted is None:
        raise EnvironmentBroken(
            f"the rule {rule_id} of suite {suite.name} could not be evaluated, so nothing was loaded: "
            f"{_first_message(item.exception_info)}"
        )
    return int(counted)


def _first_message(exception_info: Any) -> str:
    details = exception_info if "exception_message" in exception_info else next(iter(exception_info.values()), {})
    return str(details.get("exception_message") or "Great Expectations gave no reason").splitlines()[0]


def _page(result: Any) -> str:
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    return str(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result)))
