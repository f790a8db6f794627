"""What writers note of themselves, and that two at once show."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.connection import writer
from warehouse.errors import EnvironmentBroken
from warehouse.home import PROJECT_ROOT, Home
from warehouse.writers import Writing, ledger_file, noted, overlaps, writings

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def stretch(pid: int, begin: float, end: float | None, host: str = "a") -> Writing:
    ended = None if end is None else NOON + timedelta(seconds=end)
    return Writing("build database", host, pid, NOON + timedelta(seconds=begin), ended)


def test_one_after_the_other_is_no_overlap() -> None:
    assert overlaps([stretch(1, 0, 2), stretch(2, 2, 3), stretch(1, 4, 5)]) == []


def test_two_processes_at_once_are_found_whatever_lies_between() -> None:
    long, short, late = stretch(1, 0, 10), stretch(2, 1, 2), stretch(3, 9, 12)
    assert overlaps([late, short, long]) == [(long, short), (long, late)]


def test_a_process_within_its_own_writing_is_one_writer() -> None:
    assert overlaps([stretch(1, 0, 10), stretch(1, 1, 2)]) == []
    assert len(overlaps([stretch(1, 0, 10, "a"), stretch(1, 1, 2, "b")])) == 1


def test_one_that_was_killed_has_no_end_and_is_not_under_way(tmp_path: Path) -> None:
    home = Home(tmp_path)
    code = (
        "import os, pathlib; from warehouse.home import Home; from warehouse.writers import noted\n"
        f"with noted(Home(pathlib.Path({str(tmp_path)!r})), 'release'): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=False)
    (killed,) = writings(home)
    assert (killed.what, killed.ended_at, killed.is_under_way) == ("release", None, False)
    with noted(home, "build database"):
        assert [item.what for item in writings(home) if item.is_under_way] == ["build database"]


def test_a_second_process_that_tries_to_write_is_refused_and_shows(tmp_path: Path) -> None:
    home = Home(tmp_path)
    code = (
        "import pathlib, sys; from warehouse.connection import writer; from warehouse.home import Home\n"
        f"with writer(Home(pathlib.Path({str(tmp_path)!r}))): print('in', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdout.readline()
    with pytest.raises(EnvironmentBroken, match="is being written by another process"), writer(home):
        pass
    other.stdin.close()
    other.wait(30)
    assert len(overlaps(writings(home))) == 1


def test_a_full_ledger_begins_anew_and_a_line_cut_short_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr("warehouse.writers._MAX_BYTES", 300)
    for _ in range(5):
        with noted(home, "build database"):
            time.sleep(0.001)
    assert 1 <= len(writings(home)) < 5
    with ledger_file(home).open("a", encoding="utf-8") as stream:
        stream.write('{"id": "x", "ev\n')
    assert all(item.ended_at is not None for item in writings(home))


def test_a_note_that_cannot_be_made_stops_no_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.build.mkdir()
    ledger_file(home).mkdir()
    with noted(home, "build database"):
        done = True
    assert done
