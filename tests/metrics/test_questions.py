"""Questions to the metric layer: what is answered, and what is refused rather than answered wrongly."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.metrics.conftest import QUOTED, TEMPLATE
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.metrics import MetricLayer, Question

_ONE = (("indicator", "PCI"), ("year", "2012"))


def test_average_goes_over_units_with_a_value_and_says_how_many(layer: MetricLayer) -> None:
    answer = layer.ask(Question("average_value", (), (*_ONE, ("unit_type", "province"))))
    assert answer.columns == ("average_value", "figures")
    assert answer.rows == ((58.0, 3),)


def test_median_is_the_middle_value(layer: MetricLayer) -> None:
    assert layer.ask(Question("median_value", (), (*_ONE, ("unit_type", "province")))).rows == ((61.0, 3),)


def test_kinds_of_units_are_kept_apart_unasked(layer: MetricLayer) -> None:
    answer = layer.ask(Question("average_value", (), _ONE))
    assert answer.columns == ("unit_type", "average_value", "figures")
    assert [row[0] for row in answer.rows] == ["ministry", "province", "region"]


def test_a_unit_needs_no_keeping_apart(layer: MetricLayer) -> None:
    answer = layer.ask(Question("average_value", ("unit",), _ONE))
    assert answer.columns == ("unit", "average_value", "figures")
    assert ("m", 90.0, 1) in answer.rows


def test_columns_come_in_the_order_asked(layer: MetricLayer) -> None:
    columns = layer.ask(Question("figures", ("year", "region", "indicator", "year"))).columns
    assert columns == ("year", "region", "indicator", "figures")


def test_metric_holds_to_its_map(layer: MetricLayer) -> None:
    both = [
        layer.ask(Question(f"average_value{map_}", ("unit",), (*_ONE, ("unit_type", "province")))).rows
        for map_ in ("", "_on_2025_map")
    ]
    assert [[row[0] for row in rows] for rows in both] == [["a", "b", "c", "d"], ["ab_2025"]]


def test_values_of_one_dimension_are_alternatives(layer: MetricLayer) -> None:
    answer = layer.ask(Question("figures", ("year",), (("year", "2012"), ("year", "2013"), ("unit", "a"))))
    assert answer.rows == ((2012, 2), (2013, 1))


@pytest.mark.parametrize(
    ("by", "where", "missing"),
    [
        ((), (), ("--by indicator", "--by year")),
        (("year",), (), ("--by indicator",)),
        (("year",), (("indicator", "PCI"), ("indicator", "PAPI")), ("--where indicator=",)),
        (("indicator",), (), ("--by year",)),
    ],
)
def test_question_that_mixes_scales_is_refused(
    layer: MetricLayer, by: tuple[str, ...], where: tuple[tuple[str, str], ...], missing: tuple[str, ...]
) -> None:
    with pytest.raises(Misused, match="would mix scales") as refused:
        layer.ask(Question("average_value", by, where))
    assert all(option in str(refused.value) for option in missing)
    assert "sẽ trộn các thang điểm" in str(refused.value)


def test_count_may_go_over_several_indicators(layer: MetricLayer) -> None:
    assert layer.ask(Question("figures_with_conflicts")).rows == ((1,),)


@pytest.mark.parametrize(("value", "expected"), [(QUOTED, 11.0), (TEMPLATE, 13.0), ("$0$", 17.0)])
def test_value_that_looks_like_sql_or_a_template_is_only_a_value(
    layer: MetricLayer, value: str, expected: float
) -> None:
    assert layer.ask(Question("average_value", (), (*_ONE, ("unit", value)))).rows == ((expected, 1),)


@pytest.mark.parametrize("value", ["x' or 1=1 --", "{{ cycler.__init__ }}", "{% raw %}", "", "'", "PCI\\'", "2012"])
def test_value_nobody_has_is_refused(layer: MetricLayer, value: str) -> None:
    with pytest.raises(Misused, match="average_value has no indicator"):
        layer.ask(Question("average_value", (), (("indicator", value), ("year", "2012"))))


def test_text_for_a_year_is_refused_in_words(layer: MetricLayer) -> None:
    with pytest.raises(Misused, match="has no year 'abc'; it has 2012, 2013"):
        layer.ask(Question("figures", (), (("year", "abc"),)))


def test_misspelt_metric_is_told_its_nearest(layer: MetricLayer) -> None:
    with pytest.raises(Misused, match="did you mean average_value"):
        layer.ask(Question("averagevalue"))


@pytest.mark.parametrize("name", ["colour", "indicator') }} or 1=1 --", "figure__data_year", "metric_time"])
def test_unknown_dimension_is_refused(layer: MetricLayer, name: str) -> None:
    with pytest.raises(Misused, match="has no dimension"):
        layer.ask(Question("figures", (name,)))
    with pytest.raises(Misused, match="has no dimension"):
        layer.ask(Question("figures", (), ((name, "x"),)))


def test_map_is_part_of_the_metric_and_no_dimension(layer: MetricLayer) -> None:
    with pytest.raises(Misused, match=r"ask figures_on_2025_map or figures$"):
        layer.ask(Question("figures_on_2025_map", (), (("boundary", "published"),)))


def test_question_that_fits_nothing_has_no_rows(layer: MetricLayer) -> None:
    where = (("indicator", "PAPI"), ("year", "2013"))
    assert layer.ask(Question("average_value", ("unit",), where)).rows == ()


def test_sql_shown_answers_alone(layer: MetricLayer, released: Home) -> None:
    answer = layer.ask(Question("average_value", ("unit",), (*_ONE, ("unit", QUOTED))))
    with duckdb.connect(str(released.current / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(answer.sql).fetchall() == [(QUOTED, 11.0, 1)]


def test_asking_leaves_the_release_as_it_was(layer: MetricLayer, released: Home) -> None:
    def state() -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in released.current.iterdir()}

    before = state()
    layer.ask(Question("figures", ("indicator",)))
    assert state() == before


def test_release_without_definitions_says_how_to_get_them(released: Home, tmp_path: Path) -> None:
    older = tmp_path / "20250101T000000000000Z-old"
    shutil.copytree(released.current, older)
    (older / "semantic_manifest.json").unlink()
    with pytest.raises(EnvironmentBroken, match=r"holds no readable semantic_manifest\.json"):
        MetricLayer(older)


def test_definitions_that_do_not_fit_the_tables_are_named_as_such(released: Home, tmp_path: Path) -> None:
    damaged = tmp_path / "20250101T000000000000Z-damaged"
    shutil.copytree(released.current, damaged)
    with duckdb.connect(str(damaged / "warehouse.duckdb")) as connection:
        connection.execute("alter table marts.fct_indicator_value drop column has_conflict")
    with pytest.raises(EnvironmentBroken, match="does not fit its"):
        MetricLayer(damaged).ask(Question("figures_with_conflicts"))


def test_home_without_a_release_is_told_to_run(home: Home) -> None:
    with pytest.raises(Misused, match="`reform run` makes the first"):
        MetricLayer.of_current_release(home)
