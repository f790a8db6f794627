"""Through real DAG runs: what people are told by mail and webhook when the pipeline stops, and that it is told once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import reform
from tests.ingestion.annex_files import LONG_HEADER, write_workbook
from tests.warehouse.alerts.servers import ChatService, MailBox, chat_service, free_port, mail_server
from tests.warehouse.alerts.test_watch import Release
from warehouse.home import PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    """A mail server the pipeline is told of."""
    with mail_server() as server:
        monkeypatch.setenv("REFORM_ALERT_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("REFORM_ALERT_SMTP_PORT", str(server.port))
        monkeypatch.setenv("REFORM_ALERT_SMTP_SECURITY", "none")
        monkeypatch.setenv("REFORM_ALERT_SMTP_FROM", "reform@example.vn")
        monkeypatch.setenv("REFORM_ALERT_SMTP_TO", "lan@example.vn")
        yield server


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatService]:
    with chat_service() as service:
        monkeypatch.setenv("REFORM_ALERT_TEAMS_URL", service.url)
        yield service


def run_dag(home: Home, dag_id: str) -> subprocess.CompletedProcess[str]:
    """One DAG in a process of its own, as `reform` runs it."""
    program = (
        "import pathlib, sys\n"
        "from cli.dag_runs import run_dags\n"
        "from warehouse.home import Home\n"
        "(outcome,) = run_dags(Home(pathlib.Path(sys.argv[1])), [sys.argv[2]])\n"
        "print({task.task_id: (task.state, task.result) for task in outcome.tasks})\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(home.root), dag_id],
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip


def annex(folder: Path, rows: int, value: str) -> Path:
    """A SIPAS annex of `rows` rows, all with `value` for a score."""
    head = [("Chỉ số hài lòng (SIPAS) năm 2023",), ("Năm số liệu: 2023",), (), LONG_HEADER]
    score = "Chỉ số hài lòng chung"
    body = [
        (number, "Hà Nội", score, value, "%", None, "công bố", "https://vnanet.vn/x", None)
        for number in range(1, rows + 1)
    ]
    return write_workbook(folder / "SIPAS_2023_phu_luc_9.xlsx", [*head, *body])


def test_a_file_with_500_bad_rows_is_one_mail_and_one_post_however_often_it_is_sent(
    home: Home, tmp_path: Path, box: MailBox, chat: ChatService
) -> None:
    bad = annex(tmp_path, 500, "tám mươi")
    codes = [reform(home, "ingest", "annex", bad).returncode for _ in range(2)]
    assert codes[0] == 1
    assert (len(box.mails), len(chat.posts)) == (1, 1)
    text = box.mails[0].get_content()
    assert "SIPAS_2023_phu_luc_9.xlsx" in str(box.mails[0]["Subject"])
    for label in ("Quy tắc · Rule: ", "Vị trí · Place: ", "Tìm thấy · Found: ", "Yêu cầu · Expected: "):
        assert label in text


def test_a_build_that_fails_again_for_the_same_reason_is_told_once(home: Home, box: MailBox) -> None:
    for _ in range(2):
        assert reform(home, "build").returncode == 3
    assert len(box.mails) == 1
    assert "build_warehouse.build_marts" in str(box.mails[0]["Subject"])
    assert "nothing has been loaded yet" in box.mails[0].get_content()


def test_a_dead_mail_server_changes_nothing_of_the_outcome_and_the_next_run_delivers(
    home: Home, tmp_path: Path, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "PCI_2012.xlsx"
    bad.write_bytes(b"PK\x03\x04 not really a workbook")
    with monkeypatch.context() as down:
        down.setenv("REFORM_ALERT_SMTP_PORT", str(free_port()))
        assert reform(home, "ingest", "pci", bad).returncode == 1
        assert "waiting" in reform(home, "alerts", "list").stdout
    assert box.mails == []
    run_dag(home, "watch_sources")
    assert ["PCI_2012.xlsx" in str(mail["Subject"]) for mail in box.mails] == [True]
    assert "sent" in reform(home, "alerts", "list").stdout


def test_the_watch_tells_of_an_overdue_source_once(home: Home, box: MailBox) -> None:
    folder = home.releases / "20260101T000000000000Z"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", "utf-8")
    release = Release(folder / "warehouse.duckdb")
    release.figure(2013)
    release.document("a.xlsx", entered=0, waiting=12)
    home.current.symlink_to(folder.relative_to(home.root))
    for _ in range(2):
        run_dag(home, "watch_sources")
    assert sorted(str(mail["Subject"]).split(":")[0] for mail in box.mails) == [
        "[reform] Nguồn quá hạn",
        "[reform] Quá nhiều dòng đang chờ",
    ]


def test_wrong_settings_are_refused_by_the_command_and_fail_no_task(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFORM_ALERT_SLACK_URL", "http://hooks.slack.com/services/SECRET")
    bad = tmp_path / "PCI_2012.xlsx"
    bad.write_bytes(b"PK\x03\x04 not really a workbook")
    assert reform(home, "alerts", "test").returncode == 2
    done = reform(home, "ingest", "pci", bad)
    assert done.returncode == 1
    assert "SECRET" not in done.stdout + done.stderr


def test_the_trial_message_goes_through_every_channel_and_shows_no_secret(
    home: Home, box: MailBox, chat: ChatService
) -> None:
    chat.answers = [404]
    done = reform(home, "alerts", "test")
    assert done.returncode == 3
    assert "smtp" in done.stdout
    assert "127.0.0.1 answered 404" in done.stdout
    assert "SECRET" not in done.stdout
    assert len(box.mails) == 1


def test_no_log_of_a_run_holds_the_address_of_a_webhook(home: Home, tmp_path: Path, chat: ChatService) -> None:
    reform(home, "ingest", "annex", annex(tmp_path, 3, "tám mươi"))
    assert len(chat.posts) == 1
    logs = [path.read_bytes() for path in (home.root / "airflow").rglob("*.log")]
    assert logs
    assert not any(b"T0SECRET" in log for log in logs)
