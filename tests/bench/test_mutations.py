"""Twenty corrupted documents in a small home; two hundred in the whole one are run by hand (docs/mutations.md)."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from bench.mutation_path import finished_home
from bench.mutations import Mutations, Trial
from warehouse.home import BUNDLED_INPUT_DIR

_ANNEX = BUNDLED_INPUT_DIR / "annex"
_NAMES = ("PCI_2009.xls", "PCI_2010.xls", "papi_2018.csv", "papi_2019.csv", "papi_2020.csv", "PAPI_2011-2016.xlsx")


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> list[Trial]:
    inputs = tmp_path_factory.mktemp("inputs")
    files = [*(shared_data / name.split("_", maxsplit=1)[0].lower() / name for name in _NAMES)]
    files += [_ANNEX / f"PAR_INDEX_2023_phu_luc_1.{form}" for form in ("xlsx", "pdf")]
    for path in files:
        folder = inputs / path.parent.name
        folder.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / path.name)
    folder = tmp_path_factory.mktemp("mutations")
    mutations = Mutations(folder, finished_home(folder, (inputs,)), with_marts=False)
    assert not mutations.not_same_when_unchanged
    return [mutations.trial(random.Random(seed)) for seed in range(20)]


def test_nearly_every_corrupted_document_is_caught_at_the_load(trials: list[Trial]) -> None:
    missed = [trial for trial in trials if trial.outcome == "missed"]
    assert len(missed) <= 2, missed


def test_every_miss_has_its_reason(trials: list[Trial]) -> None:
    assert all(trial.reason for trial in trials if trial.outcome == "missed")


def test_every_catch_names_its_rule(trials: list[Trial]) -> None:
    assert all(trial.caught_by for trial in trials if trial.outcome != "missed")
