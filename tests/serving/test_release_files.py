"""Parquet, CSV and the data package of a release: described, keyed, harmless in a spreadsheet, stable bytes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import frictionless
import pyarrow.parquet as pq
import pytest

from tests.serving.releases import KEY, UNITS, make_release
from tests.warehouse.marts import Figure
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release_files import write_files
from warehouse.table_shapes import Keys, keys_in_project, keys_that_hold, read_keys

FIGURES = [Figure(unit_code=unit, data_year=year) for unit in reversed(UNITS) for year in (2014, 2012, 2013)]


def package(release: Path) -> dict[str, dict[str, object]]:
    described = json.loads((release / "datapackage.json").read_text("utf-8"))
    return {resource["name"]: resource for resource in described["resources"]}


def test_parquet_is_compressed_and_sorted_by_the_key_with_statistics(home: Home) -> None:
    file = pq.ParquetFile(make_release(home, *FIGURES) / "parquet" / "metric_yoy.parquet")
    keys = file.read(columns=KEY).to_pylist()
    assert keys == sorted(keys, key=lambda row: tuple(row.values()))
    group = file.metadata.row_group(0)
    assert [file.schema_arrow.names[item.column_index] for item in group.sorting_columns] == KEY
    assert group.column(0).compression == "ZSTD"
    assert group.column(2).statistics.min == 2012


def test_parquet_carries_meanings_in_both_languages(home: Home) -> None:
    schema = pq.read_schema(make_release(home) / "parquet" / "dim_unit.parquet")
    assert schema.metadata[b"description_vi"].decode() == "Mỗi dòng là một đơn vị."
    assert schema.field("name_vi").metadata == {
        b"comment": "The name; it's so. — Tiếng Việt: Tên đơn vị.".encode(),
        b"description_en": b"The name; it's so.",
        b"description_vi": "Tên đơn vị.".encode(),
    }


def test_parquet_holds_what_the_database_holds(home: Home) -> None:
    release = make_release(home, *FIGURES)
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        tables = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        for table in tables:
            file = release / "parquet" / f"{table}.parquet"
            differing = connection.execute(
                f"(from marts.{table} except all from '{file}') union all (from '{file}' except all from marts.{table})"
            ).fetchall()
            assert differing == [], table


def test_the_same_marts_give_the_same_bytes(home: Home, tmp_path: Path) -> None:
    release = make_release(home, *FIGURES)
    again = tmp_path / "again"
    again.mkdir()
    facts = json.loads((release / "manifest.json").read_text("utf-8"))
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        write_files(connection, again, home.dbt_target / "manifest.json", facts)
    files = [path.relative_to(again) for path in sorted(again.rglob("*")) if path.is_file()]
    assert len(files) > 10
    assert [file for file in files if (again / file).read_bytes() != (release / file).read_bytes()] == []


def test_csv_opens_in_excel_as_utf_8_and_reads_back_as_rfc_4180(home: Home) -> None:
    path = make_release(home) / "csv" / "dim_unit.csv"
    assert path.read_bytes().startswith("\ufeffunit_code,name_vi\r\n".encode())
    with path.open(encoding="utf-8-sig", newline="") as reading:
        rows = {row["unit_code"]: row["name_vi"] for row in csv.DictReader(reading)}
    assert rows == {**UNITS, "formula": "'=HYPERLINK(1)"}


def test_csv_tells_an_empty_text_from_a_missing_one_and_keeps_numbers_as_they_are(home: Home) -> None:
    text = (make_release(home) / "csv" / "every_type.csv").read_text("utf-8-sig")
    assert "true,7,9007199254740993,0.1,1234.50,chữ,1890-05-19,2026-11-23 18:22:16" in text
    assert 'false,,,,,"",,' in text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_text_a_spreadsheet_would_compute_has_an_apostrophe_in_the_csv_alone(home: Home, sign: str) -> None:
    release = make_release(home, units={"ha_noi": f"{sign}1+1"})
    with (release / "csv" / "dim_unit.csv").open(encoding="utf-8-sig", newline="") as reading:
        assert [row["name_vi"] for row in csv.DictReader(reading)] == [f"'{sign}1+1"]
    assert pq.read_table(release / "parquet" / "dim_unit.parquet")["name_vi"].to_pylist() == [f"{sign}1+1"]


def test_the_package_is_valid_for_a_stranger(home: Home) -> None:
    report = frictionless.validate(str(make_release(home, *FIGURES) / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


def test_the_package_says_keys_references_and_what_is_made_up(home: Home) -> None:
    table = package(make_release(home, *FIGURES))["fct_indicator_value"]
    assert table["schema"]["primaryKey"] == KEY  # type: ignore[index]
    assert table["schema"]["foreignKeys"] == [  # type: ignore[index]
        {"fields": "unit_code", "reference": {"resource": "dim_unit", "fields": "unit_code"}}
    ]
    assert table["is_synthetic"] == "unknown"


def test_a_broken_file_is_found_out_by_its_hash(home: Home) -> None:
    release = make_release(home)
    (release / "csv" / "dim_unit.csv").write_text("unit_code,name_vi\r\nha_noi,x\r\n")
    assert not frictionless.validate(str(release / "datapackage.json")).valid


def test_a_key_the_rows_contradict_is_not_promised(home: Home) -> None:
    release = make_release(home)
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        connection.execute("insert into marts.dim_unit from marts.dim_unit")
        keys = keys_that_hold(connection, keys_in_project(home.dbt_target / "manifest.json"))
    assert keys["dim_unit"] == Keys()
    assert keys["fct_indicator_value"].references == ()


def test_keys_travel_with_the_release(home: Home) -> None:
    keys = read_keys(make_release(home))
    assert keys["metric_vintage"].key == (*KEY, "from_release_id")
    assert keys["dim_unit"].key == ("unit_code",)


def test_a_column_of_a_type_nobody_shares_is_refused_by_name(home: Home, tmp_path: Path) -> None:
    release = make_release(home)
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        connection.execute("update marts.dictionary set data_type = 'INTEGER[]' where column_name = 'words'")
        with pytest.raises(EnvironmentBroken, match=r"column words has the type INTEGER\[\]"):
            write_files(connection, tmp_path, tmp_path / "none", {"release_id": "r", "published_at": "p"})
