"""The reference tables say nothing twice, nothing that contradicts itself, and name their sources."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest
import yaml

from ingestion.names import UnitResolver
from warehouse.home import REFERENCE_DIR
from warehouse.reference import load_reference

#: Tables of our own rules and counts, and the portal's ids, most of which we made up (tested with its reading). All
#: others carry facts, and facts have sources.
WITHOUT_SOURCE = {"expected_rows", "publisher_class", "units"}
CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
FILES = {path.stem: path for path in sorted(REFERENCE_DIR.rglob("*.csv"))}


def rows(table: str) -> list[dict[str, str]]:
    with FILES[table].open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


UNITS = {row["unit_code"]: row for row in rows("unit")}
INDICATORS = {row["indicator_code"]: row for row in rows("indicator")}


@pytest.fixture(scope="module")
def reference() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    load_reference(connection)
    yield connection
    connection.close()


def _valid_provinces(day: str) -> set[str]:
    return {
        code
        for code, unit in UNITS.items()
        if unit["unit_type"] == "province"
        and (unit["valid_from"] or "0001-01-01") <= day <= (unit["valid_to"] or "9999-12-31")
    }


# -- the files -----------------------------------------------------------------------------------------------------


def test_every_table_loads_with_the_types_it_is_described_with(reference: duckdb.DuckDBPyConnection) -> None:
    loaded = reference.execute("select table_name from information_schema.tables where table_schema = 'reference'")
    assert {name for (name,) in loaded.fetchall()} == set(FILES)


def test_every_column_is_described_in_both_languages() -> None:
    described = yaml.safe_load((REFERENCE_DIR / "tables.yml").read_text("utf-8"))
    bare = [
        (table, column)
        for table, about in described.items()
        for column, detail in about["columns"].items()
        if not (detail.get("vi") and detail.get("en"))
    ]
    assert bare == []


@pytest.mark.parametrize("table", sorted(set(FILES) - WITHOUT_SOURCE))
def test_every_row_has_a_source(table: str) -> None:
    assert [row for row in rows(table) if not row["source_url"].startswith(("http://", "https://"))] == []


@pytest.mark.parametrize("table", sorted(FILES))
def test_file_is_nfc_with_plain_line_ends(table: str) -> None:
    content = FILES[table].read_bytes().decode("utf-8")
    assert "\r" not in content
    assert unicodedata.is_normalized("NFC", content)


# -- units ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count"),
    [
        ("2008-07-31", 64),
        ("2008-08-01", 63),
        ("2025-06-30", 63),
        ("2025-07-01", 34),
        ("2026-11-23", 34),
    ],
)
def test_number_of_provinces_on_a_day(day: str, count: int) -> None:
    assert len(_valid_provinces(day)) == count


@pytest.mark.parametrize("version", rows("geography_version"), ids=lambda row: row["geography_version"])
def test_map_has_as_many_provinces_as_it_says(version: dict[str, str]) -> None:
    assert len(_valid_provinces(version["as_of"])) == int(version["province_count"])


def test_maps_follow_each_other_without_gap() -> None:
    versions = sorted(rows("geography_version"), key=lambda row: row["valid_from"])
    ends = [date.fromisoformat(row["valid_to"]) + timedelta(days=1) for row in versions[:-1]]
    assert ends == [date.fromisoformat(row["valid_from"]) for row in versions[1:]]


def test_eleven_provinces_keep_their_code_in_2025() -> None:
    assert len(_valid_provinces("2025-06-30") & _valid_provinces("2025-07-01")) == 11


def test_codes_are_slugs() -> None:
    assert [code for code in UNITS if not CODE.match(code)] == []


def test_no_two_units_bear_a_name_at_the_same_time() -> None:
    overlapping = [
        (one, other)
        for one, a in UNITS.items()
        for other, b in UNITS.items()
        if one < other
        and (a["unit_type"], a["name_vi"]) == (b["unit_type"], b["name_vi"])
        and (a["valid_from"] or "0") <= (b["valid_to"] or "9")
        and (b["valid_from"] or "0") <= (a["valid_to"] or "9")
    ]
    assert overlapping == []


def test_same_name_before_and_after_a_merger_is_two_units() -> None:
    resolver = UnitResolver.from_reference(REFERENCE_DIR)
    both = {resolver.resolve("Lào Cai", unit_type="province", data_year=year).unit_code for year in (2024, 2026)}
    assert both == {"lao_cai", "lao_cai_2025"}


def test_regions_hold_all_63_provinces() -> None:
    assert {UNITS[code]["region_code"] for code in _valid_provinces("2025-06-30")} == {f"R{n}" for n in range(1, 7)}


def test_official_code_belongs_to_one_province_at_a_time() -> None:
    codes = rows("unit_official_code")
    clashes = [
        (a["unit_code"], b["unit_code"])
        for a in codes
        for b in codes
        if a["unit_code"] < b["unit_code"]
        and a["official_code"] == b["official_code"]
        and (a["valid_from"] or "0") <= (b["valid_to"] or "9")
        and (b["valid_from"] or "0") <= (a["valid_to"] or "9")
    ]
    assert clashes == []


# -- lineage -------------------------------------------------------------------------------------------------------


def test_every_unit_that_begins_has_predecessors_whose_weights_sum_to_one() -> None:
    weights: dict[str, float] = {}
    for row in rows("unit_lineage"):
        weights[row["successor_code"]] = weights.get(row["successor_code"], 0) + float(row["weight"])
    begun = {code for code, unit in UNITS.items() if unit["valid_from"]}
    assert weights == {code: pytest.approx(1, abs=1e-12) for code in begun}


def test_predecessor_ends_on_the_day_before_its_successor_begins() -> None:
    wrong = [
        row
        for row in rows("unit_lineage")
        if not (
            UNITS[row["successor_code"]]["valid_from"] == row["effective_date"]
            and date.fromisoformat(UNITS[row["predecessor_code"]]["valid_to"]) + timedelta(days=1)
            == date.fromisoformat(row["effective_date"])
        )
    ]
    assert wrong == []


def test_every_unit_that_ends_has_a_successor() -> None:
    ended = {code for code, unit in UNITS.items() if unit["valid_to"]}
    assert ended == {row["predecessor_code"] for row in rows("unit_lineage")}


# -- aliases -------------------------------------------------------------------------------------------------------


def test_every_alias_resolves_to_its_unit() -> None:
    resolver = UnitResolver.from_reference(REFERENCE_DIR)
    wrong = []
    for row in rows("unit_alias"):
        unit = UNITS[row["unit_code"]]
        year = int((unit["valid_to"] or "2026")[:4]) - (1 if unit["valid_to"] else 0)
        match = resolver.resolve(row["alias"], unit_type=unit["unit_type"], data_year=year)
        if match.unit_code != row["unit_code"]:
            wrong.append((row["alias"], row["unit_code"], match))
    assert wrong == []


# -- indicators ----------------------------------------------------------------------------------------------------


def _runs(table: str) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows(table):
        found.setdefault(row["indicator_code"], []).append((int(row["year_from"]), int(row["year_to"] or 9999)))
    return {code: sorted(runs) for code, runs in found.items()}


def test_every_indicator_lies_below_its_parent() -> None:
    wrong = [
        code
        for code, row in INDICATORS.items()
        if row["parent_code"]
        and (row["parent_code"] not in INDICATORS or INDICATORS[row["parent_code"]]["index_code"] != row["index_code"])
    ]
    assert wrong == []


def test_every_indicator_has_periods_that_span_its_years() -> None:
    runs = _runs("indicator_period")
    spans = {code: (years[0][0], years[-1][1]) for code, years in runs.items()}
    assert spans == {code: (int(row["first_year"]), int(row["last_year"] or 9999)) for code, row in INDICATORS.items()}


@pytest.mark.parametrize("table", ["indicator_period", "indicator_max"])
def test_years_of_an_indicator_do_not_overlap(table: str) -> None:
    overlapping = [code for code, runs in _runs(table).items() if any(one[1] >= two[0] for one, two in pairwise(runs))]
    assert overlapping == []


def test_vietnamese_names_tell_the_indicators_of_an_index_apart() -> None:
    names = [(row["index_code"], row["name_vi"]) for row in INDICATORS.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("year", "dimension", "children"),
    [
        (2017, "PAPI.D2", {"SC22", "SC23", "SC24"}),
        (2018, "PAPI.D2", {"SC21", "SC22", "SC23", "SC24"}),
        (2015, "PAPI.D3", {"SC31", "SC3_PIB", "SC3_CIB"}),
        (2017, "PAPI.D3", {"SC31", "SC32", "SC3_PIB"}),
        (2018, "PAPI.D3", {"SC31", "SC32", "SC33"}),
        (2020, "PAPI.D5", {"SC51", "SC52", "SC53", "SC54"}),
        (2021, "PAPI.D5", {"SC51", "SC53", "SC54"}),
        (2018, "PAPI.D8", {"SC81", "SC82"}),
    ],
)
def test_children_of_a_papi_dimension_in_a_year(year: int, dimension: str, children: set[str]) -> None:
    runs = _runs("indicator_period")
    assert children == {
        code.removeprefix("PAPI.")
        for code, row in INDICATORS.items()
        if row["parent_code"] == dimension and any(first <= year <= last for first, last in runs[code])
    }


@pytest.mark.parametrize(("year", "parts"), [(2005, 9), (2006, 10), (2008, 10), (2009, 9), (2012, 9), (2013, 10)])
def test_number_of_pci_parts_in_a_year(year: int, parts: int) -> None:
    runs = _runs("indicator_period")
    existing = [
        code
        for code, row in INDICATORS.items()
        if row["parent_code"] == "PCI" and any(first <= year <= last for first, last in runs[code])
    ]
    assert len(existing) == parts


@pytest.mark.parametrize(
    ("code", "year", "maximum"),
    [
        ("PAPI", 2017, 60),
        ("PAPI", 2018, 80),
        ("PAPI.D1", 2011, 10),
        ("PAPI.SC51", 2020, 2.5),
        ("PAPI.SC51", 2021, 10 / 3),
        ("PAPI.SC22", 2017, 10 / 3),
        ("PAPI.SC22", 2018, 2.5),
        ("PAPI.SC82", 2018, 5),
        ("PCI", 2010, 100),
        ("PAR_INDEX.F3", 2017, 14.5),
        ("PAR_INDEX.F3", 2018, None),
        ("QD766.MDSH", 2024, 22),
        ("DTI", 2024, 1),
    ],
)
def test_maximum_of_an_indicator_in_a_year(code: str, year: int, maximum: float | None) -> None:
    found = [
        float(row["max_value"])
        for row in rows("indicator_max")
        if row["indicator_code"] == code and int(row["year_from"]) <= year <= int(row["year_to"] or 9999)
    ]
    assert found == ([] if maximum is None else [pytest.approx(maximum)])


@pytest.mark.parametrize("year", [2015, 2018, 2021])
def test_maxima_of_papi_sub_dimensions_add_up_to_their_dimension(
    reference: duckdb.DuckDBPyConnection, year: int
) -> None:
    sums = reference.execute(
        "select parent_code, sum(max_value) from reference.indicator_max "
        "join reference.indicator using (indicator_code) "
        "where indicator_level = 'sub_dimension' and index_code = 'PAPI' "
        "and ? between year_from and coalesce(year_to, 9999) group by parent_code",
        [year],
    ).fetchall()
    assert sums
    assert [total for _, total in sums] == [pytest.approx(10)] * len(sums)


# -- methodology ---------------------------------------------------------------------------------------------------

REASONS = {
    "method_changed",
    "scale_changed",
    "definition_changed",
    "population_changed",
    "boundary_changed",
}
TOUCHES = {
    "scale",
    "population",
    "questions",
    "weights",
    "components_added",
    "components_dropped",
    "territory",
    "publication",
    "unknown",
}
VERDICTS = {"suspected", "confirmed", "cleared"}


def test_change_touches_what_exists() -> None:
    indices = {row["index_code"] for row in rows("index_definition")}
    wrong = [
        row
        for row in rows("methodology_change")
        if row["index_code"] not in indices
        or row["reason"] not in REASONS
        or row["scope"] not in {"index", "total", "indicator"}
        or (row["scope"] == "indicator") != (row["indicator_code"] in INDICATORS)
    ]
    assert wrong == []


def test_every_index_has_one_method_in_every_year_it_exists() -> None:
    versions = rows("methodology_version")
    wrong = []
    for index in rows("index_definition"):
        for year in range(int(index["first_year"]), 2027):
            valid = [
                row
                for row in versions
                if row["index_code"] == index["index_code"]
                and int(row["year_from"]) <= year <= int(row["year_to"] or 9999)
            ]
            if len(valid) != 1:
                wrong.append((index["index_code"], year, len(valid)))
    assert wrong == []


@pytest.mark.parametrize(
    ("index", "years"),
    [
        ("PAR_INDEX", {2016, 2017, 2019, 2020, 2022, 2024, 2025}),
        ("SIPAS", {2022, 2023}),
        ("DTI", {2024}),
    ],
)
def test_years_in_which_a_whole_index_changes(index: str, years: set[int]) -> None:
    assert years == {
        int(row["first_year"])
        for row in rows("methodology_change")
        if row["index_code"] == index and row["scope"] == "index"
    }


@pytest.mark.parametrize(
    ("indicator", "year", "reason"),
    [
        ("PAPI.SC51", 2021, "scale_changed"),
        ("PAPI.D5", 2021, "method_changed"),
        ("PAPI.D8", 2019, "method_changed"),
        ("PAPI.SC22", 2018, "scale_changed"),
        ("PCI.BUSINESS_SUPPORT", 2009, "definition_changed"),
        ("PCI.POLICY_BIAS", 2013, "definition_changed"),
    ],
)
def test_known_change_of_an_indicator(indicator: str, year: int, reason: str) -> None:
    found = [
        row["reason"]
        for row in rows("methodology_change")
        if row["indicator_code"] == indicator and int(row["first_year"]) == year
    ]
    assert found == [reason]


def test_every_change_says_what_it_touches() -> None:
    wrong = [
        row["change_id"]
        for row in rows("methodology_change")
        if not set(row["touches"].split(";")) <= TOUCHES
        or (row["reason"] == "boundary_changed") != (row["touches"] == "territory")
        or (row["reason"] == "population_changed" and "population" not in row["touches"])
        or (row["reason"] == "scale_changed" and "scale" not in row["touches"])
    ]
    assert wrong == []


def test_every_reading_is_of_a_known_indicator_and_in_both_languages() -> None:
    wrong = [
        (row["indicator_code"], row["data_year"])
        for row in rows("break_review")
        if row["indicator_code"] not in INDICATORS
        or row["verdict"] not in VERDICTS
        or not (row["reading_vi"].strip() and row["reading_en"].strip() and row["reviewed_at"])
        or (row["verdict"] == "confirmed") != (row["reason"] in REASONS - {"boundary_changed"})
    ]
    assert wrong == []


def test_no_year_is_both_stated_to_have_changed_and_under_suspicion() -> None:
    stated = {(row["indicator_code"], row["first_year"]) for row in rows("methodology_change")}
    assert [row for row in rows("break_review") if (row["indicator_code"], row["data_year"]) in stated] == []


def test_every_criteria_set_belongs_to_a_version_of_its_index() -> None:
    versions = {(row["index_code"], row["methodology_version"]) for row in rows("methodology_version")}
    assert {(row["index_code"], row["methodology_version"]) for row in rows("criteria_count")} <= versions


@pytest.mark.parametrize(
    ("version", "unit_type", "counts"),
    [
        ("2012", "province", ("8", "34", "104", "")),
        ("2020", "ministry", ("7", "40", "99", "36.5")),
        ("2022", "province", ("8", "37", "88", "32")),
    ],
)
def test_counts_of_a_criteria_set(version: str, unit_type: str, counts: tuple[str, ...]) -> None:
    found = [
        (row["fields"], row["criteria"], row["sub_criteria"], row["survey_points"])
        for row in rows("criteria_count")
        if row["methodology_version"] == version and row["unit_type"] == unit_type
    ]
    assert found == [counts]


# -- documents and publishers --------------------------------------------------------------------------------------


def test_every_publisher_has_a_class() -> None:
    classes = {row["publisher_class"] for row in rows("publisher_class")}
    assert {row["publisher_class"] for row in rows("publisher")} <= classes


def test_figure_counts_are_plausible_for_their_units() -> None:
    assert [row for row in rows("expected_rows") if int(row["expected_figures"]) < int(row["expected_units"])] == []
