"""The bench of the lake's forms on few rows: our side of it holds what was put in, before and after compaction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import lake_formats


def test_the_lake_holds_the_batches_as_loaded_and_compacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lake_formats, "TINY_BATCHES", 3)
    lake_formats.prepare(tmp_path, 200)
    lake_formats.manifests(tmp_path, tmp_path / "home")
    found = json.loads(capsys.readouterr().out)
    rows = 200 * len(lake_formats.UNITS) * len(lake_formats.MONTHS)
    assert (found["rows, as loaded"], found["rows, compacted"]) == (rows, rows)
    assert found["files, bytes"][0] == len(lake_formats.UNITS) * len(lake_formats.MONTHS)
    assert found["files, bytes compacted"][0] == len(lake_formats.MONTHS)
    assert found["planned files"] == len(lake_formats.MONTHS) + 3
