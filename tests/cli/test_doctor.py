"""The doctor names what is wrong and how to mend it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cli.doctor import Finding, diagnose
from ingestion.refusals import record_refusals
from tests.warehouse.batches import document
from warehouse.alerts.ledger import Ledger
from warehouse.alerts.occasions import trial
from warehouse.errors import Refusal
from warehouse.home import Home


def finding(home: Home, name: str) -> Finding:
    return next(item for item in diagnose(home) if item.name == name)


def test_an_empty_home_is_nothing_wrong(home: Home) -> None:
    for name in ("REFORM_HOME", "build database", "current release", "landing", "refused files"):
        assert finding(home, name).ok, name


def test_a_build_database_that_is_none_is_named_with_the_way_out(home: Home) -> None:
    home.build_database.write_bytes(b"not a database" * 1000)
    found = finding(home, "build database")
    assert not found.ok
    assert "set aside by `reform run` and made again" in found.mend


def test_a_current_that_leads_nowhere_is_named(home: Home) -> None:
    home.current.symlink_to(home.releases / "gone")
    assert not finding(home, "current release").ok


def test_a_landing_folder_nobody_reads_is_named(home: Home) -> None:
    (home.landing / "pcii").mkdir()
    assert "pcii" in finding(home, "landing").detail


def test_refused_files_are_counted_and_named(home: Home) -> None:
    refusal = Refusal(file_name="bad.xlsx", rule="not_a_workbook", found="text", expected="a workbook")
    record_refusals(home, document(b"x", name="bad.xlsx"), [refusal], reading_version="v")
    assert "bad.xlsx" in finding(home, "refused files").detail


def test_everything_wrong_says_how_to_mend_it(home: Home, tmp_path: Path) -> None:
    home.build_database.write_bytes(b"x" * 5000)
    home.current.symlink_to(tmp_path / "nowhere")
    assert [item.name for item in diagnose(home) if not item.ok and not item.mend] == []


def test_a_metadata_server_that_does_not_answer_is_named_without_its_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound and not listening: whoever knocks is turned away
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}/airflow"
        monkeypatch.setenv("DATABASE_URL", f"postgresql://airflow:SECRET@{where}")  # pragma: allowlist secret
        found = finding(home, "Airflow metadata")
    assert not found.ok
    assert "Connection refused" in found.detail
    assert "SECRET" not in found.detail


def test_an_address_of_the_metadata_that_is_none_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere")
    found = finding(home, "Airflow metadata")
    assert not found.ok
    assert "DATABASE_URL has the form" in found.detail


def test_alert_channels_are_shown_without_their_secrets(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFORM_ALERT_SLACK_URL", "https://hooks.example.com/services/SECRET")
    found = finding(home, "alerts")
    assert found.ok
    assert found.detail == "slack hooks.example.com"


def test_a_wrong_alert_setting_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFORM_ALERT_SLCK_URL", "https://hooks.example.com/services/SECRET")
    found = finding(home, "alerts")
    assert not found.ok
    assert "REFORM_ALERT_SLACK_URL" in found.detail


def test_undelivered_alerts_are_counted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFORM_ALERT_SLACK_URL", "https://hooks.example.com/services/SECRET")
    Ledger(home).note_events([trial()], ("slack",))
    assert "1 undelivered" in finding(home, "alerts").detail
