"""The breaks nobody announced, in a release of all real files: the page says what is found, and it is withheld."""

from __future__ import annotations

import runpy
from pathlib import Path

import duckdb
import pytest

from bench.break_detector import SUSPECTED_BEFORE, alarms, compiled_models, plant_everywhere, total
from bench.break_panels import Panel, real_panels
from bench.break_planting import QUARTER
from warehouse.home import PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e
SEED = 8


@pytest.fixture(scope="module")
def real(main_job: tuple[Home, dict[str, object]]) -> list[Panel]:
    return real_panels(main_job[0].current / "warehouse.duckdb", SUSPECTED_BEFORE)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled_models(tmp_path_factory.mktemp("compiled"))


def test_the_page_holds_what_is_found(release: duckdb.DuckDBPyConnection) -> None:
    writer = runpy.run_path(str(PROJECT_ROOT / "docs" / "write_breaks.py"))
    written = Path(writer["TARGET"]).read_text("utf-8")
    assert written == writer["page"](release), "run `make breaks` on a release of all real files"


def test_every_detection_was_read_and_every_reading_still_applies(release: duckdb.DuckDBPyConnection) -> None:
    assert (
        release.execute(
            "select indicator_code, data_year from marts.dim_break_detection "
            "where criterion is distinct from 'components' and (not is_detected or review_verdict = 'none')"
        ).fetchall()
        == []
    )


def test_what_a_person_set_aside_before_is_found_by_itself(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select indicator_code, data_year from marts.dim_break_detection where is_withheld"
    ).fetchall()
    assert {*SUSPECTED_BEFORE} - {*found} == set()


def test_no_change_is_printed_where_a_break_is_withheld(release: duckdb.DuckDBPyConnection) -> None:
    assert release.execute(
        "select count(*) filter (where y.change is not null), count(*) > 1000 from marts.metric_yoy as y "
        "join marts.dim_break_detection as d using (indicator_code, data_year) where d.is_withheld"
    ).fetchone() == (0, True)


def test_cleared_change_is_printed(release: duckdb.DuckDBPyConnection) -> None:
    assert dict(
        release.execute(
            "select d.indicator_code || ' ' || d.data_year, count(y.change) from marts.dim_break_detection as d "
            "join marts.metric_yoy as y using (indicator_code, data_year) "
            "where d.review_verdict = 'cleared' and y.boundary = 'published' group by all"
        ).fetchall()
    ) == {"PAPI.SC12 2018": 63, "PCI.TRANSPARENCY 2006": 42}


def test_ninety_five_of_a_hundred_planted_breaks_are_found(models: dict[str, str], real: list[Panel]) -> None:
    planted = plant_everywhere(models, real, SEED, kinds=("rescaled", "replaced", "swapped"))
    assert planted.count(least=QUARTER).share >= 0.95


def test_one_undisturbed_year_in_fifty_is_suspected_at_most(models: dict[str, str], real: list[Panel]) -> None:
    assert total(alarms(models, real).values()).share <= 0.02
