"""A series out of memory is the series the engine finds."""

from __future__ import annotations

from itertools import product

import pyarrow as pa
import pytest

from warehouse.home import Home
from warehouse.serving.conditions import Condition
from warehouse.serving.held import FIGURE_KEY, MOST_ROWS, hold_figures
from warehouse.serving.queries import Selection, page_of_engine, page_of_series
from warehouse.serving.releases import OpenRelease
from warehouse.serving.settings import ServingSettings


@pytest.fixture(scope="module")
def release(small_home: Home) -> OpenRelease:
    return OpenRelease(small_home.current.resolve(), ServingSettings())


def read(body: bytes, form: str) -> object:
    """What stands in `body`: an Arrow stream may put the same rows in other bytes."""
    if form == "arrow":
        table = pa.ipc.open_stream(body).read_all()
        return str(table.to_pylist()), table.schema.metadata, table.schema.types
    return body


@pytest.mark.parametrize("form", ["json", "csv", "arrow", "parquet"])
@pytest.mark.parametrize("name", ["fct_indicator_value", "metric_yoy"])
def test_every_page_of_every_series_is_the_same_out_of_memory_and_from_the_engine(
    release: OpenRelease, name: str, form: str
) -> None:
    table, connection, document = release.catalogue.table(name), release.cursor(), {"release_id": "r"}
    rows = 0
    for unit, indicator, boundary, (first, last), (limit, offset) in product(
        ("ha_noi", "hue", "hue_2025"),
        ("PCI", "PCI.ENTRY_COSTS"),
        ((), ("published",), ("2025",)),
        ((2000, 2100), (2013, 2015), (2015, 2013)),
        ((1000, 0), (2, 3)),
    ):
        conditions = (
            Condition("unit_code", (unit,)),
            Condition("indicator_code", (indicator,)),
            *([Condition("boundary", boundary)] if boundary else []),
            Condition("data_year", (first,), ">="),
            Condition("data_year", (last,), "<="),
        )
        selection = Selection(table, conditions, FIGURE_KEY, limit, offset)
        series = release.held[name].series(unit, indicator, conditions)
        rows += series.num_rows
        held = page_of_series(series, selection, form, document, "?next")
        found = page_of_engine(connection, selection, form, document, "?next")
        assert held[1] == found[1]
        assert read(held[0], form) == read(found[0], form)
    assert rows > 100


def test_a_table_too_large_is_left_to_the_engine(release: OpenRelease) -> None:
    table = release.catalogue.table("metric_yoy")
    large = type(table)(table.name, "", "", MOST_ROWS + 1, table.columns)
    assert hold_figures(release.cursor(), large) is None


def test_a_table_of_another_grain_is_left_to_the_engine(release: OpenRelease) -> None:
    assert hold_figures(release.cursor(), release.catalogue.table("dim_unit")) is None


def test_a_series_of_nothing_is_an_empty_table_of_the_same_columns(release: OpenRelease) -> None:
    series = release.held["metric_yoy"].series("nobody", "PCI", ())
    assert isinstance(series, pa.Table)
    assert (series.num_rows, series.column_names) == (0, list(release.catalogue.table("metric_yoy").columns))
