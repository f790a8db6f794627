"""A small synthetic wave, and its loaded form, shared by the survey tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench import survey_exports
from bench.survey_generator import Wave, WaveParameters, draw
from ingestion.survey import steps
from warehouse.home import Home

UNITS = ("hai_phong", "quang_ninh", "thai_nguyen")


def small_wave(seed: int = 7, **changed: Any) -> Wave:
    parameters: dict[str, Any] = {
        "data_year": 2024,
        "units": UNITS,
        "respondents": 240,
        "clusters_a_unit": 8,
        **changed,
    }
    return draw(WaveParameters(**parameters), seed)


def _of_our_own(wave: Wave, frame: pd.DataFrame | None) -> pd.DataFrame:
    """With a column more than the bundled exports, whose mappings the project has accepted already."""
    frame = survey_exports.frame_of(wave) if frame is None else frame
    return frame.assign(dot_khao_sat=1.0)


def write_statistics(wave: Wave, path: Path, frame: pd.DataFrame | None = None) -> Path:
    return survey_exports.write_statistics(wave, path, _of_our_own(wave, frame))


def write_table(wave: Wave, path: Path, frame: pd.DataFrame | None = None) -> Path:
    return survey_exports.write_table(wave, path, _of_our_own(wave, frame))


def load(home: Home, path: Path, given: steps.Given | None = None) -> dict[str, Any]:
    """Ingest, accept the mapping that is proposed, and return the wave's manifest."""
    report = steps.ingest_files(home, [path], given)
    if report["proposed"]:
        report = steps.accept(home, Path(report["proposed"][0]["mapping"]), "Trần Thị Kiểm")
    assert not report["refused"], report["refused"]
    manifest: dict[str, Any] = report["loaded"][0]["wave"]
    return manifest


@pytest.fixture(scope="session")
def wave() -> Wave:
    return small_wave()


@pytest.fixture(scope="session")
def loaded(wave: Wave, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the wave loaded from a .sav; tests only read it."""
    folder = tmp_path_factory.mktemp("survey")
    home = Home(folder / "home")
    home.make()
    load(home, write_statistics(wave, folder / "sipas_2024_synthetic.sav"))
    return home
