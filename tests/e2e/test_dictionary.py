"""What a release says of its own tables is whole, true of this release, and works as a folder of plain files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest

from warehouse.home import Home

pytestmark = pytest.mark.e2e

PAGES = ("index.html", "index.en.html", "dictionary.html", "dictionary.en.html")
#: Queries that may find nothing in a first release of the bundled and real files.
MAY_BE_EMPTY = {"metric_vintage", "portal_freshness", "fct_qd766_vintage", "metric_portal_agreement"}


def example_of(description: str) -> str:
    (query,) = re.findall(r"```sql\n(.*?)\n```", description, re.DOTALL)
    return str(query)


def test_example_query_of_every_table_runs_and_finds_rows(release: duckdb.DuckDBPyConnection) -> None:
    tables = release.execute(
        "select table_name, table_description_en, table_description_vi from marts.dictionary where column_position = 1"
    ).fetchall()
    assert len(tables) > 30
    empty = set()
    for table, english, vietnamese in tables:
        query = example_of(english)
        assert example_of(vietnamese) == query
        if not release.execute(query).fetchall():
            empty.add(table)
    assert empty - MAY_BE_EMPTY == set()


def test_every_column_is_described_in_two_languages_that_differ(release: duckdb.DuckDBPyConnection) -> None:
    wrong = release.execute(
        "select table_name, column_name from marts.dictionary where coalesce(description_en, '') = '' "
        "or coalesce(description_vi, '') = '' or lower(description_en) = lower(description_vi)"
    ).fetchall()
    assert wrong == []


def test_row_counts_and_tests_are_those_of_this_release(
    main_job: tuple[Home, dict[str, Any]], release: duckdb.DuckDBPyConnection
) -> None:
    counts = dict(release.execute("select distinct table_name, table_row_count from marts.dictionary").fetchall())
    assert counts == {
        table: release.execute(f'select count(*) from marts."{table}"').fetchall()[0][0] for table in counts
    }
    outcomes = dict(
        release.execute(
            "select column_name, test_outcome from marts.dictionary where table_name = 'metric_yoy'"
        ).fetchall()
    )
    assert (outcomes["unit_code"], outcomes["change"]) == ("passed", None)


def test_a_figure_leads_down_to_the_loads_and_its_documents(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select distinct raw_tables, reference_tables, last_received_at is not null from marts.dictionary "
        "where table_name = 'fct_indicator_value'"
    ).fetchall()
    assert [("figure" in raw, "unit" in reference, dated) for raw, reference, dated in found] == [(True, True, True)]


class _Page(HTMLParser):
    """Links of a page, its anchors, and whatever a strict content security policy would stop."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.stopped: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value for name in ("href", "src") if (value := given.get(name))]
        self.anchors |= {given["id"] or ""} if "id" in given else set()
        if tag == "style" or (tag == "script" and "src" not in given) or "style" in given:
            self.stopped.append(tag)
        self.stopped += [name for name in given if name.startswith("on")]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_only_to_what_is_there_and_holds_no_inline_code(
    main_job: tuple[Home, dict[str, Any]], page: str
) -> None:
    docs = main_job[0].current / "docs"
    read = _Page(docs / page)
    assert read.stopped == []
    for link in read.links:
        path, _, anchor = unquote(link).partition("#")
        target = (docs / path).resolve() if path else docs / page
        assert target.exists(), link
        if anchor and not anchor.startswith("!"):
            assert anchor in _Page(target).anchors if path else anchor in read.anchors, link


def test_the_front_page_leads_to_what_the_release_has(main_job: tuple[Home, dict[str, Any]]) -> None:
    docs = main_job[0].current / "docs"
    links = set(_Page(docs / "index.html").links)
    wanted = {"dictionary.html", "dbt.html", "quality.html", "changes.html", "validation/index.html"}
    wanted |= {"scorecards/vi/index.html"} | {f"reports/{path.name}" for path in (docs / "reports").glob("*.*")}
    assert wanted - links == set()
