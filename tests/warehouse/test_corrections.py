"""The files of corrections: what is read, what is refused with its place, and what reaches the database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from warehouse.connection import writer
from warehouse.corrections import corrections_hash, load_corrections, read_corrections
from warehouse.errors import EnvironmentBroken
from warehouse.home import CORRECTIONS_DIR, Home
from warehouse.raw_schema import RAW_SCHEMA_VERSION, ensure_raw_schema

GOOD = """
- id: one-figure
  source: pci
  status: confirmed
  action: override
  field: value
  reason_vi: In nhầm.
  reason_en: A misprint.
  source_url: https://example.org
  decided_by: somebody
  decided_on: 2026-11-23
  figures:
    - {document: "pci:2010", place: "S!B2", unit: Hà Nội, indicator: PCI, expected_old_value: "50", new_value: "51"}
"""


def write(home: Home, text: str, name: str = "own.yml") -> Path:
    path = home.corrections / name
    path.write_text(text, "utf-8")
    return path


def test_corrections_of_the_project_and_of_the_installation_are_read(home: Home) -> None:
    write(home, GOOD)
    found = {correction.id for correction in read_corrections(home)}
    of_project = {entry["id"] for path in CORRECTIONS_DIR.glob("*.yml") for entry in yaml.safe_load(path.read_text())}
    assert found == of_project | {"one-figure"}


def test_every_bundled_correction_says_why_in_both_languages_and_where_it_is_seen(home: Home) -> None:
    for correction in read_corrections(home):
        assert correction.reason_vi != correction.reason_en, correction.id
        assert correction.source_url.startswith(("https://", "http://")), correction.id


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('new_value: "51"', "", "new_value belongs to every figure of an override"),
        ("action: override", "action: scale", "new_value belongs to every figure of an override, and to no other"),
        ("status: confirmed", "status: perhaps", "status: Input should be 'proposed', 'confirmed' or 'retired'"),
        ('expected_old_value: "50"', "expected_old_value: 50", "expected_old_value: Input should be a valid string"),
        ("  reason_vi: In nhầm.\n", "", "reason_vi: Field required"),
        ("decided_by: somebody", "decided_by: somebody\n  by_whom: me", "by_whom: Extra inputs are not permitted"),
        ("- id: one-figure", "- id: One Figure", "id: String should match pattern"),
    ],
)
def test_a_bad_entry_is_named_with_its_file_its_id_and_the_reason(
    home: Home, was: str, becomes: str, said: str
) -> None:
    write(home, GOOD.replace(was, becomes))
    with pytest.raises(EnvironmentBroken) as caught:
        read_corrections(home)
    assert str(caught.value).startswith("own.yml, correction ")
    assert said in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [("a: [", "is no YAML"), ("a: 1", "expected a list"), ("- 1", "number 1")])
def test_a_file_that_is_no_list_of_corrections_is_named(home: Home, text: str, said: str) -> None:
    write(home, text)
    with pytest.raises(EnvironmentBroken, match=f"own.yml.*{said}"):
        read_corrections(home)


def test_an_id_given_twice_names_both_files(home: Home) -> None:
    write(home, GOOD, "a.yml")
    write(home, GOOD, "b.yml")
    with pytest.raises(EnvironmentBroken, match=r"b\.yml.*'one-figure' stands in a\.yml already"):
        read_corrections(home)


def test_only_documents_of_the_corrected_source_are_read_again(home: Home) -> None:
    before = {source: corrections_hash(home, source) for source in ("pci", "papi")}
    write(home, GOOD)
    assert corrections_hash(home, "pci") != before["pci"]
    assert corrections_hash(home, "papi") == before["papi"]


def test_a_withdrawn_correction_leaves_the_database(home: Home) -> None:
    path = write(home, GOOD)
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_corrections(connection, home)
        counted = "select decided_on, new_value from raw.correction where correction_id = 'one-figure'"
        assert connection.execute(counted).fetchall() == [(date(2026, 11, 23), "51")]
        path.unlink()
        load_corrections(connection, home)
        assert connection.execute(counted).fetchall() == []


def test_a_database_from_before_corrections_is_brought_forward_with_its_rows() -> None:
    connection = duckdb.connect()
    ensure_raw_schema(connection)
    for table in ("figure", "quarantine"):
        connection.execute(f"alter table raw.{table} drop column correction_id")
    connection.execute("drop table raw.correction; drop table raw.correction_applied")
    connection.execute("delete from raw.schema_version; insert into raw.schema_version values (1)")
    connection.execute(
        "insert into raw.figure by name select 'b_1' as batch_id, 1 as row_id, 'x' as unit_text, 'S!A1' as "
        "unit_locator, 'province' as unit_type, 'y' as indicator_text, 'PCI' as indicator_code, "
        "'printed' as figure_status"
    )
    ensure_raw_schema(connection)
    assert connection.execute("select row_id, correction_id from raw.figure").fetchall() == [(1, None)]
    assert connection.execute("select max(version) from raw.schema_version").fetchall() == [(RAW_SCHEMA_VERSION,)]
