"""`reform survey` from an export to its response quality, in the words and exit codes a person sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingestion.survey.conftest import small_wave, write_statistics
from warehouse.home import PROJECT_ROOT


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """What each command of the way said, in turn, in one home."""
    folder = tmp_path_factory.mktemp("cli")
    export = write_statistics(small_wave(), folder / "sipas_2024_synthetic.sav")

    def reform(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "REFORM_HOME": str(folder / "home"), "PYTHONPATH": str(PROJECT_ROOT)}
        command = [sys.executable, "-m", "cli.main", "survey", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    said = {"ingest": reform("ingest", str(export)), "mappings": reform("mappings")}
    mapping = next((folder / "home" / "survey" / "mappings").glob("*.yml"))
    said["accept"] = reform("accept", str(mapping), "--by", "Lê Thị Xem")
    said["again"] = reform("ingest", str(export))
    said["quality"] = reform("quality", "sipas_2024")
    said["unknown"] = reform("quality", "sipas_1999")
    said["missing"] = reform("ingest", str(folder / "no_such.sav"))
    said["nothing"] = reform("ingest")
    assert Path(mapping).exists()
    return said


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ("ingest", 1, "reform survey accept"),
        ("mappings", 0, "it identifies persons"),
        ("accept", 0, "sipas_2024 (SYNTHETIC · GIẢ LẬP): loaded, 240 respondents × 38 questions"),
        ("again", 0, "unchanged"),
        ("quality", 0, "straight_lining"),
        ("unknown", 2, "loaded: sipas_2024"),
        ("missing", 2, "is not a file"),
        ("nothing", 0, "no survey export is waiting"),
    ],
)
def test_each_step_says_what_it_did(
    step: str, code: int, words: str, session: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    done = session[step]
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
