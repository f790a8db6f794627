"""The scorecards in a real Chromium: they render, work by keyboard and script and without, and reach nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Never

import pytest

from tests.browser_packages import FOLDER, INSTALLED
from warehouse.home import PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e

#: One page of each kind, both languages among them.
PAGES = (
    "vi/index", "vi/units/lao_cai_2025", "en/units/hai_phong", "vi/units/m_finance", "vi/indicators/index",
    "en/indicators/PAPI.SC21", "vi/indicators/PAPI", "vi/leagues/PAPI-2022", "vi/compare", "vi/method", "en/quality",
)  # fmt: skip
#: For a person to look at after the tests ran; not committed.
SCREENSHOTS = PROJECT_ROOT / "var" / "screenshots" / "scorecards"
FIRST_PAGE_BYTES = 300_000
#: A second is what the page may take on two idle cores; the tests share theirs, so what is held is that it loads soon.
FIRST_PAGE_MS = 10_000


def _missing(what: str) -> Never:
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and with CI set nothing skips")
    pytest.skip(f"{what}; `make test` installs it where it may")


@pytest.fixture(scope="module")
def seen(main_job: tuple[Home, dict[str, Any]]) -> dict[str, Any]:
    """What the browser saw on one page of each kind."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None:
        _missing("chromium is not installed")
    if node is None or not INSTALLED.is_dir():
        _missing("node or the packages of tests/browser are not installed")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    docs = main_job[0].current.resolve() / "docs"
    pages = [f"scorecards/{page}.html" for page in PAGES]
    done = subprocess.run(
        [node, str(FOLDER / "look.mjs"), chromium, str(docs), str(SCREENSHOTS), *pages],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_page_says_an_error_or_asks_another_host(seen: dict[str, Any]) -> None:
    assert (seen["errors"], seen["foreign"]) == ([], [])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(seen: dict[str, Any], page: str) -> None:
    assert seen["pages"][f"scorecards/{page}.html"]["violations"] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_its_window_or_a_phone(seen: dict[str, Any], page: str) -> None:
    found = seen["pages"][f"scorecards/{page}.html"]
    assert (found["wide"], found["wide_on_a_phone"]) == (False, False)


def test_the_first_page_is_light_and_soon_there(seen: dict[str, Any]) -> None:
    first = seen["pages"]["scorecards/vi/index.html"]
    assert first["svgs"] >= 3
    assert first["bytes"] < FIRST_PAGE_BYTES
    assert first["loaded_ms"] < FIRST_PAGE_MS


def test_a_unit_is_found_without_its_marks(seen: dict[str, Any]) -> None:
    assert seen["found_units"][0] == "Đà Nẵng"
    assert all(name.startswith("Đà Nẵng") for name in seen["found_units"])


def test_a_league_is_filtered_and_sorted_as_the_vietnamese_alphabet_goes(seen: dict[str, Any]) -> None:
    assert seen["filtered_rows"] == 1
    assert seen["sort_state"] == "ascending"
    assert seen["sorted"].index("Cao Bằng") < seen["sorted"].index("Cần Thơ") < seen["sorted"].index("Đà Nẵng")


def test_the_language_switch_leads_to_the_same_page(seen: dict[str, Any]) -> None:
    assert seen["switched"] == {"url": "/scorecards/en/index.html", "lang": "en"}


def test_the_first_tab_leads_past_the_menu(seen: dict[str, Any]) -> None:
    assert seen["first_focus"] == "skip"


def test_two_units_are_compared_from_a_file(seen: dict[str, Any]) -> None:
    assert seen["compared"][1:] == ["2022 · bản đồ 34", "43,91∑ (hạng 6/33)", "47,88∑ (hạng 1/33)", "−3,97"]
    assert seen["compare_link"] == "../../trail/vi/ha_noi_2008/PAPI.html#PAPI-2022"


def test_a_province_and_a_ministry_are_not_compared(seen: dict[str, Any]) -> None:
    assert seen["unlike"].startswith("Tỉnh và bộ được đo bằng hai bộ tiêu chí khác nhau")


def test_without_script_the_table_of_all_units_is_there_and_no_dead_form(seen: dict[str, Any]) -> None:
    assert seen["without_script"] == {"form": False, "rows": 34}
