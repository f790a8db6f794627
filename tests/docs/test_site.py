"""The documentation site builds strictly and alone; its reference says what the code says."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ingestion.landing.settings import _KNOWN as LANDING
from ingestion.portal.settings import PortalSettings
from warehouse.alerts.settings import _SECRETS, AlertSettings
from warehouse.home import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), PROJECT_ROOT / "README.md", PROJECT_ROOT / "README.vi.md"]


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "write_reference.py"))


@pytest.mark.parametrize("page", ["commands", "tables"])
def test_a_page_of_reference_is_what_the_code_would_write_now(reference: dict[str, Any], page: str) -> None:
    written = (DOCS / "reference" / f"{page}.md").read_text("utf-8")
    assert written == reference[f"{page}_page"](), "run `make reference`"


def test_every_reform_command_in_the_docs_is_one_there_is(reference: dict[str, Any]) -> None:
    root = reference["command_tree"]()
    wrong = []
    for page in PAGES:
        for line in re.findall(r"^ {4}(?:\S*/)?reform (?!\[)(.+)$", page.read_text("utf-8"), re.MULTILINE):
            command, words = root, shlex.split(line.split("  #")[0].split(" #")[0])
            while hasattr(command, "commands") and words and words[0] in command.commands:
                command = command.commands[words.pop(0)]
            known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
            options = {word.split("=")[0] for word in words if word.startswith("--")}
            if hasattr(command, "commands") or options - known:
                wrong.append(f"{page.name}: reform {line}")
    assert wrong == []


def variables_in_code() -> set[str]:
    """Every `REFORM_…` the code or the deployment reads; families by the names their code knows."""
    folders = ("cli", "dags", "expectations", "ingestion", "warehouse", "dbt_project", "docker")
    files = subprocess.run(
        ["git", "ls-files", *folders], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found: set[str] = set()
    for name in files:
        if not name.endswith((".md", ".lock", ".csv")):
            found |= set(re.findall(r"\bREFORM_[A-Z0-9_]*[A-Z0-9]\b", (PROJECT_ROOT / name).read_text("utf-8")))
    found |= {f"REFORM_LANDING_{name}" for name in LANDING}
    found |= {f"REFORM_PORTAL_{name.upper()}" for name in PortalSettings.model_fields}
    found |= {f"REFORM_ALERT_{name.upper()}" for name in AlertSettings.model_fields}
    found |= {f"REFORM_ALERT_{name.upper()}_FILE" for name in _SECRETS}
    settings = (PROJECT_ROOT / "warehouse" / "serving" / "settings.py").read_text("utf-8")
    return found | {f"REFORM_API_{name}" for name in re.findall(r'_positive\(environment, "(\w+)"', settings)}


def test_the_page_of_variables_names_each_there_is_and_no_other() -> None:
    written = set(re.findall(r"`(REFORM_[A-Z0-9_]+)`", (DOCS / "environment.md").read_text("utf-8")))
    assert written == variables_in_code()


def test_every_link_of_the_readmes_leads_to_a_file() -> None:
    for page in PAGES[-2:]:
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        assert len(links) > 15
        assert [link for link in links if not (PROJECT_ROOT / link).exists()] == []


def test_the_readmes_are_the_same_in_both_languages() -> None:
    english, vietnamese = (page.read_text("utf-8") for page in PAGES[-2:])

    def shape(text: str) -> tuple[list[str], list[str], int]:
        commands = [line.split("  #")[0].strip() for line in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)]
        images = re.findall(r"\]\((docs/images/[^)]+)\)", text)
        return commands, images, len(re.findall(r"^(?:## |\*\*)", text, re.MULTILINE))

    assert shape(english) == shape(vietnamese)


@pytest.fixture(scope="module")
def built_site() -> Path:
    done = subprocess.run(["make", "site"], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return PROJECT_ROOT / "site"


def test_the_site_holds_every_page_and_loads_nothing_from_elsewhere(built_site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not (built_site / page).exists()} == set()
    outside = re.compile(r"<(?:script|img|iframe|link(?=[^>]*stylesheet))[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    found = {path.name: match[0] for path in built_site.rglob("*.html") if (match := outside.search(path.read_text()))}
    assert found == {}
    styles = "".join(path.read_text("utf-8") for path in built_site.rglob("*.css"))
    assert re.findall(r"url\(['\"]?(?:https?:)?//[^)]*", styles) == []


@pytest.mark.parametrize("fault", ["[gone](gone.md)", "[gone](index.md#no-such-heading)", "{download}`gone.txt`"])
def test_a_link_that_leads_nowhere_fails_the_site(built_site: Path, tmp_path: Path, fault: str) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copytree(DOCS / "site", tmp_path / "site")
    (source / "index.md").write_text(f"# Page\n\n{fault}\n", "utf-8")
    done = subprocess.run(
        [PROJECT_ROOT / ".tools" / "site" / "bin" / "python", "-m", "sphinx", "--quiet", "--fail-on-warning",
         "-c", tmp_path / "site", "-D", "html_static_path=", source, tmp_path / "out"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "index.md" in done.stderr
