"""The notifiers, called with the contexts Airflow calls them with (whole runs: tests/e2e/test_alerts.py)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.warehouse.alerts.servers import MailBox, mail_server
from warehouse.home import PROJECT_ROOT, Home


@pytest.fixture
def box(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "dags"))
    with mail_server() as server:
        monkeypatch.setenv("REFORM_ALERT_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("REFORM_ALERT_SMTP_PORT", str(server.port))
        monkeypatch.setenv("REFORM_ALERT_SMTP_SECURITY", "none")
        monkeypatch.setenv("REFORM_ALERT_SMTP_FROM", "reform@example.vn")
        monkeypatch.setenv("REFORM_ALERT_SMTP_TO", "lan@example.vn")
        yield server
    sys.modules.pop("notify", None)


def of_task(**more: Any) -> dict[str, Any]:
    return {"ti": SimpleNamespace(dag_id="build_warehouse", task_id="build_marts", log_url="http://x/log"), **more}


def of_run(reason: str, run_id: str = "scheduled__2026") -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(dag_id="build_warehouse", run_id=run_id), "reason": reason}


def test_a_run_out_of_time_is_told(box: MailBox) -> None:
    from notify import TellOfTimeout

    TellOfTimeout("build_failed")(of_run("timed_out"))
    assert ["ran out of time" in str(mail["Subject"]) for mail in box.mails] == [True]


def test_a_run_with_a_failed_task_is_not_told_a_second_time(box: MailBox) -> None:
    from notify import TellFailure, TellOfTimeout

    TellFailure("build_failed")(of_task(exception=OSError("disk full")))
    TellOfTimeout("build_failed")(of_run("task_failure"))
    assert len(box.mails) == 1


def test_a_task_whose_process_was_killed_is_told_without_a_reason(box: MailBox) -> None:
    from notify import TellFailure

    TellFailure("build_failed")(of_task())
    assert "nothing was said" in box.mails[0].get_content()


def test_a_failure_after_a_success_is_told_again(box: MailBox) -> None:
    from notify import NoteRecovery, TellFailure

    for callback in (TellFailure("build_failed"), NoteRecovery(), TellFailure("build_failed")):
        callback(of_task(exception=OSError("disk full")))
    assert len(box.mails) == 2


def test_the_refusal_behind_the_failure_is_spelt_out(box: MailBox) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from tests.warehouse.alerts.events import refusal
    from warehouse.errors import Refused

    from in_words import in_words
    from notify import TellFailure

    with pytest.raises(AirflowFailException) as raised, in_words():
        raise Refused(refusal())
    TellFailure("build_failed")(of_task(exception=raised.value))
    assert "Quy tắc · Rule: not_a_number" in box.mails[0].get_content()
