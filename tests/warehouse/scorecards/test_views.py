"""What stands on the pages, before any of it is HTML."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.warehouse.scorecards.figures import HUE, NEW_LAO_CAI, OLD_LAO_CAI, broken, figure, marks, material, unit
from warehouse.pages import page_environment
from warehouse.scorecards import compare_view, unit_view
from warehouse.scorecards.league_view import league_of
from warehouse.scorecards.pictures import FIGURE_COLUMNS, Table, figure_table, marks_in, write_table
from warehouse.scorecards.tiles import grid, tiles
from warehouse.scorecards.wording import Writer


def part(code: str, amount: float | None) -> dict[str, object]:
    return {"component_code": code, "comparable_contribution": amount}


def test_the_bars_of_a_waterfall_lead_from_one_year_to_the_next() -> None:
    own = figure(2022, 42.0, previous_value=40.0, change=2.0)
    steps = unit_view.steps_of(material(), own, [part("PAPI.D1", 3.0), part("PAPI.D2", -1.0)])
    assert [(step.label[1], step.amount, step.end) for step in steps] == [
        ("2021", None, 40.0), ("Participation", 3.0, 43.0), ("Openness", -1.0, 42.0), ("2022", None, 42.0),
    ]  # fmt: skip


def test_a_part_that_cannot_be_compared_gets_no_bar_of_its_own() -> None:
    own = figure(2022, 42.0, previous_value=40.0, change=2.0)
    steps = unit_view.steps_of(material(), own, [part("PAPI.D1", 3.0), part("PAPI.D2", None)])
    rest = steps[-2]
    assert (rest.label[1], rest.amount, rest.is_comparable) == ("Parts that cannot be compared singly", -1.0, False)
    assert "Openness" not in {step.label[1] for step in steps}


def test_the_page_of_a_merged_province_shows_the_present_map_only() -> None:
    own = figure(2022, 41.0, unit_code="lao_cai_2025", boundary="2025")
    old = figure(2022, 39.0, unit_code="lao_cai")
    lineage = ({"predecessor_code": "lao_cai", "successor_code": "lao_cai_2025"},)
    view = unit_view.view_of(material((own, old), (NEW_LAO_CAI, OLD_LAO_CAI), lineage=lineage), "lao_cai_2025")
    assert [one.figure for one in view.positions] == [own]
    assert [one.code for one in view.predecessors] == ["lao_cai"]


def test_a_unit_on_both_maps_has_its_rank_on_the_other_beside() -> None:
    published, present = figure(2022, 43.0, rank=12), figure(2022, 43.0, rank=6, out_of=34, boundary="2025")
    view = unit_view.view_of(material((published, present), (unit("ha_noi_2008", "Hà Nội"),)), "ha_noi_2008")
    (only,) = view.positions
    assert (only.figure.rank, only.other_rank and only.other_rank.rank) == (12, 6)


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("Năm 2022, Hà Nội – “Y tế công lập” (PAPI): 2,1 điểm.", "2,1 điểm."),
        ('In 2022, Ha Noi – "Index (PAPI)": place 6 of 33.', "Place 6 of 33."),
        ("Một câu khác: không đổi.", "Một câu khác: không đổi."),
    ],
)
def test_a_sentence_of_evidence_does_not_repeat_its_heading(sentence: str, rest: str) -> None:
    assert unit_view.without_subject(sentence) == rest


def test_a_league_of_a_few_provinces_says_so_and_has_no_map() -> None:
    provinces = tuple(unit(f"p{place}", f"Tỉnh {place}", place) for place in range(63))
    few = tuple(figure(2023, float(place), unit_code=f"p{place}", rank=None) for place in range(3))
    (section,) = league_of(material(few, provinces), "PAPI", 2023).sections
    assert (section.is_ranked, section.map_picture, section.up, len(section.rows)) == (False, None, (), 3)


def test_a_move_that_cannot_be_compared_is_among_the_withheld_and_not_the_moves() -> None:
    provinces = tuple(unit(f"p{place}", f"Tỉnh {place}", place) for place in range(4))
    rows = (
        figure(2022, 9.0, unit_code="p0", change=1.0), figure(2022, 8.0, unit_code="p1", change=-2.0),
        figure(2022, 7.0, unit_code="p2", change=0.0),
        figure(2022, 1.0, unit_code="p3", change=None, is_comparable=False, reason="method_changed"),
    )  # fmt: skip
    (section,) = league_of(material(rows, provinces), "PAPI", 2022, is_drawn=False).sections
    assert [one.unit_code for one in section.up] == ["p0"]
    assert [one.unit_code for one in section.down] == ["p1"]
    assert [(one.reason, one.count) for one in section.withheld] == [("method_changed", 1)]


@pytest.mark.parametrize(("version", "count"), [("34", 34), ("63", 63)])
def test_every_province_has_one_tile_and_so_have_the_archipelagos(version: str, count: int) -> None:
    places = grid(version)
    assert len({place.unit_code for place in places if place.island is None}) == count
    assert len({(place.column, place.row) for place in places}) == count + 2
    belongs = {place.island[0]: place.unit_code.removesuffix("_2025") for place in places if place.island}
    assert belongs == {"Hoàng Sa": "da_nang", "Trường Sa": "khanh_hoa"}


def test_a_tile_says_value_mark_and_rank_and_one_without_a_figure_a_dash() -> None:
    figures = {"ha_noi_2008": figure(2022, 43.9, rank=6, marks=marks("conflict", "derived"))}
    units = {"ha_noi_2008": unit("ha_noi_2008", "Hà Nội")}
    drawn = {tile.label[0]: tile for tile in tiles("34", 2022, units, figures, 2)}
    assert (drawn["Hà Nội"].text, drawn["lang_son"].text, drawn["Hoàng Sa"].quarter) == ("43.90‡ · 6", "–", None)


@pytest.mark.parametrize(
    ("version", "boundary", "year", "name"),
    [
        ("63", "published", 2020, "Thừa Thiên Huế"),
        ("63", "published", 2024, "Thừa Thiên Huế"),
        ("63", "published", 2025, "Huế"),
        ("34", "2025", 2020, "Huế"),
    ],
)
def test_a_league_calls_a_renamed_unit_by_its_name_of_that_year_and_the_present_map_by_that_of_today(
    version: str, boundary: str, year: int, name: str
) -> None:
    figures = tuple(
        figure(year, 40.0, unit_code=place.unit_code, boundary=boundary) for place in grid(version) if not place.island
    )
    others = (unit(one.unit_code, one.unit_code) for one in figures if one.unit_code != HUE.code)
    made = material(figures, (HUE, *others))
    (own,) = (one for one in figures if one.unit_code == HUE.code)
    drawn = tiles(version, year, made.units, {one.unit_code: one for one in figures}, 2)
    assert {tile.label[0] for tile in drawn} & {"Huế", "TT-Huế"} == {"TT-Huế" if name == "Thừa Thiên Huế" else "Huế"}
    assert figure_table(made, [own]).rows[0][:2] == (HUE.code, name)
    league = league_of(made, "PAPI", year, is_drawn=False)
    page = page_environment("vi").from_string(
        "{% import 'scorecards/macros.html.j2' as m with context %}{{ m.league(league) }}"
    )
    html = page.render(
        league=league, w=Writer("vi"), units=made.units, pages=set(), root="../", indicators=made.indicators
    )
    assert f'<th scope="row">{name}</th>' in html


def test_the_page_of_a_renamed_unit_says_what_it_was_called_until_when() -> None:
    assert HUE.former_words == ("đến 31/12/2024: Thừa Thiên Huế", "until 2024-12-31: Thua Thien-Hue")
    assert unit("ha_noi_2008", "Hà Nội").former_words == ("", "")


def test_the_caption_names_the_marks_of_the_values_only() -> None:
    rows = [figure(2022, 1.0, marks=marks("derived", "not_comparable")), figure(2022, None, marks=marks("conflict"))]
    assert [mark.code for mark in marks_in(rows)] == ["derived"]


def test_the_data_behind_a_chart_holds_no_change_that_cannot_be_compared(tmp_path: Path) -> None:
    rows = [figure(2021, 1.5, marks=marks("synthetic")), broken(2022, 2.5)]
    write_table(figure_table(material(units=(unit("ha_noi_2008", "Hà Nội"),)), rows), tmp_path / "chart.csv")
    with (tmp_path / "chart.csv").open(encoding="utf-8-sig", newline="") as stream:
        read = list(csv.DictReader(stream))
    assert tuple(read[0]) == FIGURE_COLUMNS
    held = [(row["value"], row["change"], row["marks"]) for row in read]
    assert held == [("1.5", "1.0", "synthetic"), ("2.5", "", "")]


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "＝1"])
def test_a_text_that_would_be_a_formula_is_made_harmless(tmp_path: Path, text: str) -> None:
    write_table(Table(("name", "value"), ((text, -1.5),)), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1] == [f"'{text}", "-1.5"]


def test_the_data_file_of_a_unit_cannot_end_a_script() -> None:
    hostile = unit("ha_noi_2008", "</script><b>")
    script = compare_view.data_file(material((figure(2022, 43.912, marks=marks("derived")),), (hostile,)), hostile)
    assert "</script" not in script
    content = json.loads(script.removeprefix("reformScorecards.take(").removesuffix(");\n"))
    assert content["figures"] == [["PAPI", 2022, "published", "43.91", 1, 63, "∑"]]
