"""One small installation with the real reference tables, built once for the tests of the models."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.warehouse.batches import loadable
from warehouse.build import run_dbt
from warehouse.connection import reader, writer
from warehouse.home import Home
from warehouse.load import load_batches
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference

PROVINCES = ("ha_giang", "cao_bang", "bac_kan")


def papi_rows() -> list[dict[str, Any]]:
    """SC51 to SC54 of three provinces from 2019 to 2022: SC52 ends in 2020, and one province misses SC54 in 2022."""
    rows = []
    for year in range(2019, 2023):
        for place, unit in enumerate(PROVINCES):
            for part in ("SC51", "SC52", "SC53", "SC54"):
                is_absent = (part == "SC52" and year > 2020) or (part == "SC54" and year == 2022 and place == 0)
                if not is_absent:
                    value = 1.5 + place / 10 + (year - 2019) / 100
                    rows.append(
                        {
                            "unit_code": unit,
                            "indicator_code": f"PAPI.{part}",
                            "data_year": year,
                            "value": value,
                            "value_text": f"{value:.2f}",
                        }
                    )
    return rows


def load(home: Home, *, shuffled: bool = False) -> None:
    """Load the reference tables, the PAPI rows, and a PCI figure that a corrected file superseded."""
    rows = papi_rows()
    for number, row in enumerate(rows, start=1):
        row["row_id"] = number
    if shuffled:
        random.Random(7).shuffle(rows)
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)
    corrected = {"value": 51.5, "value_text": "51.5", "note": "corrected"}
    load_batches(
        home,
        [
            loadable(b"papi", *rows, source_key="papi_csv:all", name="papi.csv"),
            loadable(b"first", {"value": 50.0}, name="first.xlsx"),
            loadable(b"second", corrected, name="second.xlsx", received_at="2026-02-01T00:00:00+00:00"),
        ],
        reading_version=lambda _: "test",
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose marts were built by `dbt build`, unit tests of the models included."""
    home = Home(tmp_path_factory.mktemp("built"))
    home.make()
    load(home)
    run_dbt(home, "build")
    return home


def rows_of(home: Home, query: str) -> list[tuple[Any, ...]]:
    """What `query` answers on the built database."""
    with reader(home.build_database) as connection:
        return [tuple(row) for row in connection.execute(query).fetchall()]


@pytest.fixture(scope="session")
def lake_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with exports of dossiers whose marts were built on DuckDB."""
    from tests.dbt_project.lake_home import build_lake_home

    home = Home(tmp_path_factory.mktemp("lake") / "home")
    build_lake_home(home, tmp_path_factory.mktemp("exports"))
    return home
