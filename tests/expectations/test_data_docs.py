"""The validation docs open where there is no net."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.audit import audit_batches
from expectations.data_docs import offline, write_pages
from expectations.gx_runner import SuiteRun
from expectations.rules import CheckResult
from expectations.suites.pci import PCI
from tests.expectations.batches import batch, row
from warehouse.home import Home

_FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class _Fetches(HTMLParser):
    """Collects what a browser would fetch to show the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = _FETCHED.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def _fetched(page: Path) -> list[str]:
    text = page.read_text("utf-8")
    parser = _Fetches()
    parser.feed(text)
    return parser.found + re.findall(r"url\(\s*['\"]?([^)'\"]+)", text) + re.findall(r"@import\s+['\"]([^'\"]+)", text)


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> Path:
    home = Home(tmp_path_factory.mktemp("home"))
    home.make()
    hostile = row(
        unit="<script>alert(1)</script>",
        unit_code=None,
        value=None,
        value_text="<img src=x onerror=alert(2)>",
        parse_issue="not_a_number",
        indicator_text="<b>",
    )
    audit_batches([batch(row(), hostile)], home, reference_dir=reference)
    return home.data_docs


def test_pages_fetch_nothing_from_the_net(docs: Path) -> None:
    pages = sorted(docs.glob("*.html"))
    assert [page.name for page in pages] == ["index.html", "pci.html"]
    remote = {page.name: [link for link in _fetched(page) if re.match(r"(https?:)?//", link)] for page in pages}
    assert not any(remote.values()), remote


def test_everything_the_pages_fetch_is_there(docs: Path) -> None:
    links = {
        link
        for page in docs.glob("*.html")
        for link in _fetched(page)
        if not link.startswith("data:") and link != "none"
    }
    assert links
    assert [link for link in sorted(links) if not (docs / link).is_file()] == []


def test_style_sheets_fetch_nothing_from_the_net(docs: Path) -> None:
    for sheet in (docs / "static").glob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", sheet.read_text("utf-8")), sheet.name


def test_links_between_the_pages_lead_somewhere(docs: Path) -> None:
    for page in docs.glob("*.html"):
        targets = re.findall(r'<a [^>]*href="([^"#][^"]*)"', page.read_text("utf-8"))
        assert [target for target in targets if "//" not in target and not (docs / target).is_file()] == []


def test_cell_texts_do_not_reach_the_pages(docs: Path) -> None:
    for page in docs.glob("*.html"):
        text = page.read_text("utf-8")
        assert "alert(1)" not in text
        assert "alert(2)" not in text


def test_index_shows_every_rule_in_both_languages(docs: Path) -> None:
    text = (docs / "index.html").read_text("utf-8")
    for rule in PCI.rules:
        assert rule.rule_id in text
        assert rule.text_vi in text


def test_suite_that_was_not_run_keeps_its_page(home: Home) -> None:
    def run(name: str) -> None:
        suite = type(PCI)(name=name, table=PCI.table, rules=PCI.rules)
        results = [CheckResult.of(rule, batch_id="", suite=name, rows_checked=1, rows_failed=0) for rule in PCI.rules]
        write_pages(home, [SuiteRun(suite, 1, {}, "<html><head></head></html>")], [results])

    run("pci")
    run("annex")
    index = (home.data_docs / "index.html").read_text("utf-8")
    assert 'href="pci.html"' in index
    assert 'href="annex.html"' in index


@pytest.mark.parametrize(
    "fetched",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<link rel='stylesheet' href='//cdn.example/a.css'>",
        '<img class="x" src="https://cdn.example/a.png" alt="">',
        "<style>a{background:url('https://cdn.example/a.png') 0}</style>",
    ],
)
def test_whatever_would_be_fetched_is_taken_out(fetched: str) -> None:
    assert "cdn.example" not in offline(f"<html><head>{fetched}</head><body></body></html>")


def test_vendored_files_have_their_licences_and_stay_small() -> None:
    folder = Path(offline.__code__.co_filename).parent / "vendor"
    assert {"LICENSE.bootstrap.txt", "LICENSE.jquery.txt", "README.md"} <= {path.name for path in folder.iterdir()}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 500_000
