"""A forgotten respondent is nowhere: not in the archive, the wave or the estimates, and does not come back."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from bench.survey_generator import Wave
from ingestion.survey import steps
from ingestion.survey.forgetting import forget, forgotten_file
from tests.ingestion.survey.conftest import load, write_statistics, write_table
from warehouse.errors import Misused
from warehouse.home import Home

KEYS = ("respondent_key", "respondent_no")


def respondents(home: Home) -> pl.DataFrame:
    return pl.read_parquet(home.lake / "survey" / "wave=sipas_2024" / "respondents.parquet")


def key_of(home: Home, row: int) -> str:
    return str(respondents(home)["respondent_key"][row])


def archived_bytes(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((home.archive / "survey").rglob("content")))


def export(wave: Wave, folder: Path, suffix: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"sipas_2024_synthetic{suffix}"
    return write_statistics(wave, path) if suffix in {".sav", ".zsav", ".dta"} else write_table(wave, path)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".sav", ".zsav", ".dta"])
def test_everybody_else_stays_as_they_were(home: Home, wave: Wave, tmp_path: Path, suffix: str) -> None:
    load(home, export(wave, tmp_path / "in", suffix))
    before = respondents(home)
    forget(home, key_of(home, 5))
    after = respondents(home)
    kept = before.filter(pl.col("respondent_key") != before["respondent_key"][5])
    assert after["respondent_key"].to_list() == kept["respondent_key"].to_list()
    assert after["weight"].equals(kept["weight"])
    answers = pl.read_parquet(home.lake / "survey" / "wave=sipas_2024" / "answers.parquet")
    assert answers["respondent_no"].max() == before.height - 1


def test_nothing_of_them_is_left_in_the_archive(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = export(wave, tmp_path / "in", ".csv")
    line = path.read_bytes().splitlines()[6]
    load(home, path)
    assert line in archived_bytes(home)
    forget(home, key_of(home, 5))
    assert line not in archived_bytes(home)
    assert len(steps.archived_exports(home)) == 1


def test_the_audit_line_holds_no_key(home: Home, wave: Wave, tmp_path: Path) -> None:
    load(home, export(wave, tmp_path / "in", ".csv"))
    key = key_of(home, 5)
    report = forget(home, key)
    text = forgotten_file(home).read_text("utf-8")
    assert key not in text
    assert json.loads(text)["new_sha256"] == report["exports"][0]["new_sha256"]
    assert forgotten_file(home).stat().st_mode & 0o077 == 0


def test_the_same_export_is_not_taken_in_again(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = export(wave, tmp_path / "in", ".csv")
    load(home, path)
    forget(home, key_of(home, 5))
    report = steps.ingest_files(home, [path])
    assert [refusal.rule for refusal in report["refused"][0]["refusals"]] == ["survey_export_forgotten"]
    assert respondents(home).height == len(wave.weight) - 1


def test_in_another_export_they_are_left_out_again(home: Home, wave: Wave, tmp_path: Path) -> None:
    load(home, export(wave, tmp_path / "in", ".csv"))
    key = key_of(home, 5)
    forget(home, key)
    load(home, export(wave, tmp_path / "in", ".sav"))
    assert key not in respondents(home)["respondent_key"].to_list()


def test_a_key_nobody_has_is_wrong_use(home: Home, wave: Wave, tmp_path: Path) -> None:
    load(home, export(wave, tmp_path / "in", ".csv"))
    before = archived_bytes(home)
    with pytest.raises(Misused, match="no wave has"):
        forget(home, "0" * 32)
    assert archived_bytes(home) == before
