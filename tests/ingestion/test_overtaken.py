"""A build overtaken by a load is tried again, never reported as a fault of the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations import mart_audit
from ingestion import steps
from warehouse.errors import EnvironmentBroken, Refusal, Refused
from warehouse.home import Home


class _Audit:
    refusals = (
        Refusal(
            file_name="marts.fct_observation",
            rule="observations_equal_raw",
            found="12",
            expected="13",
            text_en="rows differ",
            text_vi="số dòng khác",
            action="build again",
        ),
    )


@pytest.mark.parametrize(("now", "error"), [("later", EnvironmentBroken), ("built", Refused)])
def test_only_marts_of_what_is_loaded_now_can_be_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, error: type[Exception]
) -> None:
    home = Home(tmp_path)
    home.make()
    monkeypatch.setattr(mart_audit, "audit_marts", lambda *_: _Audit())
    monkeypatch.setattr(steps, "read_state", lambda _: {"fingerprint": "built"})
    monkeypatch.setattr(steps, "input_fingerprint", lambda _: now)
    with pytest.raises(error):
        steps.audit_built_marts(home)
