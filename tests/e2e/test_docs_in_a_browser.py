"""The docs of a release in a real browser that reaches nothing else, under the policy they are served with."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import Browser, browser
from warehouse.docs_server import docs_server
from warehouse.home import Home

pytestmark = pytest.mark.e2e

#: Pages of one kind are made by one template: so many of each are opened.
_OF_A_KIND = 3
_MODEL = "dbt.html?model#!/model/model.reform_indicators.metric_yoy"
_GRAPH = "dbt.html?graph#!/overview?g_v=1&g_i=%2Bmetric_yoy%2B"
_INLINE = re.compile(r"<style\b|<script(?![^>]*\bsrc=)[^>]*>|<[a-z][^<>]*\s(?:style|on[a-z]+)\s*=", re.IGNORECASE)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@contextmanager
def served(home: Home) -> Iterator[str]:
    with docs_server(home, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(
    ("page", "shows"),
    [
        ("index.html", "Chỉ số cải cách hành chính"),
        ("index.en.html", "What is in this release"),
        ("dictionary.en.html", "Data dictionary"),
        ("quality.html", "Gì đang chờ, chờ ai"),
        ("quality.en.html", "What waits, and on whom"),
        ("validation/index.html", "score_without_parts"),
        ("dbt.html", "What got better, what got worse"),
        (_MODEL, "Grain: one unit, indicator, year and map"),
    ],
)
def test_a_page_opens_from_its_folder(
    main_job: tuple[Home, dict[str, Any]], tab: Browser, page: str, shows: str
) -> None:
    tab.open((main_job[0].current.resolve() / "docs").as_uri() + "/" + page)
    tab.wait_for(f"document.body.textContent.includes({shows!r})")
    assert not tab.complaints


def test_the_search_of_the_dictionary_takes_words_without_vietnamese_marks(
    main_job: tuple[Home, dict[str, Any]], tab: Browser
) -> None:
    tab.open((main_job[0].current.resolve() / "docs").as_uri() + "/dictionary.html?q=thu hang cong bo")
    tab.wait_for("/^[0-9]+ cột$/.test(document.getElementById('found').textContent)")

    def is_hidden(anchor: str) -> Any:
        return tab.evaluate(f"document.getElementById({anchor!r}).hidden")

    assert not is_hidden("fct_indicator_value.rank_published")
    assert is_hidden("fct_indicator_value.max_value")
    assert is_hidden("dim_target")
    assert not tab.complaints


def test_every_kind_of_page_keeps_to_the_policy(main_job: tuple[Home, dict[str, Any]], tab: Browser) -> None:
    docs = main_job[0].current / "docs"
    kinds: dict[Path, list[str]] = defaultdict(list)
    for page in sorted(docs.rglob("*.html")):
        name = page.relative_to(docs)
        # Trail pages lie in a folder a unit, below that of their language.
        kinds[Path(*name.parts[:2]) if name.parts[0] == "trail" else name.parent].append(name.as_posix())
    pages = [page for kind, found in kinds.items() for page in (found[:_OF_A_KIND] if kind.parts else found)]
    complaints: dict[str, list[str]] = {}
    with served(main_job[0]) as address:
        for page in [*pages, _MODEL, _GRAPH]:
            tab.open(address + page)
            if page.startswith("dbt.html"):
                tab.wait_for("document.querySelectorAll('.app-body a').length > 10")
            if page == _GRAPH:
                tab.wait_for("document.querySelectorAll('#cy canvas').length > 0")
            if tab.complaints:
                complaints[page] = list(tab.complaints)
    assert not complaints
    assert len(pages) >= 8


def test_the_buttons_of_a_validation_page_work_under_the_policy(
    main_job: tuple[Home, dict[str, Any]], tab: Browser
) -> None:
    with served(main_job[0]) as address:
        tab.open(f"{address}validation/pci.html")
        tab.evaluate("window.hideSucceededValidations = () => { document.title = 'hidden'; }")
        tab.evaluate("document.querySelector('[data-click=hideSucceededValidations]').click()")
        assert tab.evaluate("document.title") == "hidden"
        assert not tab.complaints


def test_no_page_holds_a_script_style_or_handler_of_its_own(main_job: tuple[Home, dict[str, Any]]) -> None:
    docs = main_job[0].current / "docs"
    faults = {
        page.relative_to(docs).as_posix(): found[0][:80]
        for page in docs.rglob("*.html")
        if (found := _INLINE.search(page.read_text("utf-8")))
    }
    assert not faults


def test_a_page_that_breaks_the_policy_is_stopped_and_complained_of(home: Home, tab: Browser) -> None:
    docs = home.releases / "r1" / "docs"
    docs.mkdir(parents=True)
    home.current.symlink_to("releases/r1")
    (docs / "hostile.html").write_text(
        "<!doctype html><title>before</title><style>p{color:red}</style><p style='color:red' id='p'>text</p>"
        "<img src='http://127.0.0.1:9/pixel.png'><script>document.title = 'after'</script>"
    )
    with served(home) as address:
        tab.open(f"{address}hostile.html")
        assert tab.evaluate("document.title") == "before"
        assert tab.evaluate("getComputedStyle(document.getElementById('p')).color") == "rgb(0, 0, 0)"
        said = " ".join(tab.complaints)
    for directive in ("style-src", "script-src", "img-src"):
        assert directive in said
