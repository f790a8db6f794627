"""The docs of a release render in a real browser that can reach nothing but the files themselves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from warehouse.home import Home

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and with CI set nothing skips")
        pytest.skip("chromium is not installed; `make test` installs it where it may (root and apt-get)")
    return found


def rendered(chromium: str, page: Path, profile: Path, query: str = "") -> str:
    """The document after its scripts ran, without a network."""
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=15000",
        "--dump-dom",
    ]
    done = subprocess.run(
        [chromium, *flags, "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
         page.as_uri() + query],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


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
    ],
)
def test_a_page_renders_without_a_network(
    main_job: tuple[Home, dict[str, Any]], chromium: str, tmp_path: Path, page: str, shows: str
) -> None:
    assert shows in rendered(chromium, main_job[0].current / "docs" / page, tmp_path)


def test_the_search_of_the_dictionary_takes_words_without_vietnamese_marks(
    main_job: tuple[Home, dict[str, Any]], chromium: str, tmp_path: Path
) -> None:
    found = rendered(chromium, main_job[0].current / "docs" / "dictionary.html", tmp_path, "?q=thu hang cong bo")
    assert re.search(r'<tr id="fct_indicator_value.rank_published">', found)
    assert re.search(r'<tr id="fct_indicator_value.max_value" hidden="">', found)
    assert re.search(r'<section id="dim_target"[^>]* hidden="">', found)
    assert re.search(r'id="found"[^>]*>[0-9]+ cột<', found)
