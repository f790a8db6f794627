"""The short form of `make bench BENCH=yoy`: three engines compute the same from the same facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.yoy import make_data, measure

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", params=[False, True], ids=["sorted", "shuffled"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200,000 facts and the compiled models."""
    folder = tmp_path_factory.mktemp("yoy")
    (folder / "compiled.json").write_text(json.dumps(make_data(folder, 200_000, shuffled=request.param)), "utf-8")
    return folder


def test_polars_and_pandas_compute_what_our_models_compute(facts: Path) -> None:
    ours, polars, pandas = (
        measure(which, facts)["checksums"] for which in ("duckdb_mart", "polars_mart", "pandas_mart")
    )
    assert isinstance(ours, dict)
    assert isinstance(polars, dict)
    assert isinstance(pandas, dict)
    assert polars["reasons"] == ours["reasons"] > 0
    assert polars["rank_change"] == ours["rank_change"]
    assert polars["change"] == pytest.approx(ours["change"], rel=1e-9)
    assert pandas["change"] == pytest.approx(ours["change"], rel=1e-9)
