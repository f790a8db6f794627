"""`reform fetch portal`: what is wrong use is said at once, before anything is asked."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.main import app
from warehouse.errors import Misused


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--period", "2025-13"], "2025-13"),
        (["--service", "report_xyz"], "report_tinh_766_service"),
        (["--unit", "atlantis"], "atlantis"),
        (["--unit", "lao_cai", "--period", "2025-09"], "2025-09"),
        (["--service", "report_tinh_766_service", "--period", "2025-09"], "week"),
    ],
)
def test_what_nobody_can_answer_is_wrong_use(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["fetch", "portal", *arguments])
    assert isinstance(done.exception, Misused)
    assert said in str(done.exception)


@pytest.mark.parametrize("command", [["fetch", "portal"], ["run", "--portal"]])
def test_a_wrong_setting_is_wrong_use(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("REFORM_PORTAL_URL", "http://dichvucong.gov.vn")
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, Misused)
    assert "https://" in str(done.exception)
