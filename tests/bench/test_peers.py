"""The peers' jobs that this environment can run, on few rows: their marts are ours, cell by cell."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.peers import __main__ as peers


def test_pandas_and_polars_come_to_our_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "tool_environment", lambda *_: Path(sys.executable))
    peers.make_data(tmp_path / "data", 600)
    ours = peers.run_ours(tmp_path, tmp_path / "data")
    assert not ours.failed
    assert len(ours.answer) == 12
    for peer in peers.PEERS[:2]:
        found = peers.run_peer(peer, tmp_path, tmp_path / "data")
        assert found.failed == ""
        assert peers.differing(found, ours) == []


def test_a_peer_that_gives_another_figure_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    key = ("son_la", "2024-03-01")
    ours = peers.Cost(answer={key: (1, 2, 3, 4, 5, 6, 7, 8, 9)})
    other = peers.Cost(answer={key: (1, 2, 3, 4, 5, 7, 7, 8, 9)})
    assert peers.report({"ours": ours, "other": other}, 1) == 1
    assert "OTHER: 1 of 9 cells" in capsys.readouterr().out
    assert peers.differing(other, ours) == ["son_la 2024-03-01 median_working_minutes: 7, ours 6"]
