"""What a figure was in every release stays readable, whatever is published, rolled back or deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.marts import Figure, build, write_marts
from warehouse.connection import writer
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_list import list_releases
from warehouse.trace import known_history, trace_as_of
from warehouse.vintages import FIGURE_COLUMNS, KEY, Moment, faults_in_vintages, remember_history, write_vintages

HA_NOI = Figure()
HUE = Figure(unit_code="hue", value=40.0, rank=2)


def publish_figures(home: Home, *figures: Figure, methods: Sequence[str] = ("2009",)) -> str:
    build(home, *figures, methods=methods)
    return publish(home).release_id


def query(home: Home, release_id: str, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.releases / release_id / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def vintages(home: Home, release_id: str, unit_code: str = "ha_noi") -> list[tuple[Any, ...]]:
    """Value, from, to, whether it stands, and kind of one unit's rows, oldest first."""
    return query(
        home,
        release_id,
        "select value, from_release_id, to_release_id, is_current, revision_kind from marts.metric_vintage "
        "where unit_code = ? order by from_release_id",
        [unit_code],
    )


def manifest(home: Home, release_id: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((home.releases / release_id / "manifest.json").read_text("utf-8"))
    return parsed


# -- folding ------------------------------------------------------------------------------------------------------


def test_in_the_first_release_every_figure_is_first_and_stands(home: Home) -> None:
    one = publish_figures(home, HA_NOI, HUE)
    assert vintages(home, one) == [(50.0, one, None, True, "first")]
    assert manifest(home, one)["vintages"]["continuity"] == "first_release"


def test_a_figure_nobody_touched_keeps_its_row_when_others_change(home: Home) -> None:
    one = publish_figures(home, HA_NOI, HUE)
    two = publish_figures(home, HA_NOI, replace(HUE, value=41.0))
    assert vintages(home, two) == [(50.0, one, None, True, "first")]


def test_a_restated_value_closes_the_old_row_and_begins_a_new_one(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    assert vintages(home, two) == [(50.0, one, two, False, "first"), (51.0, two, None, True, "restated")]


def test_the_last_digit_of_a_value_counts(home: Home) -> None:
    publish_figures(home, replace(HA_NOI, value=0.3))
    two = publish_figures(home, replace(HA_NOI, value=0.1 + 0.2))
    assert [row[4] for row in vintages(home, two)] == ["first", "restated"]


def test_a_removed_figure_is_closed_and_has_no_standing_row(home: Home) -> None:
    one = publish_figures(home, HA_NOI, HUE)
    two = publish_figures(home, HUE)
    assert vintages(home, two) == [(50.0, one, two, False, "first")]


def test_a_figure_that_comes_back_has_returned(home: Home) -> None:
    publish_figures(home, HA_NOI, HUE)
    publish_figures(home, HUE)
    three = publish_figures(home, HA_NOI, HUE)
    assert vintages(home, three)[-1] == (50.0, three, None, True, "returned")


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"is_comparable": False, "change": None, "not_comparable_reason": "method_changed"}, "newly_incomparable"),
        ({"rank": 3}, "rank_changed"),
        ({"change": 2.0}, "change_changed"),
        ({"source_document_id": "doc_b"}, "method_or_source_only"),
        ({"methodology_version": "2013"}, "method_or_source_only"),
        ({"value": None, "rank": 4}, "restated"),
    ],
)
def test_the_kind_says_what_moved(home: Home, changed: dict[str, Any], kind: str) -> None:
    publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, **changed))
    assert vintages(home, two)[-1][4] == kind


def test_a_cleared_break_makes_a_figure_newly_comparable(home: Home) -> None:
    suspected = replace(HA_NOI, is_comparable=False, change=None, not_comparable_reason="break_suspected")
    publish_figures(home, suspected)
    two = publish_figures(home, HA_NOI)
    assert vintages(home, two)[-1][4] == "newly_comparable"


def test_a_figure_that_is_only_a_rank_is_restated_by_another_rank(home: Home) -> None:
    publish_figures(home, replace(HA_NOI, value=None, change=None, rank=7))
    two = publish_figures(home, replace(HA_NOI, value=None, change=None, rank=8))
    assert vintages(home, two)[-1][4] == "restated"


def test_both_maps_of_a_figure_have_a_history_each(home: Home) -> None:
    publish_figures(home, HA_NOI, replace(HA_NOI, boundary="2025", value=60.0))
    two = publish_figures(home, HA_NOI, replace(HA_NOI, boundary="2025", value=61.0))
    rows = query(home, two, "select boundary, count(*) from marts.metric_vintage group by boundary order by boundary")
    assert rows == [("2025", 2), ("published", 1)]


# -- what came before -----------------------------------------------------------------------------------------------


def test_after_a_roll_back_the_history_goes_on_from_the_latest_release(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    switch(home, one)
    three = publish_figures(home, replace(HA_NOI, value=52.0))
    assert manifest(home, three)["vintages"]["predecessor"] == two
    assert [row[0] for row in vintages(home, three)] == [50.0, 51.0, 52.0]


def test_history_starts_anew_where_every_earlier_release_was_deleted_and_the_manifest_says_so(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    shutil.rmtree(home.releases / one)
    home.current.unlink()
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    assert vintages(home, two) == [(51.0, two, None, True, "first")]
    said = manifest(home, two)["vintages"]
    assert (said["continuity"], said["not_covered"]) == ("anew", [one])


def test_a_deleted_release_between_is_named_and_history_goes_on_from_the_one_before(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    switch(home, one)
    shutil.rmtree(home.releases / two)
    three = publish_figures(home, replace(HA_NOI, value=52.0))
    said = manifest(home, three)["vintages"]
    assert (said["predecessor"], said["continuity"], said["not_covered"]) == (one, "continued", [two])


def test_a_damaged_predecessor_is_passed_over_and_named(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    (home.releases / two / "warehouse.duckdb").write_bytes(b"no database")
    three = publish_figures(home, replace(HA_NOI, value=52.0))
    said = manifest(home, three)["vintages"]
    assert (said["predecessor"], said["unreadable"]) == (one, [two])


def older_release(home: Home, release_id: str, *statements: str) -> None:
    """Make a release look as an older version of this code left it."""
    with duckdb.connect(str(home.releases / release_id / "warehouse.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


def test_an_older_release_without_vintages_begins_the_history_with_its_marts(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    older_release(home, one, "drop table marts.metric_vintage")
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    assert vintages(home, two) == [(50.0, one, two, False, "first"), (51.0, two, None, True, "restated")]
    assert manifest(home, two)["vintages"]["continuity"] == "from_marts"


def test_a_release_without_any_figures_begins_nothing(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    older_release(home, one, "drop table marts.metric_vintage", "drop table marts.fct_indicator_value")
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    assert vintages(home, two) == [(51.0, two, None, True, "first")]


def test_a_column_the_predecessor_did_not_keep_is_recorded_from_now_on_and_claims_nothing_of_before(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    older_release(home, one, "alter table marts.metric_vintage drop column change")
    two = publish_figures(home, HA_NOI, HUE)
    rows = query(
        home,
        two,
        "select change, from_release_id, revision_kind from marts.metric_vintage where unit_code = 'ha_noi' "
        "order by from_release_id",
    )
    assert rows == [(None, one, "first"), (1.0, two, "newly_recorded")]


def test_the_same_figures_are_published_again_where_the_current_release_has_no_vintages(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    said = manifest(home, one)
    del said["vintages"]
    (home.releases / one / "manifest.json").write_text(json.dumps(said), "utf-8")
    older_release(home, one, "drop table marts.metric_vintage")
    assert publish(home).outcome == "published"


# -- a release that would be wrong ------------------------------------------------------------------------------------


def test_contradicting_vintages_stop_the_publish_and_current_stays(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    older_release(home, one, "insert into marts.metric_vintage from marts.metric_vintage")
    with pytest.raises(EnvironmentBroken, match="vintages of this release would be wrong"):
        publish_figures(home, HA_NOI, HUE)
    assert home.current.resolve().name == one


@pytest.mark.parametrize(
    "damage",
    [
        "update marts.metric_vintage set value = 49 where is_current",
        "delete from marts.metric_vintage where is_current",
        "update marts.metric_vintage set to_release_id = null, to_published_at = null where not is_current",
        "update marts.metric_vintage set to_release_id = from_release_id where not is_current",
        "update marts.metric_vintage set to_release_id = 'z' where not is_current",
    ],
)
def test_a_damaged_vintage_is_a_fault(home: Home, damage: str) -> None:
    publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    with duckdb.connect(str(home.releases / two / "warehouse.duckdb")) as connection:
        assert faults_in_vintages(connection) == []
        connection.execute(damage)
        assert faults_in_vintages(connection) != []


def test_a_build_without_values_is_not_published(home: Home) -> None:
    build(home, HA_NOI)
    with writer(home) as connection:
        connection.execute("drop table marts.fct_indicator_value")
    with pytest.raises(EnvironmentBroken, match="no fct_indicator_value"):
        publish(home)


# -- reading ------------------------------------------------------------------------------------------------------


def test_the_time_of_publishing_is_one_in_manifest_and_table_and_never_goes_back(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    said = manifest(home, one)
    said["published_at"] = "2999-01-01T00:00:00+00:00"
    (home.releases / one / "manifest.json").write_text(json.dumps(said), "utf-8")
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    published_at = datetime.fromisoformat(manifest(home, two)["published_at"])
    assert published_at > datetime(2999, 1, 1, tzinfo=UTC)
    rows = query(home, two, "select from_published_at from marts.metric_vintage where is_current")
    assert rows == [(published_at.replace(tzinfo=None),)]


def test_as_of_works_in_a_release_opened_read_only_and_attached_under_another_name(home: Home) -> None:
    publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    first_at, second_at = (item["published_at"][:26] for item in list_releases(home))
    just_before = (datetime.fromisoformat(second_at) - timedelta(microseconds=1)).isoformat()
    for moment, value in ((first_at, 50.0), (just_before, 50.0), (second_at, 51.0)):
        assert query(home, two, "select value from marts.as_of(?)", [moment]) == [(value,)]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.releases / two / 'warehouse.duckdb'}' as release (read_only)")
        connection.execute("use release")
        assert connection.execute(f"select value from marts.as_of(timestamp '{first_at}')").fetchall() == [(50.0,)]


def test_the_table_is_described_counted_and_written_to_parquet_but_not_hashed(home: Home) -> None:
    one = publish_figures(home, HA_NOI, HUE)
    said = manifest(home, one)
    assert said["row_counts"]["metric_vintage"] == 2
    assert "metric_vintage" not in said["table_hashes"]
    assert (home.releases / one / "parquet" / "metric_vintage.parquet").exists()
    rows = query(
        home,
        one,
        "select description_en, description_vi, table_description_en, table_description_vi from marts.dictionary "
        "where table_name = 'metric_vintage' and column_name in ('from_release_id', 'from_published_at', "
        "'to_release_id', 'to_published_at', 'is_current', 'revision_kind')",
    )
    assert len(rows) == 6
    assert all(text for row in rows for text in row)


def as_of(home: Home, release_id: str) -> float | None:
    """The value `trace --as-of` gives for Hà Nội."""
    standing = trace_as_of(home, ("ha_noi",), "PCI", 2012, release_id)["standing"]
    return standing[0]["value"] if standing else None


def test_as_of_a_release_answers_with_its_document_even_when_it_was_deleted(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    publish_figures(home, HUE)
    shutil.rmtree(home.releases / one)
    assert (as_of(home, one), as_of(home, two)) == (50.0, 51.0)
    found = trace_as_of(home, ("ha_noi",), "PCI", 2012, one)
    assert found["standing"][0]["file_name"] == "doc_a.xlsx"


def test_as_of_a_release_from_before_the_vintages_reads_that_release(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    older_release(home, one, "drop table marts.metric_vintage")
    said = manifest(home, one)
    del said["vintages"]
    (home.releases / one / "manifest.json").write_text(json.dumps(said), "utf-8")
    assert as_of(home, one) == 50.0


def test_a_history_names_every_release_it_answers_for(home: Home) -> None:
    ids = [publish_figures(home, replace(HA_NOI, value=float(value))) for value in range(3)]
    history = known_history(home)
    assert history is not None
    assert [item["release_id"] for item in history["vintages"]["releases"]] == ids


# -- the property --------------------------------------------------------------------------------------------------

FIGURES = st.dictionaries(
    st.tuples(
        st.sampled_from(["ha_noi", "hue"]), st.sampled_from([2012, 2013]), st.sampled_from(["published", "2025"])
    ),
    st.builds(
        Figure,
        value=st.sampled_from([None, 0.0, 50.0, 0.1 + 0.2, 0.3]),
        rank=st.sampled_from([None, 1, 2]),
        change=st.sampled_from([None, 1.0]),
        is_comparable=st.sampled_from([None, True, False]),
        source_document_id=st.sampled_from([None, "doc_a", "doc_b"]),
    ),
    max_size=6,
).map(
    lambda chosen: [
        replace(figure, unit_code=unit, data_year=year, boundary=boundary)
        for (unit, year, boundary), figure in chosen.items()
    ]
)
COLUMNS = ", ".join((*KEY, *FIGURE_COLUMNS))


@settings(max_examples=40, deadline=None)
@given(releases=st.lists(FIGURES, min_size=1, max_size=5))
def test_reading_as_of_each_release_gives_back_exactly_its_figures(releases: list[list[Figure]]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [Moment(f"r{place}", start + timedelta(days=place)) for place in range(len(releases))]
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as past")
        connection.execute("create schema past.marts")
        for place, figures in enumerate(releases):
            connection.execute("drop table if exists marts.metric_vintage" if place else "select 1")
            write_marts(connection, figures)
            if place:
                remember_history(connection, "past", moments[place - 1])
            write_vintages(connection, moments[place])
            assert faults_in_vintages(connection) == []
            connection.execute("create or replace table past.marts.metric_vintage as from memory.marts.metric_vintage")
        for moment, figures in zip(moments, releases, strict=True):
            then = connection.execute(f"select {COLUMNS} from marts.as_of(?)", [moment.stamp()]).fetchall()
            expected = [tuple(getattr(figure, column) for column in (*KEY, *FIGURE_COLUMNS)) for figure in figures]
            assert sorted(then, key=repr) == sorted(expected, key=repr)
