"""No output loses a mark: every way a figure leaves the product is found, registered here, and tried on a marked one.

What leaves is found in the code itself: commands, routes and forms of the API, writers of a release, report formats.
One that is new and not registered fails the first test; a mark that is missing fails the second.
"""

from __future__ import annotations

import ast
import csv
import inspect
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import docx
import duckdb
import httpx
import openpyxl
import pdfplumber
import polars as pl
import pytest
import typer.main
import yaml

from cli.main import app
from tests.e2e.conftest import reform
from tests.e2e.marked_release import CHANGE_MARKS, INDICATOR, UNIT, VALUE, VALUE_MARKS, YEAR, Marked, plant
from tests.warehouse.serving.small_release import served
from warehouse import release
from warehouse.home import PROJECT_ROOT, Home
from warehouse.marks import MARK_COLUMNS, MARKS, marks_of
from warehouse.release_files import write_files
from warehouse.release_pages import write_pages
from warehouse.reports.write import FORMATS, write_report
from warehouse.scorecards.site import write_scorecards
from warehouse.serving.negotiation import MEDIA_TYPES
from warehouse.serving.routes import router
from warehouse.trail_page import write_trail_pages

pytestmark = pytest.mark.e2e

_VALUE_SIGNS = "".join(MARKS[code].sign for code in VALUE_MARKS)
_CHANGE_SIGNS = "".join(MARKS[code].sign for code in CHANGE_MARKS)
#: metric_yoy does not hold whether its value was corrected or is a sum: both stand in fct_indicator_value.
_YOY_MARKS = {"synthetic", "provisional", "assumption", "conflict", *CHANGE_MARKS}
#: Marts with a value or change and no column that says whether it was made up; no index figure is, and the figure's own
#: row in fct_indicator_value says so.
_WITHOUT_SYNTHETIC = {"metric_contribution", "metric_rank_change", "metric_vintage"}


def _codes(row: dict[str, Any]) -> set[str]:
    return {mark.code for mark in marks_of(row)}


def _is_planted(row: dict[str, Any]) -> bool:
    key = (row["unit_code"], row["indicator_code"], int(row["data_year"]), row["boundary"])
    return key == (UNIT, INDICATOR, YEAR, "published")


def _trail(marked: Marked) -> None:
    docs = marked.folder / "docs"
    docs.mkdir()
    write_trail_pages(marked.database, docs, "r")
    for language, number in (("vi", "71,2345"), ("en", "71.2345")):
        page = (docs / "trail" / language / UNIT / f"{INDICATOR}.html").read_text("utf-8")
        assert f'{number}<span class="mark">{_VALUE_SIGNS}</span>' in page
        assert f"<td>{_CHANGE_SIGNS} 2023" in page
        words = (page_of.vi if language == "vi" else page_of.en for page_of in MARKS.values()
                 if page_of.code in {*VALUE_MARKS, *CHANGE_MARKS})  # fmt: skip
        assert all(word in page for word in words)


def _scorecards(marked: Marked) -> None:
    docs = marked.folder / "cards"
    docs.mkdir()
    write_scorecards(marked.database, docs, "r")
    pages = [path.read_text("utf-8") for path in (docs / "scorecards" / "vi").rglob("*.html")]
    shown = [place for page in pages for place in re.findall(r"71,23.{0,600}", page, re.S)]
    assert shown
    assert any(MARKS["synthetic"].sign in place for place in shown)
    assert all(any(MARKS[code].vi in page for page in pages) for code in VALUE_MARKS)


def _report(marked: Marked, kind: str) -> str:
    path, = write_report(marked.database, [UNIT], marked.folder, "r", datetime(2026, 11, 29, tzinfo=UTC), [kind])
    if kind == "pdf":
        with pdfplumber.open(path) as document:
            cells = [cell or "" for page in document.pages for table in page.extract_tables() for row in table
                     for cell in row]  # fmt: skip
            return "\n".join([*cells, *(page.extract_text() for page in document.pages)])
    if kind == "docx":
        document = docx.Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])
    book = openpyxl.load_workbook(path)
    return "\n".join(
        "\t".join("" if value is None else str(value) for value in row)
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
    )


def _report_in(kind: str) -> Callable[[Marked], None]:
    def check(marked: Marked) -> None:
        text = _report(marked, kind)
        # A narrow column breaks between the number and its signs, or between two of them.
        close = "".join(text.split())
        assert f"71,23{_VALUE_SIGNS}" in close
        assert _CHANGE_SIGNS in close
        assert all("".join(MARKS[code].vi.split()) in close for code in (*VALUE_MARKS, *CHANGE_MARKS))

    return check


def _trace(marked: Marked) -> None:
    words = reform(marked.home, "trace", UNIT, INDICATOR, str(YEAR)).stdout
    assert f"{VALUE}{_VALUE_SIGNS}" in words
    assert f"not comparable (break_suspected) {_CHANGE_SIGNS}" in words
    rows = json.loads(reform(marked.home, "trace", UNIT, INDICATOR, str(YEAR), "--json").stdout)
    assert _codes(rows["value"]) == set(VALUE_MARKS)
    assert set(CHANGE_MARKS) <= _codes(rows["change"])


def _metrics(marked: Marked) -> None:
    question = ("metrics", "query", "average_value", "--where", f"indicator={INDICATOR}", "--where", f"year={YEAR}")
    asked = json.loads(reform(marked.home, *question, "--format", "json").stdout)
    assert {"synthetic", "provisional", "derived"} <= set(asked["marks"][0])
    table = reform(marked.home, *question).stdout
    assert MARKS["synthetic"].sign in table
    assert MARKS["synthetic"].long_vi in table
    line = next(csv.DictReader(io.StringIO(reform(marked.home, *question, "--format", "csv").stdout)))
    assert "synthetic" in line["marks"].split()


def _differences(marked: Marked) -> None:
    """The planted release against a copy of itself with another value, in words and as pages."""
    other = marked.home.releases / f"{marked.release.name}0"
    if not other.exists():
        other.mkdir()
        for path in marked.release.iterdir():
            (other / path.name).write_bytes(path.read_bytes())
        manifest = json.loads((other / "manifest.json").read_text("utf-8"))
        (other / "manifest.json").write_text(json.dumps({**manifest, "release_id": other.name}), "utf-8")
        with duckdb.connect(str(other / "warehouse.duckdb")) as connection:
            connection.execute(f"update marts.fct_indicator_value set value = 70 where value = {VALUE}")
    done = reform(marked.home, "releases", "diff", other.name, marked.release.name, "--all")
    assert f"{VALUE}{_VALUE_SIGNS}" in done.stdout, done.stderr
    done = reform(marked.home, "releases", "diff", other.name, marked.release.name, "--page", marked.folder / "pages")
    assert done.returncode == 0, done.stderr
    assert f"71,2345{_VALUE_SIGNS}" in (marked.folder / "pages" / "changes.html").read_text("utf-8")


def _files(marked: Marked) -> None:
    folder = marked.folder / "files"
    folder.mkdir()
    (folder / "no-manifest.json").write_text('{"nodes": {}}', "utf-8")
    with duckdb.connect(str(marked.database), read_only=True) as connection:
        write_files(connection, folder, folder / "no-manifest.json", {"release_id": "r", "published_at": "2026-01-01"})
    for table, expected in (("fct_indicator_value", set(VALUE_MARKS)), ("metric_yoy", _YOY_MARKS)):
        with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
            assert _codes(next(filter(_is_planted, csv.DictReader(stream)))) == expected
        parquet = pl.read_parquet(folder / "parquet" / f"{table}.parquet").to_dicts()
        assert _codes(next(filter(_is_planted, parquet))) == expected


def _marts(marked: Marked) -> None:
    """Every mart with a figure says whether it was made up, so that files, PostgreSQL and BI tools can."""
    with duckdb.connect(str(marked.database), read_only=True) as connection:
        rows = connection.execute("select table_name, column_name from duckdb_columns() where schema_name = 'marts'")
        columns: dict[str, set[str]] = {}
        for table, column in rows.fetchall():
            columns.setdefault(table, set()).add(column)
    figures = {table for table, names in columns.items() if {"unit_code"} < names and table.startswith(("fct", "metr"))}
    assert {table for table in figures if "is_synthetic" not in columns[table]} == _WITHOUT_SYNTHETIC


def _api(path: str, table: str, expected: set[str]) -> Callable[[Marked], None]:
    """Every form of a route's rows carries the columns the marks follow from, and the values."""

    def check(marked: Marked) -> None:
        with served(marked.home) as address, httpx.Client(base_url=address, timeout=60) as client:
            for form in MEDIA_TYPES:
                answer = client.get(path, headers={"accept": MEDIA_TYPES[form]})
                assert answer.status_code == 200, answer.text[:300]
                rows = _rows(form, answer)
                assert _codes(next(filter(_is_planted, rows))) == expected, form

    return check


def _rows(form: str, answer: httpx.Response) -> list[dict[str, Any]]:
    if form == "json":
        body = answer.json()
        return list(next(body[name] for name in ("rows", "data", "items") if name in body))
    if form == "csv":
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    read = pl.read_parquet if form == "parquet" else pl.read_ipc_stream
    return read(io.BytesIO(answer.content)).to_dicts()


def _api_trace(marked: Marked) -> None:
    with served(marked.home) as address:
        found = httpx.get(f"{address}/v1/trace/{UNIT}/{INDICATOR}/{YEAR}", timeout=60).json()
    assert _codes(found["value"]) == set(VALUE_MARKS)


def _superset(marked: Marked) -> None:
    """The datasets of the import file offer every column a mark follows from that their mart has."""
    with duckdb.connect(str(marked.database), read_only=True) as connection:
        held = set(connection.execute("select table_name, column_name from duckdb_columns()").fetchall())
    for archive in (PROJECT_ROOT / "docs" / "serving" / "superset").glob("*.zip"):
        with zipfile.ZipFile(archive) as written:
            for name in (item for item in written.namelist() if "/datasets/" in item):
                dataset = yaml.safe_load(written.read(name))
                offered = {column["column_name"] for column in dataset["columns"]}
                wanted = {column for column in MARK_COLUMNS if (dataset["table_name"], column) in held}
                assert wanted <= offered, name


_SERIES = f"/v1/series?unit={UNIT}&indicator={INDICATOR}"
#: Every output: how it is tried, or why it shows no figure a mark belongs to.
OUTPUTS: dict[str, Callable[[Marked], None] | str] = {
    "writer write_files": _files,
    "writer write_trail_pages": _trail,
    "writer write_reports": "its formats are tried one by one",
    "writer write_quality_pages": "counts rows and figures and shows none",
    "writer write_pages": "its writers are tried one by one",
    "writer write_assets": "style and script",
    "writer write_scorecards": _scorecards,
    "writer write_front_pages": "counts and links, no figure",
    "writer write_dictionary_pages": "tables and columns, no figure",
    "report xlsx": _report_in("xlsx"),
    "report docx": _report_in("docx"),
    "report pdf": _report_in("pdf"),
    "command trace": _trace,
    "command report": "its formats are tried one by one",
    "command metrics query": _metrics,
    "command releases diff": _differences,
    "route /v1/series": _api(_SERIES, "fct_indicator_value", set(VALUE_MARKS)),
    "route /v1/yoy": _api(_SERIES.replace("series", "yoy"), "metric_yoy", _YOY_MARKS),
    "route /v1/tables/{table}": _api(
        f"/v1/tables/fct_indicator_value?unit_code={UNIT}&indicator_code={INDICATOR}", "", set(VALUE_MARKS)
    ),
    "route /v1/trace/{unit}/{indicator}/{year}": _api_trace,
    "route /v1/units": "units", "route /v1/units/{unit_code}": "a unit",
    "route /v1/indicators": "indicators", "route /v1/indicators/{code}": "an indicator",
    "route /v1/release": "counts and hashes", "route /v1/tables": "counts", "route /healthz": "no data",
    "route /openapi.json": "no data",
    **{f"form {form}": "every route is tried in every form" for form in ("json", "csv", "parquet", "arrow")},
    "files and tables": _marts,
    "superset import": _superset,
}  # fmt: skip
#: Commands that print no figure: they move files and processes, or count.
_NO_FIGURE = {
    "run", "ingest", "build", "backfill", "publish", "backup", "restore", "doctor", "fetch", "quarantine", "survey",
    "docs", "airflow", "alerts", "serve", "lake", "lineage", "metrics list", "releases list", "releases rollback",
    "releases prune",
}  # fmt: skip


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path)
        return
    for name, found in inner.items():
        yield from _commands(found, (*path, name))


def _found() -> set[str]:
    """Every output there is, as the code has it."""
    trees = [ast.parse(inspect.getsource(writer)) for writer in (release._fill, write_pages)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    commands = {
        command
        for command in _commands(typer.main.get_command(app))
        if command not in _NO_FIGURE and command.split()[0] not in _NO_FIGURE
    }
    return {
        *(f"writer {name}" for name in calls if name.startswith("write_")),
        *(f"report {kind}" for kind in FORMATS),
        *(f"command {command}" for command in commands),
        *(f"route {route.path}" for route in router.routes if hasattr(route, "path")),
        *(f"form {form}" for form in MEDIA_TYPES),
    }


@pytest.fixture(scope="module")
def marked(main_job: tuple[Home, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Marked:
    return plant(main_job[0].current, tmp_path_factory.mktemp("marked"))


def test_every_output_is_registered() -> None:
    assert _found() - OUTPUTS.keys() == set(), "say in OUTPUTS how the marks of a figure reach a reader of it"


@pytest.mark.parametrize("output", [name for name, tried in OUTPUTS.items() if not isinstance(tried, str)])
def test_an_output_carries_the_marks_of_its_figures(marked: Marked, output: str) -> None:
    tried = OUTPUTS[output]
    assert not isinstance(tried, str)
    tried(marked)
