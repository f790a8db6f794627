"""The metrics of an installation for Prometheus, computed at every scrape from what lies under `REFORM_HOME`.

Nothing is counted in a process, so a restart loses nothing and several servers say the same. Each part is read by
itself: one that cannot be read is missing and says so in `reform_part_up`, and the others are there. Names and units
follow Prometheus' conventions (base units, `_total` on counters); docs/ops.md lists them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import version

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from warehouse.alerts.event import now
from warehouse.alerts.ledger import Ledger
from warehouse.build import BUILD_RESULTS
from warehouse.home import Home
from warehouse.observability.release_figures import ReleaseFigures, figures_of
from warehouse.observability.totals import BOUNDS, Steps, read_totals
from warehouse.release_list import current_release, list_releases
from warehouse.retention import Forecast, forecast
from warehouse.switches import read_switches

#: The forecast walks through every release: looked at again after so many seconds.
_FORECAST_SECONDS = 300.0
_DAY_SECONDS = 86_400
_VIET_NAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Surroundings:
    """What is known outside the warehouse, asked at each scrape: by source when a document last came (seconds since
    1970), the documents refused and the files that wait in the landing folder; and the slots of the writer pool by
    state (empty where no Airflow runs).
    """

    last_received: Callable[[], Mapping[str, float]]
    refused_documents: Callable[[], Mapping[str, int]]
    landing_files: Callable[[], Mapping[str, int]]
    writer_pool: Callable[[], Mapping[str, int]]


def registry_of(home: Home, surroundings: Surroundings) -> CollectorRegistry:
    """A registry that holds the metrics of `home` and nothing of this process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HomeCollector(home, surroundings))
    return registry


class HomeCollector(Collector):
    """Everything there is to say of one installation."""

    def __init__(self, home: Home, surroundings: Surroundings) -> None:
        self._home = home
        self._around = surroundings
        self._forecast: tuple[float, Forecast] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is depends on what was loaded."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every part that can be read, and which could."""
        yield InfoMetricFamily("reform_build", "Versions", {"version": version("reform-indicators")})
        up = _gauge("reform_part_up", "1 if this part of the metrics could be read, else 0", "part")
        parts = {
            "log": self._of_log,
            "release": self._of_release,
            "releases": self._of_releases,
            "models": self._of_models,
            "disk": self._of_disk,
            "waiting": self._of_waiting,
            "airflow": self._of_airflow,
        }
        for name, read in parts.items():
            try:
                found = list(read())
            except Exception:  # whatever is wrong with one part, the rest is worth having
                up.add_metric([name], 0)
                continue
            up.add_metric([name], 1)
            yield from found
        yield up

    def _of_log(self) -> Iterator[Metric]:
        totals = read_totals(self._home)
        loads = _counter("reform_loads", "Documents loaded, reread, found unchanged, or refused", "source", "outcome")
        for key, count in sorted(totals.loads.items()):
            loads.add_metric(key, count)
        rows = _counter(
            "reform_load_rows", "Rows of loaded documents: accepted, set waiting, unchanged", "source", "outcome"
        )
        for key, count in sorted(totals.rows.items()):
            rows.add_metric(key, count)
        builds = _counter("reform_builds", "Builds of the marts", "outcome")
        for outcome, count in sorted(totals.builds.items()):
            builds.add_metric([outcome], count)
        publications = _counter("reform_publications", "Publications", "outcome")
        for outcome, count in sorted(totals.publications.items()):
            publications.add_metric([outcome], count)
        yield from (loads, rows, builds, publications, *_of_steps(totals.steps))

    def _of_release(self) -> Iterator[Metric]:
        release = current_release(self._home)
        if release is None:
            return
        figures = figures_of(release)
        manifest = figures.manifest
        about = {"release_id": manifest["release_id"], "code_version": manifest["code_version"]}
        yield InfoMetricFamily("reform_release", "The release readers see", about)
        published = datetime.fromisoformat(manifest["published_at"]).timestamp()
        yield _one("reform_release_published_timestamp_seconds", "When the current release was made", published)
        table_rows = _gauge("reform_release_rows", "Rows of the current release", "table")
        for table, count in sorted(manifest["row_counts"].items()):
            table_rows.add_metric([table], count)
        checks = _gauge("reform_release_checks", "Checks of the marts of the current release", "outcome")
        for outcome, count in sorted(manifest["validation"]["by_outcome"].items()):
            checks.add_metric([outcome], count)
        findings = _gauge("reform_findings", "Checks of loaded documents that did not pass", "outcome", "severity")
        for key, count in sorted(figures.findings.items()):
            findings.add_metric(key, count)
        yield from (table_rows, checks, findings)
        yield _one("reform_decisions_needed", "Standing findings a person must decide on", figures.decisions_needed)
        yield from _of_sources(figures)

    def _of_releases(self) -> Iterator[Metric]:
        yield _one("reform_releases", "Releases that are kept", len(list_releases(self._home)))
        switches = _counter("reform_release_switches", "Switches of `current`, roll-backs included")
        switches.add_metric([], len(read_switches(self._home)))
        yield switches

    def _of_models(self) -> Iterator[Metric]:
        path = self._home.dbt_target / BUILD_RESULTS
        if not path.exists():
            return
        results = json.loads(path.read_text("utf-8"))["results"]
        durations = _gauge("reform_model_last_duration_seconds", "Time of each model in the last build", "model")
        for result in results:
            kind, _, model = result["unique_id"].split(".")[:3]
            if kind == "model":
                durations.add_metric([model], result["execution_time"])
        yield durations

    def _of_disk(self) -> Iterator[Metric]:
        if self._forecast is None or time.monotonic() - self._forecast[0] > _FORECAST_SECONDS:
            self._forecast = (time.monotonic(), forecast(self._home))
        seen = self._forecast[1]
        yield _one("reform_disk_free_bytes", "Free on the disk of REFORM_HOME", seen.free_bytes)
        pace = seen.bytes_a_day / _DAY_SECONDS
        yield _one("reform_disk_growth_bytes_per_second", "Growth over the last 30 days", pace)
        left = float("inf") if seen.days_left is None else seen.days_left * _DAY_SECONDS
        yield _one("reform_disk_full_forecast_seconds", "Until the disk is full at that pace; +Inf: never", left)

    def _of_waiting(self) -> Iterator[Metric]:
        received = _gauge("reform_source_last_received_timestamp_seconds", "When a document last came", "source")
        for source, moment in sorted(self._around.last_received().items()):
            received.add_metric([source], moment)
        refused = _gauge("reform_refused_documents", "Refused documents that wait for their owner", "source")
        for source, count in sorted(self._around.refused_documents().items()):
            refused.add_metric([source], count)
        landing = _gauge("reform_landing_files", "Files that wait in the landing folder", "source")
        for source, count in sorted(self._around.landing_files().items()):
            landing.add_metric([source], count)
        told = Ledger(self._home).read().values()
        undelivered = sum(1 for one in told if one.waiting(now()))
        yield from (received, refused, landing)
        yield _one("reform_alerts_undelivered", "Alerts nobody could be told yet", undelivered)

    def _of_airflow(self) -> Iterator[Metric]:
        slots = self._around.writer_pool()
        yield _one("reform_airflow_up", "1 if an Airflow of this home runs and answers, else 0", int(bool(slots)))
        pool = _gauge("reform_writer_pool_slots", "Slots of the one-slot pool of whoever writes", "state")
        for state, count in sorted(slots.items()):
            pool.add_metric([state], count)
        yield pool


def _of_sources(figures: ReleaseFigures) -> Iterator[Metric]:
    documents = _gauge("reform_source_documents", "Documents of a source in the current release", "source")
    rows = _gauge("reform_source_rows", "Rows of a source in the current release", "source")
    waiting = _gauge("reform_source_waiting_rows", "Rows of a source that wait for a decision", "source")
    stale = _gauge("reform_source_stale_from_timestamp_seconds", "From when a source is out of date", "source")
    year = _gauge("reform_source_latest_data_year", "Latest year the figures of a source are of", "source")
    for one in figures.sources:
        documents.add_metric([one.source], one.documents)
        rows.add_metric([one.source], one.rows)
        waiting.add_metric([one.source], one.rows_waiting)
        for family, value in ((stale, one.stale_from), (year, one.latest_data_year)):
            if value is not None:
                family.add_metric([one.source], value)
    overdue = _gauge("reform_index_overdue_editions", "Yearly editions that are due and have not come", "index")
    for index, count in sorted(figures.overdue(datetime.now(UTC).astimezone(_VIET_NAM).date()).items()):
        overdue.add_metric([index], count)
    yield from (documents, rows, waiting, stale, year, overdue)


def _of_steps(steps: Mapping[tuple[str, str], Steps]) -> Iterator[Metric]:
    outcomes = _counter("reform_steps", "Tasks that ended, by how", "dag", "task", "outcome")
    durations = HistogramMetricFamily("reform_step_duration_seconds", "How long tasks took", labels=["dag", "task"])
    last = _gauge("reform_step_last_duration_seconds", "How long a task took the last time", "dag", "task")
    done = _gauge("reform_step_last_success_timestamp_seconds", "When a task last ended well", "dag", "task")
    failed = _gauge("reform_step_last_failure_timestamp_seconds", "When a task last failed", "dag", "task")
    for key, one in sorted(steps.items()):
        for outcome, count in sorted(one.outcomes.items()):
            outcomes.add_metric([*key, outcome], count)
        sums = [sum(one.buckets[: place + 1]) for place in range(len(one.buckets))]
        bounds = [*map(str, BOUNDS), "+Inf"]
        durations.add_metric(list(key), list(zip(bounds, sums, strict=True)), one.seconds)
        last.add_metric(key, one.last_seconds)
        if one.last_done:
            done.add_metric(key, one.last_done)
        if one.last_failed:
            failed.add_metric(key, one.last_failed)
    yield from (outcomes, durations, last, done, failed)


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, labels=labels)


def _counter(name: str, documentation: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, documentation, labels=labels)


def _one(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)
