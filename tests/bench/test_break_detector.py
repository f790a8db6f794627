"""The detector of breaks on simulated panels, in short: its full measurement is `python -m bench.break_detector`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.break_detector import alarms, compiled_models, detect, plant_everywhere, simulated_panels, total
from bench.break_panels import Panel
from bench.break_planting import QUARTER

SEED = 11


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled_models(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def calm() -> list[Panel]:
    return simulated_panels(12, SEED)


def changed(panel: Panel, values: np.ndarray) -> Panel:
    return replace(panel, values=values)


def test_calm_years_are_left_alone(models: dict[str, str], calm: list[Panel]) -> None:
    assert total(alarms(models, calm).values()).share <= 0.025


def test_planted_breaks_are_found(models: dict[str, str], calm: list[Panel]) -> None:
    papi = [panel for panel in calm if panel.index_code == "PAPI"][:1]
    planted = plant_everywhere(models, papi, SEED + 1, kinds=("rescaled", "swapped"))
    assert planted.count(least=QUARTER).share >= 0.93


def test_rescaling_that_was_announced_is_none(models: dict[str, str], calm: list[Panel]) -> None:
    panel = calm[0]
    year = panel.years.index(2016)
    values, maxima = panel.values.copy(), panel.maxima.copy()
    values[:, year:] *= 0.5
    maxima[:, year:] *= 0.5
    announced = replace(panel, values=values, maxima=maxima)
    before = {spot for spot in detect(models, [("a", panel)]) if spot[2] == 2016}
    assert {spot for spot in detect(models, [("a", announced)]) if spot[2] == 2016} == before


def test_whole_index_rescaled_in_silence_is_not_taken_for_a_shock(models: dict[str, str], calm: list[Panel]) -> None:
    panel = calm[0]
    year = panel.years.index(2016)
    values = panel.values.copy()
    values[:, year:] *= 0.6
    alive = int(np.isfinite(values[:, year - 1 : year + 1]).any(axis=2).all(axis=1).sum())
    found = {spot for spot in detect(models, [("a", changed(panel, values))]) if spot[2] == 2016}
    assert len(found) >= 0.9 * alive


def test_order_of_rows_and_provinces_changes_nothing(models: dict[str, str], calm: list[Panel]) -> None:
    shuffled = np.random.default_rng(SEED).permutation(calm[1].values.shape[2])
    turned = changed(calm[1], calm[1].values[:, :, shuffled])
    assert detect(models, [("a", turned)]) == detect(models, [("a", calm[1])])
