"""One dbt project on two engines: Spark builds what DuckDB built, and what is missing is said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.conftest import rows_of
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.parity import MartParity, compare_engines
from warehouse.spark_build import build_on_spark, java_version, spark_python


@pytest.fixture(scope="session")
def on_spark(lake_home: Home) -> list[MartParity]:
    """What the comparison finds after a build on Spark, tests of models and of dispatched macros included."""
    try:
        spark_python()
        java_version()
    except EnvironmentBroken as missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing}, and with CI set nothing skips")
        pytest.skip(str(missing))
    build_on_spark(lake_home, memory="1g")
    return compare_engines(lake_home)


def test_every_cell_of_the_marts_of_the_lake_is_the_same(on_spark: list[MartParity]) -> None:
    assert {one.mart for one in on_spark} == {"fct_dossier_month", "metric_portal_agreement"}
    assert [one for one in on_spark if not one.is_equal] == []
    assert min(one.cells for one in on_spark) > 100


def test_a_figure_or_a_row_that_differs_is_found(on_spark: list[MartParity], lake_home: Home, tmp_path: Path) -> None:
    """Change what Spark wrote: one figure by little more than is allowed, and one row left out."""
    assert on_spark
    changed = Home(tmp_path / "changed")
    shutil.copytree(lake_home.lake_marts, changed.lake_marts)
    changed.build_database.parent.mkdir(parents=True)
    shutil.copyfile(lake_home.build_database, changed.build_database)
    folder = changed.lake_marts / "fct_dossier_month"
    with duckdb.connect() as connection:
        connection.execute(f"create table rows as from read_parquet('{folder}/*.parquet')")
        connection.execute("delete from rows where unit_code = 'lai_chau' and breakdown = 'unit'")
        connection.execute(
            "update rows set median_working_days = median_working_days + 2e-9 "
            "where unit_code = 'dien_bien' and breakdown = 'unit'"
        )
        for file in folder.glob("*.parquet"):
            file.unlink()
        connection.execute(f"copy rows to '{folder}/rows.parquet' (format parquet)")
    (found,) = [one for one in compare_engines(changed) if not one.is_equal]
    assert (found.mart, found.only_duckdb, found.only_spark, found.different_figures) == ("fct_dossier_month", 1, 0, 1)


def test_the_agreement_with_the_portal_has_rows_to_compare(on_spark: list[MartParity], lake_home: Home) -> None:
    assert on_spark
    assert rows_of(lake_home, "select count(*) > 20, count(distinct is_agreed) from marts.metric_portal_agreement") == [
        (True, 2)
    ]


def test_missing_java_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EnvironmentBroken, match="openjdk-17-jre-headless"):
        java_version()


def test_an_older_java_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", "utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EnvironmentBroken, match="here is 11"):
        java_version()


def test_missing_environment_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("warehouse.spark_build.PROJECT_ROOT", tmp_path)
    with pytest.raises(EnvironmentBroken, match="make spark"):
        spark_python()


def test_spark_before_duckdb_is_said(home: Home) -> None:
    from warehouse.spark_build import write_inputs

    with pytest.raises(EnvironmentBroken, match="`reform build` first"):
        write_inputs(home, home.build / "inputs")
