"""Events made for a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from warehouse.alerts.event import Event
from warehouse.alerts.occasions import blocked_files
from warehouse.alerts.settings import AlertSettings
from warehouse.errors import Refusal

MOMENT = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)


def refusal(file_name: str = "SIPAS_2023_phụ_lục.xlsx", *, number: int = 7, found: str = "'86,5x'") -> Refusal:
    return Refusal(
        file_name=file_name,
        rule="not_a_number",
        found=found,
        expected="một số · a number",
        place=f"Tỉnh!D{number}",
        text_en="a cell that should hold a number holds none",
        text_vi="ô cần số nhưng không phải là số",
        action="sửa ô rồi gửi lại · correct the cell and send it again",
    )


def blocked(file_name: str = "SIPAS_2023_phụ_lục.xlsx", *, rows: int = 1, sha256: str = "a" * 64) -> Event:
    found = [refusal(file_name, number=7 + row) for row in range(rows)]
    (event,) = blocked_files(found, {file_name: sha256}, "http://127.0.0.1:8080/dags/ingest_indices")
    return replace(event, happened_at=MOMENT)


def mail_to(port: int, **more: str) -> AlertSettings:
    """Settings for a mail server without TLS on `port`."""
    return AlertSettings.from_environment(
        {
            "REFORM_ALERT_SMTP_HOST": "127.0.0.1",
            "REFORM_ALERT_SMTP_PORT": str(port),
            "REFORM_ALERT_SMTP_SECURITY": "none",
            "REFORM_ALERT_SMTP_FROM": "reform@example.vn",
            "REFORM_ALERT_SMTP_TO": "lan@example.vn, minh@example.vn",
            **more,
        }
    )
