"""What people read: the whole text of one event, and its limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unicodedata import is_normalized

from tests.warehouse.alerts.events import MOMENT, blocked, refusal
from warehouse.alerts.event import Event
from warehouse.alerts.occasions import blocked_files, failed_task, several, timed_out_run, trial
from warehouse.alerts.wording import MAX_LINE, MAX_TEXT, MAX_TITLE, headline, text_lines
from warehouse.errors import Refused

GOLDEN = Path(__file__).with_name("golden_load_blocked.txt")


def test_a_blocked_load_reads_as_agreed() -> None:
    text = "\n".join([headline(blocked()), "", *text_lines(blocked())]) + "\n"
    assert text == GOLDEN.read_text("utf-8")


def test_a_failed_build_names_the_model_and_what_was_found() -> None:
    event = failed_task("build_failed", "build_warehouse", "build_marts", Refused(refusal("metric_yoy")), "")
    text = "\n".join(text_lines(event))
    assert "not_a_number" in text
    assert "'86,5x'" in text


def test_a_failure_nobody_knows_more_of_says_so() -> None:
    event = failed_task("publish_failed", "publish_release", "publish", None, "")
    assert "nothing was said" in "\n".join(event.lines)


def test_a_failed_load_into_the_server_says_that_the_release_stands() -> None:
    event = failed_task("serve_failed", "publish_release", "serve_postgresql", OSError("refused"), "")
    assert "The release is published; the PostgreSQL server still holds the one before." in "\n".join(event.lines)


def test_a_run_out_of_time_is_news_each_time() -> None:
    keys = {timed_out_run("build_failed", "build_warehouse", run, "").key for run in ("one", "two")}
    assert len(keys) == 2


def test_a_file_refused_for_too_many_bad_rows_is_told_as_that() -> None:
    (event,) = blocked_files([replace(refusal(), rule="too_many_bad_rows")], {}, "")
    assert event.kind == "quarantine_over_threshold"


def test_text_of_any_length_stays_within_the_limits() -> None:
    event = replace(blocked(), title_vi="đ" * 999, lines=tuple("ệ" * 2000 for _ in range(500)))
    lines = text_lines(event)
    assert max(map(len, lines)) <= MAX_LINE
    assert sum(map(len, lines)) <= MAX_TEXT + MAX_LINE
    assert len(headline(event)) <= MAX_TITLE
    assert "dòng nữa" in lines[-2]


def test_every_title_is_composed_vietnamese() -> None:
    events: list[Event] = [blocked(), trial(), several([blocked(), blocked("b.xlsx")])]
    assert all(is_normalized("NFC", headline(event)) for event in events)


def test_an_event_comes_back_from_the_log_as_it_was() -> None:
    assert Event.from_dict(blocked().as_dict()) == blocked()
    assert blocked().happened_at == MOMENT
