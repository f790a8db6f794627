"""A file is taken when it has arrived, not while it is written; a burst of files is one piece of news."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from ingestion.landing.at_rest import Arrivals, documents_at_rest


def test_a_file_is_told_at_the_second_look_and_once() -> None:
    arrivals = Arrivals()
    assert [arrivals.look({"a": "1"}) for _ in range(3)] == [[], ["a"], []]


def test_a_growing_file_is_told_when_it_grows_no_more() -> None:
    arrivals = Arrivals()
    assert [arrivals.look({"a": size}) for size in ("1", "2", "3", "3")] == [[], [], [], ["a"]]


def test_a_burst_of_files_is_told_together() -> None:
    arrivals = Arrivals()
    seen: dict[str, str] = {}
    told = []
    for name in "abc":
        seen[name] = "1"
        told.append(arrivals.look(seen))
    told.append(arrivals.look(seen))
    assert told == [[], [], [], ["a", "b", "c"]]


def test_a_file_that_never_rests_does_not_keep_the_others_waiting_for_ever() -> None:
    arrivals = Arrivals()
    looks = [arrivals.look({"a": "1", "endless": str(size)}) for size in range(30)]
    assert [told for told in looks if told] == [["a"]]


def test_a_file_sent_again_is_news_again() -> None:
    arrivals = Arrivals()
    looks = [arrivals.look(seen) for seen in ({"a": "1"}, {"a": "1"}, {}, {"a": "1"}, {"a": "1"})]
    assert looks == [[], ["a"], [], [], ["a"]]


def test_a_file_that_is_being_written_stays_in_the_landing_folder(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x")
    os.utime(tmp_path / "old.csv", (1, 1))
    growing = tmp_path / "growing.csv"
    growing.write_text("x")

    def write() -> None:
        for _ in range(4):
            time.sleep(0.2)
            with growing.open("a") as stream:
                stream.write("x")

    writer = threading.Thread(target=write)
    writer.start()
    found = documents_at_rest(tmp_path, 0.5)
    writer.join()
    assert [path.name for path in found] == ["old.csv"]


def test_nothing_is_waited_for_where_every_file_is_old(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x")
    os.utime(tmp_path / "old.csv", (1, 1))
    started = time.monotonic()
    assert [path.name for path in documents_at_rest(tmp_path, 30)] == ["old.csv"]
    assert time.monotonic() - started < 5
