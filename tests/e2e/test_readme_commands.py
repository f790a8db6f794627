"""Every command of both READMEs is run: here, or by the test the list below names."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e

READMES = ("README.md", "README.vi.md")
#: Commands that are too long to run once more: what runs them, and a word that must stand there.
RUN_ELSEWHERE = {
    "make run": ("tests/e2e/test_readme_commands.py", "def test_make_run_is_the_command_the_main_job_runs"),
    "make test": (".ci/run", "make test"),
    "make site": ("tests/docs/test_site.py", '["make", "site"]'),
    ".venv/bin/reform build": ("tests/e2e/test_vintages.py", '("build",)'),
    ".venv/bin/reform publish": ("tests/e2e/test_vintages.py", '("publish",)'),
}
#: The file the commands hand over: one of those bundled, under the name they use.
HANDED_OVER = {"PAR_INDEX_2025.xlsx": BUNDLED_INPUT_DIR / "annex" / "PAR_INDEX_2024_phu_luc_2.xlsx"}


def commands_of(readme: str) -> list[str]:
    """Indented lines, without what stands behind a #."""
    text = (PROJECT_ROOT / readme).read_text("utf-8")
    return [re.split(r"\s+# ", line)[0].strip() for line in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)]


COMMANDS = list(dict.fromkeys(command for readme in READMES for command in commands_of(readme)))
RUN_HERE = [command for command in COMMANDS if command not in RUN_ELSEWHERE]


def test_the_readmes_have_commands_and_the_list_names_no_other() -> None:
    assert len(COMMANDS) >= 12
    assert set(RUN_ELSEWHERE) - set(COMMANDS) == set()


@pytest.mark.parametrize("command", RUN_ELSEWHERE)
def test_what_is_run_elsewhere_is_really_there(command: str) -> None:
    file, word = RUN_ELSEWHERE[command]
    assert word in (PROJECT_ROOT / file).read_text("utf-8")


def test_make_run_is_the_command_the_main_job_runs() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "run"], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert re.search(r"\.venv/bin/reform run --portal\s+--input data/input", shown)


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_of_the_readmes_does_what_it_says(
    main_job: tuple[Home, dict[str, Any]], tmp_path: Path, command: str
) -> None:
    words = shlex.split(command)
    assert words[0] == ".venv/bin/reform", f"{command}: add it to RUN_ELSEWHERE with the test that runs it"
    # A command that hands over a file writes: it gets a home of its own. The others read the release.
    writes = any(word in HANDED_OVER for word in words)
    home = Home(tmp_path / "home") if writes else main_job[0]
    (tmp_path / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    for name, bundled in HANDED_OVER.items():
        shutil.copy(bundled, tmp_path / name)
    done = subprocess.run(
        words, cwd=tmp_path, env={**os.environ, "REFORM_HOME": str(home.root)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.strip()
