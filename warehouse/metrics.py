"""The metric layer: what is measured stands once in the release, as MetricFlow's semantic manifest, and is asked here.

MetricFlow only writes the SQL; it runs on the published file through `warehouse.connection.reader`, so that asking a
metric can never lock or change anything. Names of metrics and dimensions are checked against the manifest and values
against the release before either gets near a query.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.marks import MARK_COLUMNS, Mark, legend
from warehouse.metric_catalogue import Dimension, Metric, read_catalogue
from warehouse.release_list import current_release
from warehouse.release_tables import SEMANTIC_MANIFEST, literal

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine

_DATABASE = "warehouse.duckdb"
_PLACE = re.compile(r"'\$(\d+)\$'")
_VALUES_NAMED = 12
_Runs = Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]


@dataclass(frozen=True)
class Question:
    """A metric by name, the dimensions to group by, and (dimension, value) pairs to keep.

    Several values of one dimension are alternatives; different dimensions must all hold.
    """

    metric: str
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a metric is: `columns` are the dimensions in the order asked, the metric, and the count it rests on, if any.

    `marks` has for every row the marks some of the figures behind it carry. `sql` is what was run.
    """

    metric: Metric
    release_id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    marks: tuple[tuple[Mark, ...], ...]
    sql: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-able but for dates; a row is a dict by column."""
        return {
            "metric": self.metric.name,
            "label": self.metric.label,
            "description_en": self.metric.text_en,
            "description_vi": self.metric.text_vi,
            "release_id": self.release_id,
            "columns": list(self.columns),
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
            "marks": [[mark.code for mark in marks] for marks in self.marks],
            "sql": self.sql,
        }


class MetricLayer:
    """The metrics of one release."""

    def __init__(self, release: Path) -> None:
        """Raises `EnvironmentBroken` when the release holds no semantic manifest, or one that cannot be read."""
        self._release = release
        try:
            self._manifest = (release / SEMANTIC_MANIFEST).read_text("utf-8")
            self.metrics: dict[str, Metric] = read_catalogue(json.loads(self._manifest))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EnvironmentBroken(
                f"release {release.name} holds no readable {SEMANTIC_MANIFEST} (older releases have none): "
                "`reform run` or `reform build` and `reform publish` make one that has"
            ) from error

    @classmethod
    def of_current_release(cls, home: Home) -> MetricLayer:
        """The metrics readers see now.

        Raises:
            Misused: there is no release yet.
            EnvironmentBroken: the current release has no metrics or is damaged.
        """
        release = current_release(home)
        if release is None:
            raise Misused("there is no release yet: `reform run` makes the first")
        return cls(release)

    def ask(self, question: Question) -> Answer:
        """Answer `question` from the release.

        Raises:
            Misused: an unknown metric, dimension or value, or a question that mixes scales.
            EnvironmentBroken: the database of the release cannot be read or does not fit its manifest.
        """
        metric = self._metric(question.metric)
        where = _grouped(metric, question.where)
        asked = tuple(dict.fromkeys(_dimension(metric, name) for name in question.by))
        by = (*asked, *_kept_apart(metric, asked, where))
        _refuse_mixed_scales(metric, asked, where)
        try:
            with reader(self._release / _DATABASE) as connection:

                def run(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                    result = connection.execute(sql)
                    return [column[0] for column in result.description], [tuple(row) for row in result.fetchall()]

                self._refuse_unknown_values(metric, where, run)
                sql = self._sql(metric, by, where)
                names, rows = run(sql)
                marks_of_group = self._marks(metric, by, where, run)
        except duckdb.Error as error:
            raise EnvironmentBroken(
                f"release {self._release.name} could not answer ({str(error).splitlines()[0]}): its database does not "
                f"fit its {SEMANTIC_MANIFEST}; `reform build` and `reform publish` make a release anew"
            ) from error
        order = [names.index(column) for column in (*(dimension.qualified for dimension in by), *_measured(metric))]
        ordered = tuple(tuple(row[place] for place in order) for row in rows)
        return Answer(
            metric=metric,
            release_id=self._release.name,
            columns=(*(dimension.name for dimension in by), *_measured(metric)),
            rows=ordered,
            marks=tuple(marks_of_group.get(row[: len(by)], ()) for row in ordered),
            sql=sql,
        )

    def _marks(
        self, metric: Metric, by: Sequence[Dimension], where: dict[Dimension, tuple[str, ...]], run: _Runs
    ) -> dict[tuple[Any, ...], tuple[Mark, ...]]:
        """The marks of the figures behind each group: the question again, divided by what marks follow from."""
        marking = tuple(item for item in metric.dimensions if item.name in MARK_COLUMNS and item not in by)
        names, rows = run(self._sql(metric, (*by, *marking), where))
        found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in rows:
            value = {item.name: row[names.index(item.qualified)] for item in (*by, *marking)}
            if row[names.index(metric.rests_on or metric.name)]:
                found.setdefault(tuple(value[item.name] for item in by), []).append(value)
        return {group: legend(values) for group, values in found.items()}

    def _metric(self, name: str) -> Metric:
        if name in self.metrics:
            return self.metrics[name]
        raise Misused(f"there is no metric {name!r}{_near(name, self.metrics)}; `reform metrics list` names them")

    def _sql(self, metric: Metric, by: Sequence[Dimension], where: dict[Dimension, tuple[str, ...]]) -> str:
        """The SQL of a question; values go in as quoted literals after MetricFlow is done.

        A condition is a template to MetricFlow, so a value inside it would be evaluated: it sees numbered places only.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
        from metricflow_semantics.errors.error_classes import MetricFlowException

        literals: list[str] = []
        conditions = []
        for dimension, values in where.items():
            places = ", ".join(f"'${len(literals) + number}$'" for number in range(len(values)))
            conditions.append(f"{dimension.template} in ({places})")
            literals += map(literal, values)
        request = MetricFlowQueryRequest.create(
            metric_names=_measured(metric),
            group_by_names=[dimension.qualified for dimension in by],
            where_constraints=conditions,
            order_by_names=[dimension.qualified for dimension in by],
        )
        try:
            plan = self._engine.explain(request)
        except MetricFlowException as error:
            raise EnvironmentBroken(f"MetricFlow finds no query for {metric.name}: {error}") from error
        return _PLACE.sub(lambda place: literals[int(place[1])], plan.sql_statement.sql)

    def _refuse_unknown_values(self, metric: Metric, where: dict[Dimension, tuple[str, ...]], run: _Runs) -> None:
        """A misspelt value would be answered by nothing, or by 0: it is refused instead."""
        for dimension, values in where.items():
            names, rows = run(self._sql(metric, (dimension,), {}))
            place = names.index(dimension.qualified)
            known = {as_text(row[place]) for row in rows if row[place] is not None}
            for value in values:
                if value not in known:
                    some = (
                        f"; it has {', '.join(sorted(known))}" if len(known) <= _VALUES_NAMED else _near(value, known)
                    )
                    raise Misused(f"{metric.name} has no {dimension.name} {value!r}{some}")

    @cached_property
    def _engine(self) -> MetricFlowEngine:
        """MetricFlow over this manifest; imported only when a question is asked, because it takes a second."""
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        from warehouse.metric_renderer import WritesOnly

        manifest = parse_manifest_from_dbt_generated_manifest(self._manifest)
        return MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(manifest), sql_client=WritesOnly())


def _measured(metric: Metric) -> tuple[str, ...]:
    return (metric.name, metric.rests_on) if metric.rests_on else (metric.name,)


def _dimension(metric: Metric, name: str) -> Dimension:
    for dimension in metric.dimensions:
        if name == dimension.name:
            return dimension
    if name == "boundary" and metric.is_on_a_map:
        raise Misused(f"the map is part of the metric and no dimension of it: ask {metric.name} or {metric.twin}")
    names = [dimension.name for dimension in metric.dimensions]
    raise Misused(f"{metric.name} has no dimension {name!r}; it has {', '.join(names)}")


def _grouped(metric: Metric, where: Sequence[tuple[str, str]]) -> dict[Dimension, tuple[str, ...]]:
    """The values kept, by dimension, each once."""
    found: dict[Dimension, tuple[str, ...]] = {}
    for name, value in where:
        dimension = _dimension(metric, name)
        found[dimension] = tuple(dict.fromkeys((*found.get(dimension, ()), value)))
    return found


def _is_one(dimension: Dimension, by: Sequence[Dimension], where: dict[Dimension, tuple[str, ...]]) -> bool:
    return dimension in by or len(where.get(dimension, ())) == 1


def _kept_apart(
    metric: Metric, by: Sequence[Dimension], where: dict[Dimension, tuple[str, ...]]
) -> tuple[Dimension, ...]:
    """What is shown though nobody asked, because together it would say nothing: ministries beside provinces."""
    if any(dimension.name == "unit" and _is_one(dimension, by, where) for dimension in metric.dimensions):
        return ()
    return tuple(dimension for dimension in metric.kept_apart if not _is_one(dimension, by, where))


def _refuse_mixed_scales(metric: Metric, by: Sequence[Dimension], where: dict[Dimension, tuple[str, ...]]) -> None:
    mixed = [dimension.name for dimension in metric.one_at_a_time if not _is_one(dimension, by, where)]
    if not mixed:
        return
    options = " ".join(f"--by {name}" for name in mixed)
    examples = " ".join(f"--where {name}=…" for name in mixed)
    raise Misused(
        f"{metric.name} would mix scales: it is read for one {' and one '.join(mixed)} at a time. "
        f"Add {options}, or {examples} with one value each.\n"
        f"  {metric.name} sẽ trộn các thang điểm khác nhau: chỉ có nghĩa khi mỗi lần xem một giá trị của "
        f"{', '.join(mixed)}. Hãy thêm {options}, hoặc {examples} với một giá trị."
    )


def _near(name: str, known: Sequence[str] | set[str] | dict[str, Metric]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f"; did you mean {', '.join(near)}?" if near else ""


def as_text(value: Any) -> str:
    """A value of a dimension as people type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
