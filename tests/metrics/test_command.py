"""`reform metrics` as it is typed: formats, exit codes, and which stream says what."""

from __future__ import annotations

import csv
import io
import json
import subprocess

import pytest

from tests.e2e.conftest import reform
from tests.metrics.conftest import QUOTED
from warehouse.home import Home

_ONE = ("--where", "indicator=PCI", "--where", "year=2012")


def query(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return reform(home, "metrics", "query", *arguments)


def test_list_names_every_metric_with_both_languages_and_its_dimensions(released: Home) -> None:
    done = reform(released, "metrics", "list")
    assert done.returncode == 0, done.stderr
    for piece in ("average_value  Average value · Giá trị bình quân", "by: indicator, unit,", "Đọc trước khi dùng:"):
        assert piece in done.stdout


def test_list_for_machines_holds_what_must_not_be_mixed(released: Home) -> None:
    metrics = {item["name"]: item for item in json.loads(reform(released, "metrics", "list", "--json").stdout)}
    assert metrics["average_value_on_2025_map"]["one_at_a_time"] == ["indicator", "year"]
    assert metrics["documents"]["on_the_other_map"] is None


def test_table_shows_numbers_and_what_to_read(released: Home) -> None:
    done = query(released, "average_value", *_ONE, "--where", "unit_type=province")
    assert done.returncode == 0, done.stderr
    assert "58.0000" in done.stdout
    assert "Read this before you use it" in done.stdout


def test_csv_is_only_the_answer_even_with_the_sql_shown(released: Home) -> None:
    done = query(released, "figures", "--by", "unit,is_synthetic", *_ONE, "--format", "csv", "--show-sql")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {"unit": QUOTED, "is_synthetic": "false", "figures": "1", "marks": ""} in rows
    assert "SELECT" in done.stderr


def test_json_holds_rows_definition_and_sql(released: Home) -> None:
    answer = json.loads(query(released, "figures", "--by", "year", "--format", "json").stdout)
    assert answer["rows"] == [{"year": 2012, "figures": 8}, {"year": 2013, "figures": 1}]
    assert answer["description_vi"].startswith("Bao nhiêu số liệu")
    assert answer["sql"].rstrip().endswith("figure__data_year")


@pytest.mark.parametrize(
    "arguments",
    [
        ("average_value",),
        ("no_such_metric",),
        ("figures", "--by", "no_such_dimension"),
        ("figures", "--where", "indicator"),
        ("figures", "--where", "indicator=x' or 1=1 --"),
    ],
)
def test_wrong_use_ends_in_words_and_2(released: Home, arguments: tuple[str, ...]) -> None:
    done = query(released, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
