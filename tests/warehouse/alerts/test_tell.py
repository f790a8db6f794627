"""Each piece of news is told once, whatever happens on the way, and what was not delivered is not forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.warehouse.alerts.events import blocked, mail_to
from tests.warehouse.alerts.servers import ChatService, MailBox, chat_service, mail_server
from warehouse.alerts import channels, ledger
from warehouse.alerts.event import Event, event_key, now
from warehouse.alerts.ledger import Ledger, Told
from warehouse.alerts.occasions import failed_task
from warehouse.alerts.settings import AlertSettings
from warehouse.alerts.tell import MOST_AT_ONCE, tell
from warehouse.errors import EnvironmentBroken
from warehouse.home import PROJECT_ROOT, Home


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def chat() -> Iterator[ChatService]:
    with chat_service() as service:
        yield service


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "TRIES", 1)


def slack(chat: ChatService) -> AlertSettings:
    return AlertSettings.from_environment({"REFORM_ALERT_SLACK_URL": chat.url})


def overdue() -> Event:
    return replace(blocked(), kind="source_overdue", subject="PCI", key=event_key("source_overdue", "PCI", "2025"))


def test_a_file_with_500_bad_rows_is_one_message(home: Home, box: MailBox) -> None:
    tell(home, [blocked(rows=500)], mail_to(box.port))
    assert len(box.mails) == 1
    assert "And 495 more" in box.mails[0].get_content()


def test_a_retry_and_a_rerun_with_the_same_file_tell_nothing(home: Home, box: MailBox) -> None:
    for _ in range(3):
        tell(home, [blocked()], mail_to(box.port))
    assert len(box.mails) == 1


def test_other_bytes_refused_for_the_same_reason_are_news(home: Home, box: MailBox) -> None:
    tell(home, [blocked()], mail_to(box.port))
    tell(home, [blocked(sha256="b" * 64)], mail_to(box.port))
    assert len(box.mails) == 2


def test_the_same_failure_with_other_numbers_in_its_words_is_no_news(home: Home, box: MailBox) -> None:
    for process in (11, 4711):
        error = EnvironmentBroken(f"locked by process {process}")
        tell(home, [failed_task("build_failed", "build_warehouse", "build_marts", error, "")], mail_to(box.port))
    assert len(box.mails) == 1


def test_a_failure_that_comes_back_after_a_success_is_news(home: Home, box: MailBox) -> None:
    failure = failed_task("build_failed", "build_warehouse", "build_marts", EnvironmentBroken("locked"), "")
    tell(home, [failure], mail_to(box.port))
    Ledger(home).close("build_warehouse.build_marts")
    tell(home, [failure], mail_to(box.port))
    assert len(box.mails) == 2


def test_two_processes_with_the_same_news_send_one_message(home: Home, box: MailBox) -> None:
    program = (
        "from tests.warehouse.alerts.events import blocked, mail_to\n"
        "from warehouse.alerts.tell import tell\n"
        "from warehouse.home import Home\n"
        "import sys, pathlib\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
        f"tell(Home(pathlib.Path({str(home.root)!r})), [blocked()], mail_to({box.port}))\n"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    box.seconds = 0.5
    pipes = [(racer.stdin, racer.stdout) for racer in racers]
    assert all(out is not None and out.readline() == b"ready\n" for _, out in pipes)
    for start, _ in pipes:
        assert start is not None
        start.close()
    assert [racer.wait(60) for racer in racers] == [0, 0, 0, 0]
    assert len(box.mails) == 1


def test_what_was_not_delivered_goes_out_at_the_next_occasion(home: Home, chat: ChatService) -> None:
    chat.answers = [500]
    first = tell(home, [blocked()], slack(chat))
    second = tell(home, [], slack(chat))
    assert [bool(one.reason) for one in (*first, *second)] == [True, False]
    assert len(chat.posts) == 1


def test_the_channel_that_took_it_is_not_sent_it_again(home: Home, box: MailBox, chat: ChatService) -> None:
    both = mail_to(box.port, REFORM_ALERT_SLACK_URL=chat.url)
    chat.answers = [404]
    tell(home, [blocked()], both)
    tell(home, [], both)
    assert (len(box.mails), len(chat.posts)) == (1, 1)


def test_a_service_that_is_down_is_asked_once_an_occasion(home: Home, chat: ChatService) -> None:
    chat.answers = [503] * 9
    tell(home, [blocked(f"{number}.xlsx") for number in range(5)], slack(chat))
    assert len(chat.paths) == 1


def test_a_message_written_down_before_a_kill_is_sent_by_the_next_process(home: Home, box: MailBox) -> None:
    Ledger(home).note_events([blocked()], ("smtp",))
    tell(home, [], mail_to(box.port))
    assert len(box.mails) == 1


def test_a_line_a_kill_tore_in_two_is_passed_over(home: Home, box: MailBox) -> None:
    tell(home, [blocked()], mail_to(box.port))
    path = Ledger(home).path
    path.write_bytes(path.read_bytes() + b'{"entry": "sent", "at": "2026-\xc3')
    tell(home, [blocked(), blocked("another.xlsx")], mail_to(box.port))
    assert len(box.mails) == 2
    assert json.loads(path.read_text("utf-8", errors="replace").splitlines()[-1])["entry"] == "sent"


def test_a_lasting_condition_is_told_again_only_after_the_days_set(home: Home, box: MailBox) -> None:
    told = Told(overdue(), now() - timedelta(days=6), ("smtp",), {"smtp": now()})
    assert told.covers(overdue(), now(), remind_days=7)
    assert not told.covers(overdue(), now() + timedelta(days=1), remind_days=7)


def test_a_reminder_is_sent(home: Home, box: MailBox, monkeypatch: pytest.MonkeyPatch) -> None:
    eight_days_ago = now() - timedelta(days=8)
    with monkeypatch.context() as then:
        then.setattr(ledger, "_stamp", eight_days_ago.isoformat)
        Ledger(home).note_events([overdue()], ("smtp",))
        Ledger(home).note_delivered(overdue().key, "smtp")
    for _ in range(2):
        tell(home, [overdue()], mail_to(box.port))
    assert len(box.mails) == 1


def test_what_could_not_be_sent_for_a_week_is_given_up(home: Home) -> None:
    told = Told(blocked(), now() - timedelta(days=8), ("smtp",))
    assert told.waiting(now()) == []
    assert told.state(now()) == "failed"


def test_a_hundred_files_refused_at_once_are_few_messages_and_told_once(home: Home, box: MailBox) -> None:
    events = [blocked(f"{number:03}.xlsx") for number in range(100)]
    for _ in range(2):
        tell(home, events, mail_to(box.port))
    assert len(box.mails) == MOST_AT_ONCE
    assert "091" not in str(box.mails[-1]["Subject"])
    assert "And 91 more events" in box.mails[-1].get_content()


def test_without_a_channel_nothing_is_written_down(home: Home) -> None:
    assert tell(home, [blocked()], AlertSettings.from_environment({})) == []
    assert not Ledger(home).path.exists()


def test_the_log_is_for_those_who_run_the_home_only(home: Home, box: MailBox) -> None:
    tell(home, [blocked()], mail_to(box.port))
    assert Ledger(home).path.stat().st_mode & 0o077 == 0


def test_a_file_name_that_is_no_text_is_told_all_the_same(home: Home, box: MailBox) -> None:
    for _ in range(2):
        tell(home, [blocked("t\udce9l\udce9charg\udce9.xlsx")], mail_to(box.port))
    assert len(box.mails) == 1


def test_the_log_holds_no_secret(home: Home, chat: ChatService) -> None:
    chat.answers = [500]
    tell(home, [blocked()], slack(chat))
    tell(home, [], slack(chat))
    assert "SECRET" not in Ledger(home).path.read_text("utf-8")
