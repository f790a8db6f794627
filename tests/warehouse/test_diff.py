"""Two releases compared: every difference is in its section with its source, and what cannot be compared is said."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from cli.diff_view import print_diff
from tests.warehouse.marts import Figure, build
from warehouse.connection import writer
from warehouse.diff import ReleaseDiff, diff_releases
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_names import resolve_release

HA_NOI = Figure()
HUE = Figure(unit_code="hue", value=40.0, rank=2)
BROKEN = {"is_comparable": False, "change": None, "not_comparable_reason": "method_changed"}


def publish_figures(
    home: Home, *figures: Figure, methods: Sequence[str] = ("2009",), superseded: Sequence[str] = ()
) -> str:
    build(home, *figures, methods=methods, superseded=superseded)
    return publish(home).release_id


def compared(home: Home, before: Sequence[Figure], after: Sequence[Figure]) -> ReleaseDiff:
    return diff_releases(home, publish_figures(home, *before), publish_figures(home, *after))


def sections(found: ReleaseDiff) -> dict[str, list[str]]:
    """The units in every section that has one."""
    return {kind: [figure.unit_code for figure in figures] for kind, figures in found.figures.items() if figures}


# -- sections ------------------------------------------------------------------------------------------------------


def test_a_restated_figure_shows_both_values_changes_and_documents(home: Home) -> None:
    later = replace(HA_NOI, value=51.0, change=2.0, source_document_id="doc_b", locator="S!B2")
    found = compared(home, [HA_NOI, HUE], [later, HUE])
    assert sections(found) == {"restated": ["ha_noi"]}
    before, after = found.figures["restated"][0].before, found.figures["restated"][0].after
    assert before is not None
    assert after is not None
    assert (before.value, before.change, before.file_name, before.locator) == (50.0, 1.0, "doc_a.xlsx", "S!A1")
    assert (after.value, after.change, after.file_name, after.locator) == (51.0, 2.0, "doc_b.xlsx", "S!B2")
    assert len(after.sha256 or "") == 64


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([HA_NOI], [HA_NOI, HUE], {"added": ["hue"]}),
        ([HA_NOI, HUE], [HUE], {"removed": ["ha_noi"]}),
        ([HA_NOI], [replace(HA_NOI, **BROKEN)], {"newly_incomparable": ["ha_noi"]}),
        ([replace(HA_NOI, **BROKEN)], [HA_NOI], {"newly_comparable": ["ha_noi"]}),
        (
            [HA_NOI],
            [replace(HA_NOI, value=51.0, **BROKEN)],
            {"restated": ["ha_noi"], "newly_incomparable": ["ha_noi"]},
        ),
        ([HA_NOI], [replace(HA_NOI, rank=3, change=9.0)], {"rank_changed": ["ha_noi"]}),
        ([HA_NOI], [replace(HA_NOI, change=9.0)], {"change_changed": ["ha_noi"]}),
        ([HA_NOI], [replace(HA_NOI, locator="S!A2")], {"method_or_source_only": ["ha_noi"]}),
        (
            [replace(HA_NOI, value=None, rank=3)],
            [replace(HA_NOI, value=None, rank=4)],
            {"restated": ["ha_noi"]},
        ),
        ([HA_NOI], [HA_NOI, replace(HA_NOI, boundary="2025")], {"added": ["ha_noi"]}),
    ],
)
def test_a_difference_is_in_the_section_it_belongs_to(
    home: Home, before: list[Figure], after: list[Figure], expected: dict[str, list[str]]
) -> None:
    assert sections(compared(home, before, after)) == expected


def test_a_newly_incomparable_figure_says_why_in_both_languages(home: Home) -> None:
    found = compared(home, [HA_NOI], [replace(HA_NOI, **BROKEN)])
    after = found.figures["newly_incomparable"][0].after
    assert after is not None
    assert (after.not_comparable_reason, after.reason_text_vi, after.reason_text_en) == (
        "method_changed",
        "Vì thế.",
        "Because.",
    )


def test_the_other_order_turns_every_difference_round(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HA_NOI, HUE)
    assert sections(diff_releases(home, one, two)) == {"added": ["hue"]}
    assert sections(diff_releases(home, two, one)) == {"removed": ["hue"]}


def test_a_release_does_not_differ_from_itself(home: Home) -> None:
    one = publish_figures(home, HA_NOI, HUE)
    found = diff_releases(home, one, one)
    assert (sections(found), found.inputs, found.methodology, found.notes) == ({}, [], [], [])


def test_a_superseded_file_names_the_one_that_took_its_place(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    later = replace(HA_NOI, source_document_id="doc_b")
    two = publish_figures(home, later, superseded=["doc_a"])
    found = diff_releases(home, one, two)
    assert [(item.what, item.file_name, item.superseded_by) for item in found.inputs] == [
        ("superseded", "doc_a.xlsx", "doc_b.xlsx"),
        ("added", "doc_b.xlsx", None),
    ]


def test_a_new_methodology_is_shown_and_a_reworded_one_with_both_wordings(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    build(home, HA_NOI, methods=("2009", "2013"))
    with writer(home) as connection:
        connection.execute("update marts.dim_methodology set text_en = 'other' where methodology_version = '2009'")
    two = publish(home).release_id
    found = diff_releases(home, one, two)
    assert [(row.what, row.table, row.key) for row in found.methodology] == [
        ("changed", "dim_methodology", "PCI · 2009"),
        ("added", "dim_methodology", "PCI · 2013"),
    ]
    assert found.methodology[0].columns == {"text_en": ("text", "other")}


# -- other schemas, damaged files ------------------------------------------------------------------------------------


def altered(home: Home, release_id: str, *statements: str) -> None:
    with duckdb.connect(str(home.releases / release_id / "warehouse.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_column_only_one_release_has_is_said_and_not_compared(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HA_NOI, HUE)
    altered(home, one, "alter table marts.metric_yoy drop column change")
    found = diff_releases(home, one, two)
    assert sections(found) == {"added": ["hue"]}
    assert found.notes == [f"release {one} has no metric_yoy.change: not compared"]


@pytest.mark.parametrize("table", ["metric_yoy", "dim_source_document", "dim_methodology"])
def test_a_table_only_one_release_has_is_said_and_not_compared(home: Home, table: str) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HA_NOI, HUE)
    altered(home, one, f"drop table marts.{table}")
    found = diff_releases(home, one, two)
    assert sections(found) == {"added": ["hue"]}
    assert found.notes == [f"release {one} has no table {table}: what it says is not compared"]


def test_a_release_from_before_the_second_map_is_compared_on_the_map_of_the_source(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HA_NOI, replace(HA_NOI, boundary="2025"))
    altered(
        home,
        one,
        "alter table marts.fct_indicator_value drop column boundary",
        "alter table marts.metric_yoy drop column boundary",
    )
    found = diff_releases(home, one, two)
    assert [(figure.unit_code, figure.boundary) for figure in found.figures["added"]] == [("ha_noi", "2025")]
    assert found.notes == [f"release {one} has no fct_indicator_value.boundary: not compared"]


def test_a_release_without_a_database_is_broken_and_named(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HUE)
    (home.releases / one / "warehouse.duckdb").unlink()
    with pytest.raises(EnvironmentBroken, match=one):
        diff_releases(home, one, two)


@pytest.mark.parametrize("kept", [0, 100, 5000, 20000])
def test_a_truncated_database_is_broken_and_named(home: Home, kept: int) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HUE)
    database = home.releases / two / "warehouse.duckdb"
    database.write_bytes(database.read_bytes()[:kept])
    with pytest.raises(EnvironmentBroken, match=two):
        diff_releases(home, one, two)


# -- which release is meant --------------------------------------------------------------------------------------------


def test_current_and_previous_follow_a_roll_back(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HUE)
    assert (resolve_release(home, "previous"), resolve_release(home, "current")) == (one, two)
    switch(home, one)
    assert resolve_release(home, "current") == one
    with pytest.raises(Misused, match="no release comes before"):
        resolve_release(home, "previous")


def test_the_beginning_of_an_id_is_enough_when_it_fits_one(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HUE)
    assert (resolve_release(home, one[:-2]), resolve_release(home, two[:-2])) == (one, two)


def test_the_beginning_of_two_ids_is_refused_and_both_are_named(home: Home) -> None:
    one, two = publish_figures(home, HA_NOI), publish_figures(home, HUE)
    with pytest.raises(Misused, match="beginning of 2 releases") as caught:
        resolve_release(home, one[:4])
    assert one in str(caught.value)
    assert two in str(caught.value)


@pytest.mark.parametrize("text", ["", ".", "..", "../releases", "x", "0000", "*", "switches.jsonl"])
def test_an_unknown_release_is_refused_and_the_known_ones_are_named(home: Home, text: str) -> None:
    one = publish_figures(home, HA_NOI)
    with pytest.raises(Misused, match="there is no release") as caught:
        resolve_release(home, text)
    assert one in str(caught.value)


def test_a_date_that_is_none_is_refused(home: Home) -> None:
    publish_figures(home, HA_NOI)
    with pytest.raises(Misused, match="is no date"):
        resolve_release(home, "2026-13-01")


def test_a_date_on_which_readers_saw_a_deleted_release_says_so(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    publish_figures(home, HUE)
    shutil.rmtree(home.releases / one)
    seen = json.loads((home.releases / "switches.jsonl").read_text("utf-8").splitlines()[0])["switched_at"]
    with pytest.raises(Misused, match="of which nothing is left"):
        resolve_release(home, seen)


def test_a_directory_without_a_manifest_is_no_release(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    publish_figures(home, HUE)
    (home.releases / one / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(EnvironmentBroken, match=one):
        resolve_release(home, one)


def test_without_any_release_the_first_step_is_named(home: Home) -> None:
    with pytest.raises(Misused, match="reform run"):
        resolve_release(home, "current")


# -- in words and in time ----------------------------------------------------------------------------------------


def provinces(count: int, **changed: Any) -> list[Figure]:
    return [replace(HA_NOI, unit_code=f"u{number:05}", **changed) for number in range(count)]


def test_a_long_section_shows_a_few_rows_its_count_and_how_to_see_all(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(home, provinces(30), provinces(30, value=51.0))
    print_diff(found, limit=10)
    short = capsys.readouterr().out
    assert "30, 10 shown" in short
    assert "--all" in short
    assert short.count("50.0 → 51.0") == 10
    print_diff(found, limit=None)
    assert capsys.readouterr().out.count("50.0 → 51.0") == 30


def test_everything_is_there_for_machines(home: Home) -> None:
    found = json.loads(json.dumps(compared(home, provinces(30), provinces(30, value=51.0)).as_dict(), default=str))
    assert len(found["figures"]["restated"]) == 30
    assert found["figures"]["restated"][0]["after"]["value"] == 51.0
    assert found["before"]["figures"] == 30


def test_a_file_name_is_printed_as_it_is(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    odd = replace(HA_NOI, value=51.0, source_document_id="[bold]x[/bold]")
    print_diff(compared(home, [HA_NOI], [odd]), limit=10)
    assert "[bold]x[/bold].xlsx" in capsys.readouterr().out


def test_thirty_five_thousand_restated_figures_are_compared_in_under_two_seconds(home: Home) -> None:
    def publish_many(value: float) -> str:
        build(home, replace(HA_NOI, value=value))
        with writer(home) as connection:
            for table in ("fct_indicator_value", "metric_yoy"):
                connection.execute(
                    f"insert into marts.{table} select t.* replace ('u' || n as unit_code) "
                    f"from marts.{table} as t, range(35000) as r(n)"
                )
        return publish(home).release_id

    one, two = publish_many(50.0), publish_many(51.0)
    started = time.process_time()
    found = diff_releases(home, one, two)
    assert len(found.figures["restated"]) == 35_001
    assert time.process_time() - started < 2
