"""What Prometheus reads, read back by Prometheus' own parser."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.warehouse.observability.promtool import promtool
from tests.warehouse.observability.releases import AROUND, RELEASE_ID, busy_home
from warehouse.home import Home
from warehouse.observability.metrics import Surroundings, registry_of
from warehouse.observability.release_figures import figures_of


@pytest.fixture
def running_home(home: Home) -> Iterator[Home]:
    """A home in which everything there is a metric of has happened."""
    busy_home(home)
    yield home
    figures_of.cache_clear()


def scraped(home: Home, around: Surroundings = AROUND) -> dict[str, float]:
    """By sample with its labels in order of name, its value."""
    text = generate_latest(registry_of(home, around)).decode()
    return {
        f"{sample.name}{sorted(sample.labels.items())}" if sample.labels else sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(name: str, **labels: str) -> str:
    return f"{name}{sorted(labels.items())}" if labels else name


def test_what_was_loaded_and_refused_is_counted_by_source(running_home: Home) -> None:
    found = scraped(running_home)
    assert found[sample("reform_loads_total", source="pci", outcome="loaded")] == 1
    assert found[sample("reform_loads_total", source="pci", outcome="unchanged")] == 1
    assert found[sample("reform_loads_total", source="pci", outcome="refused")] == 1
    assert found[sample("reform_load_rows_total", source="pci", outcome="accepted")] == 1
    assert found[sample("reform_load_rows_total", source="pci", outcome="unchanged")] == 1


def test_a_step_is_counted_by_how_it_ended_and_how_long_it_took(running_home: Home) -> None:
    found = scraped(running_home)
    build = {"dag": "build_warehouse", "task": "build_marts"}
    load = {"dag": "ingest_indices", "task": "load_audited"}
    assert found[sample("reform_steps_total", outcome="broken", **build)] == 1
    assert found[sample("reform_step_duration_seconds_count", **build)] == 1
    assert found[sample("reform_step_duration_seconds_bucket", le="+Inf", **load)] == 1
    assert sample("reform_step_last_success_timestamp_seconds", **build) not in found
    assert found[sample("reform_step_last_failure_timestamp_seconds", **build)] > 1.7e9
    assert found[sample("reform_step_last_success_timestamp_seconds", **load)] > 1.7e9


def test_a_restart_changes_no_count(running_home: Home) -> None:
    counters = {name: value for name, value in scraped(running_home).items() if "_total" in name}
    assert counters
    assert {name: value for name, value in scraped(running_home).items() if "_total" in name} == counters


def test_the_release_readers_see_and_its_sources_are_told(running_home: Home) -> None:
    found = scraped(running_home)
    assert found[sample("reform_release_info", release_id=RELEASE_ID, code_version="0123456789ab")] == 1
    assert found["reform_release_published_timestamp_seconds"] == 1793491200
    assert found[sample("reform_source_waiting_rows", source="pci")] == 3
    assert found[sample("reform_source_stale_from_timestamp_seconds", source="pci")] == 1767225600
    assert found[sample("reform_index_overdue_editions", index="PCI")] >= 10
    assert found[sample("reform_model_last_duration_seconds", model="metric_yoy")] == 1.5
    assert found[sample("reform_findings", outcome="warned", severity="warn")] == 1
    assert found["reform_decisions_needed"] == 1


def test_what_waits_and_who_writes_is_told(running_home: Home) -> None:
    found = scraped(running_home)
    assert found[sample("reform_refused_documents", source="pci")] == 2
    assert found[sample("reform_landing_files", source="pci")] == 4
    assert found[sample("reform_writer_pool_slots", state="occupied")] == 1
    assert found["reform_airflow_up"] == 1
    assert found["reform_disk_free_bytes"] > 0
    assert found["reform_disk_full_forecast_seconds"] > 0


def test_an_empty_home_has_metrics_too(home: Home) -> None:
    found = scraped(home, Surroundings(dict, dict, dict, dict))
    assert {value for name, value in found.items() if name.startswith("reform_part_up")} == {1.0}
    assert found["reform_airflow_up"] == 0


def test_a_damaged_release_takes_nothing_else_with_it(running_home: Home) -> None:
    (running_home.current / "warehouse.duckdb").write_bytes(b"no database")
    figures_of.cache_clear()
    found = scraped(running_home)
    assert found[sample("reform_part_up", part="release")] == 0
    assert found[sample("reform_part_up", part="log")] == 1
    assert found[sample("reform_loads_total", source="pci", outcome="loaded")] == 1


def test_names_and_units_pass_prometheus_own_linter(running_home: Home) -> None:
    text = generate_latest(registry_of(running_home, AROUND))
    done = subprocess.run([promtool(), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_log_is_all_the_counters_need(running_home: Home) -> None:
    shutil.rmtree(running_home.build)
    assert scraped(running_home)[sample("reform_loads_total", source="pci", outcome="loaded")] == 1
