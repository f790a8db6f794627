"""The log: whole JSON lines, ids and counts only, and nothing that fails a load."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.batches import loadable
from warehouse.errors import EnvironmentBroken, Misused, Refusal, Refused
from warehouse.home import Home
from warehouse.load import load_batches
from warehouse.observability.journal import FIELDS, entries_in, log_file, note, step
from warehouse.observability.totals import fold_old_days, read_totals


def lines(home: Home) -> list[dict[str, Any]]:
    return [entry for path in sorted(home.logs.glob("*.jsonl")) for entry in entries_in(path)]


def write_day(home: Home, day: str, *entries: dict[str, Any]) -> Path:
    home.logs.mkdir(exist_ok=True)
    path = home.logs / f"reform-{day}.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return path


def test_a_load_leaves_a_line_a_batch_with_the_ids_of_its_run(home: Home) -> None:
    with step(home, dag_id="ingest_indices", task_id="load_audited", run_id="r1", try_number=2, map_index=-1):
        (loaded,) = load_batches(home, [loadable(b"1")], reading_version=lambda _: "1")
    started, batch, ended = lines(home)
    assert batch["event"] == "batch_loaded"
    assert (batch["batch_id"], batch["outcome"]) == (loaded.batch_id, "loaded")
    assert batch["rows_accepted"] == loaded.figures > 0
    assert started["event"] == "step_started"
    for entry in (started, batch, ended):
        assert (entry["dag_id"], entry["task_id"], entry["run_id"]) == ("ingest_indices", "load_audited", "r1")
    assert ended["outcome"] == "done"
    assert ended["duration_seconds"] > 0


def test_a_refusal_ends_its_step_with_rule_and_no_word_of_the_file(home: Home) -> None:
    refusal = Refusal("Nguyễn Văn A.xlsx", rule="phone_number", found="0912 345 678", expected="none")
    with pytest.raises(Refused), step(home, dag_id="d", task_id="t"):
        raise Refused(refusal)
    ended = lines(home)[-1]
    assert (ended["outcome"], ended["rules"]) == ("refused", ["phone_number"])
    written = "".join(path.read_text("utf-8") for path in home.logs.iterdir())
    assert "0912" not in written
    assert "Nguyễn" not in written


@pytest.mark.parametrize(
    ("error", "outcome"), [(Misused("x"), "misused"), (EnvironmentBroken("x"), "broken"), (KeyError("x"), "broken")]
)
def test_how_a_step_ended_stands_in_one_word(home: Home, error: Exception, outcome: str) -> None:
    with pytest.raises(type(error)), step(home, dag_id="d", task_id="t"):
        raise error
    assert lines(home)[-1]["outcome"] == outcome


def test_fields_nobody_knows_are_left_out(home: Home) -> None:
    note(home, "batch_loaded", source="pci", password="s3cret", file_name="Lan.xlsx")
    assert set(lines(home)[-1]) <= set(FIELDS)
    assert "s3cret" not in log_file(home.logs, datetime.now(UTC).date()).read_text("utf-8")


def test_a_log_that_cannot_be_written_fails_nothing(home: Home) -> None:
    home.logs.write_text("a file where the folder should be", "utf-8")
    note(home, "batch_loaded", source="pci")


def test_the_switch_sends_lines_elsewhere_or_nowhere(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFORM_LOG", "none")
    note(home, "batch_loaded", source="pci")
    assert not home.logs.exists()
    monkeypatch.setenv("REFORM_LOG", "stderr")
    note(home, "batch_loaded", source="pci")
    assert json.loads(capsys.readouterr().err)["source"] == "pci"
    assert not home.logs.exists()


def _write_many(root: str) -> None:
    for _ in range(200):
        note(Home(Path(root)), "batch_loaded", source="x" * 500, outcome="loaded")


def test_lines_of_processes_that_write_at_once_stay_whole(home: Home) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(str(home.root),)) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert read_totals(home).loads["x" * 500, "loaded"] == 800


def test_counts_survive_the_files_they_were_counted_from(home: Home) -> None:
    loaded = {"event": "batch_loaded", "source": "pci", "outcome": "loaded", "rows_accepted": 63, "rows_waiting": 1}
    ended = {"event": "step_ended", "dag_id": "d", "task_id": "t", "outcome": "done", "duration_seconds": 2.5}
    old = write_day(home, "2026-01-01", loaded, loaded, {**ended, "at": "2026-01-01T01:00:00Z"})
    write_day(home, "2026-11-28", loaded)
    before = read_totals(home)
    assert fold_old_days(home, datetime(2026, 11, 29, tzinfo=UTC)) == [old.name]
    after = read_totals(home)
    assert not old.exists()
    assert (after.loads, after.rows, after.steps) == (before.loads, before.rows, before.steps)
    assert after.rows["pci", "accepted"] == 189


def test_a_kill_between_folding_and_removing_counts_nothing_twice(home: Home) -> None:
    loaded = {"event": "batch_loaded", "source": "pci", "outcome": "loaded", "rows_accepted": 63}
    old = write_day(home, "2026-01-01", loaded)
    content = old.read_text("utf-8")
    now = datetime(2026, 11, 29, tzinfo=UTC)
    fold_old_days(home, now)
    old.write_text(content, "utf-8")  # as it lay there when the process died
    assert read_totals(home).loads["pci", "loaded"] == 1
    fold_old_days(home, now + timedelta(days=1))
    assert read_totals(home).loads["pci", "loaded"] == 1


def test_torn_and_strange_lines_are_passed_over(home: Home) -> None:
    path = write_day(home, "2026-11-28", {"event": "batch_loaded", "source": "pci", "outcome": "loaded"})
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"event": "step_ended", "dag_id": "d"\n[1]\n{"event": "step_ended", "dag_id": "d"}\n\x00\n')
    assert read_totals(home).loads["pci", "loaded"] == 1
