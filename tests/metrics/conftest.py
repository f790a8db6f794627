"""The project's own definitions over a release of a few made-up figures; some of its codes are hostile on purpose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.build import run_dbt
from warehouse.home import Home
from warehouse.metrics import MetricLayer

QUOTED = "o'higgins"
TEMPLATE = "{{ 7 * 7 }}"

#: unit_code, indicator_code, data_year, boundary, unit_type, value, value_pct, has_conflict
_VALUES = [
    ("a", "PCI", 2012, "published", "province", 50.0, 50.0, False),
    ("b", "PCI", 2012, "published", "province", 61.0, 61.0, True),
    ("c", "PCI", 2012, "published", "province", 63.0, None, False),
    ("d", "PCI", 2012, "published", "province", None, None, False),
    ("m", "PCI", 2012, "published", "ministry", 90.0, 90.0, False),
    ("a", "PCI", 2013, "published", "province", 52.0, 52.0, False),
    ("a", "PAPI", 2012, "published", "province", 7.0, 70.0, False),
    (QUOTED, "PCI", 2012, "published", "region", 11.0, 11.0, False),
    (TEMPLATE, "PCI", 2012, "published", "region", 13.0, 13.0, False),
    ("$0$", "PCI", 2012, "published", "region", 17.0, 17.0, False),
    ("ab_2025", "PCI", 2012, "2025", "province", 55.5, 55.5, False),
]
_TABLES = {
    "dim_unit": "select distinct unit_code, 'R1' as region_code, 'tinh' as admin_type from figure",
    "dim_indicator": "select distinct indicator_code, 'total' as indicator_level, 'points' as measure_unit from figure",
    "fct_indicator_value": "select *, indicator_code as index_code, 'published' as value_basis, "
    "'printed' as figure_status, '2009' as methodology_version, false as is_synthetic, "
    "cast(null as varchar) as weight_basis from figure",
}


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt wrote its manifests of this project, without building anything."""
    home = Home(tmp_path_factory.mktemp("parsed"))
    home.make()
    run_dbt(home, "parse")
    return home.dbt_target


@pytest.fixture(scope="session")
def semantic_manifest(parsed: Path) -> dict[str, Any]:
    return dict(json.loads((parsed / "semantic_manifest.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Home:
    """A home whose current release holds the definitions and the few figures."""
    home = Home(tmp_path_factory.mktemp("released"))
    home.make()
    release = home.releases / "20260101T000000000000Z-made"
    release.mkdir()
    shutil.copyfile(parsed / "semantic_manifest.json", release / "semantic_manifest.json")
    (release / "manifest.json").write_text(json.dumps({"release_id": release.name}))
    home.current.symlink_to(release)
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create temp table figure (unit_code varchar, indicator_code varchar, data_year integer, "
            "boundary varchar, unit_type varchar, value double, value_pct double, has_conflict boolean)"
        )
        connection.executemany("insert into figure values (?, ?, ?, ?, ?, ?, ?, ?)", _VALUES)
        for table, query in _TABLES.items():
            connection.execute(f"create table marts.{table} as {query}")
    return home


@pytest.fixture
def layer(released: Home) -> MetricLayer:
    return MetricLayer.of_current_release(released)
