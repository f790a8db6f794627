"""What comes out of `reform run` on the real files equals what those files say, and nothing misleads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.conftest import reform
from tests.e2e.independent import Figures, papi_figures, papi_printed_sums, pci_figures, slugs_of
from warehouse.home import Home

pytestmark = pytest.mark.e2e

MainJob = tuple[Home, dict[str, Any]]


@pytest.fixture(scope="session")
def independent(shared_data: Path, main_job: MainJob) -> Figures:
    """PCI and PAPI computed from the files with other libraries and none of our code."""
    with duckdb.connect(str(main_job[0].current / "warehouse.duckdb"), read_only=True) as connection:
        codes = connection.execute("select unit_code from marts.dim_unit where unit_type = 'province'").fetchall()
    slugs = slugs_of([str(code) for (code,) in codes])
    papi = shared_data / "papi"
    # Where the workbook prints a sum, the printed figure stands, rounding and all.
    figures = pci_figures(shared_data / "pci", slugs) | papi_figures(papi, slugs) | papi_printed_sums(papi, slugs)
    # The one total that stands on an annex: the province's own department prints 40,98 for 2021, and a government site
    # goes before the sum of a dataset's parts (40.9801).
    assert round(figures["quang_ngai", "PAPI", 2021], 2) == 40.98
    figures["quang_ngai", "PAPI", 2021] = 40.98
    return figures


def test_every_pci_and_papi_value_equals_the_independent_one(
    release: duckdb.DuckDBPyConnection, independent: Figures
) -> None:
    rows = release.execute(
        "select unit_code, indicator_code, data_year, value from marts.fct_indicator_value "
        "where boundary = 'published' and ((split_part(indicator_code, '.', 1) = 'PCI' and data_year <= 2013) "
        "   or (split_part(indicator_code, '.', 1) = 'PAPI' and data_year <= 2022))"
    ).fetchall()
    ours = {(unit, indicator, year): value for unit, indicator, year, value in rows if value is not None}
    assert set(ours) ^ set(independent) == set()
    # The CSV and the workbook print one figure to different precision (nine decimals against fifteen).
    wrong = {key: (value, independent[key]) for key, value in ours.items() if abs(value - independent[key]) > 1e-9}
    assert wrong == {}


def test_every_change_in_metric_yoy_is_the_difference_of_the_independent_values(
    release: duckdb.DuckDBPyConnection, independent: Figures
) -> None:
    rows = release.execute(
        "select unit_code, indicator_code, data_year, change, previous_value, is_comparable from marts.metric_yoy "
        "where boundary = 'published' and ((split_part(indicator_code, '.', 1) = 'PCI' and data_year <= 2013) "
        "   or (split_part(indicator_code, '.', 1) = 'PAPI' and data_year <= 2022))"
    ).fetchall()
    assert sum(1 for row in rows if row[5]) > 10_000
    wrong = []
    for unit, indicator, year, change, previous, is_comparable in rows:
        before = independent.get((unit, indicator, year - 1))
        after = independent.get((unit, indicator, year))
        if (before is None) != (previous is None):
            wrong.append((unit, indicator, year, "previous value", previous, before))
        elif is_comparable:
            assert before is not None
            assert after is not None
            if abs(change - (after - before)) > 2e-9:
                wrong.append((unit, indicator, year, "change", change, after - before))
        elif change is not None:
            wrong.append((unit, indicator, year, "a change that is not comparable is printed", change, None))
    assert wrong == []


@pytest.mark.parametrize(
    ("indicator", "year", "reason"),
    [
        ("PAPI.SC51", 2021, "scale_changed"),  # a sub-dimension went, its siblings' maximum grew from 2.5 to 3.33
        ("PAPI.D5", 2021, "method_changed"),
        ("PAPI", 2018, "method_changed"),  # six dimensions became eight
        ("PAPI.D2", 2018, "method_changed"),
        ("PCI", 2006, "method_changed"),
        ("PCI", 2009, "method_changed"),
        ("PCI", 2013, "method_changed"),
        ("PAR_INDEX", 2016, "method_changed"),
        ("PAR_INDEX", 2019, "method_changed"),
        ("PAR_INDEX", 2020, "method_changed"),
        ("PAR_INDEX", 2022, "method_changed"),
        ("PAR_INDEX", 2024, "method_changed"),
        ("SIPAS", 2022, "population_changed"),
    ],
)
def test_a_known_break_is_never_printed_as_a_change(
    release: duckdb.DuckDBPyConnection, indicator: str, year: int, reason: str
) -> None:
    rows = release.execute(
        "select distinct is_comparable, not_comparable_reason, change from marts.metric_yoy "
        "where indicator_code = ? and data_year = ? and previous_value is not null and unit_code <> 'ha_noi_2008'",
        [indicator, year],
    ).fetchall()
    assert rows == [(False, reason, None)]


def test_an_untouched_sub_dimension_keeps_its_change_across_a_break_of_the_total(
    release: duckdb.DuckDBPyConnection,
) -> None:
    rows = release.execute(
        "select count(*) filter (is_comparable) from marts.metric_yoy where indicator_code = 'PAPI.SC61' "
        "and data_year = 2021 and previous_value is not null"
    ).fetchone()
    assert rows is not None
    assert rows[0] > 50


def test_the_columns_whose_codes_lie_are_told_by_their_words(release: duckdb.DuckDBPyConnection) -> None:
    # "Access to Information" begins in 2018; until 2017 the CSV's SC21 holds the poverty lists.
    rows = release.execute(
        "select indicator_code, min(data_year) from marts.fct_indicator_value "
        "where indicator_code in ('PAPI.SC21', 'PAPI.SC22', 'PAPI.SC33') group by all order by all"
    ).fetchall()
    assert rows == [("PAPI.SC21", 2018), ("PAPI.SC22", 2011), ("PAPI.SC33", 2018)]


def test_a_conflict_between_sources_is_shown(release: duckdb.DuckDBPyConnection) -> None:
    rows = release.execute(
        "select value, is_chosen from marts.fct_observation where unit_code = 'quang_ninh' "
        "and indicator_code = 'PAR_INDEX' and data_year = 2018 and not is_superseded and value is not null"
    ).fetchall()
    assert len({value for value, _ in rows}) == 3
    assert sum(1 for _, chosen in rows if chosen) == 1


def test_every_value_leads_to_a_document_and_a_cell(release: duckdb.DuckDBPyConnection) -> None:
    rows = release.execute(
        "select count(*) from marts.fct_observation as o left join marts.dim_source_document as d "
        "using (source_document_id) where d.sha256 is null or o.locator is null or o.locator = ''"
    ).fetchone()
    assert rows == (0,)


def test_a_second_run_changes_nothing_and_publishes_nothing(main_job: MainJob, shared_data: Path) -> None:
    home, first = main_job
    again = reform(home, "run", "--json", "--input", shared_data)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["release_id"] == first["release_id"]
    assert len(list(home.releases.glob("[0-9]*"))) == 1


def test_a_hostile_file_is_refused_in_words_and_changes_nothing(main_job: MainJob, tmp_path: Path) -> None:
    home = Home(tmp_path / "copy")
    shutil.copytree(main_job[0].root, home.root, symlinks=True)
    before = (home.current.resolve().name, home.build_database.read_bytes())
    bad = tmp_path / "PCI_2012.xlsx"
    bad.write_bytes(b"PK\x03\x04 not really a workbook")
    done = reform(home, "ingest", "pci", bad)
    assert done.returncode == 1
    assert "PCI_2012.xlsx" in done.stdout
    assert "rule:" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert (home.current.resolve().name, home.build_database.read_bytes()) == before


def test_the_docs_of_the_release_need_nothing_from_elsewhere(main_job: MainJob) -> None:
    docs = main_job[0].current / "docs"
    for name in ("index.html", "dbt.html", "validation/index.html"):
        assert (docs / name).exists(), name


def test_trace_leads_to_the_cell(main_job: MainJob) -> None:
    done = reform(main_job[0], "trace", "ha_noi", "PAPI.SC22", "2016", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {(o["file_name"], o["locator"]) for o in found["observations"]} == {
        ("papi_2016.csv", "line 2, column SC21"),
        ("PAPI_2011-2016.xlsx", "2016_PAPI!J3"),
    }
