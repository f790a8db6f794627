"""One golden table per index: every row of the index computed by another engine, compared in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.e2e.golden.choice import choose, with_sums
from tests.e2e.golden.methodology import Methodology, read
from tests.e2e.golden.series import KEY, on_both_maps, with_ranks, year_over_year
from tests.e2e.independent import papi_figures, papi_printed_sums, pci_figures, slugs_of
from warehouse.home import REFERENCE_DIR, Home

pytestmark = pytest.mark.e2e

INDICES = ("DTI", "PAPI", "PAR_INDEX", "PCI", "QD766", "SIPAS")


@pytest.fixture(scope="session")
def golden(main_job: tuple[Home, dict[str, Any]], shared_data: Path) -> pl.DataFrame:
    """metric_yoy as it should be, for all indices."""
    with duckdb.connect(str(main_job[0].current / "warehouse.duckdb"), read_only=True) as connection:
        observations = connection.execute(
            "select o.*, d.media_type from marts.fct_observation as o join marts.dim_source_document as d "
            "using (source_document_id)"
        ).to_arrow_table()
        codes = connection.execute("select unit_code from marts.dim_unit where unit_type = 'province'").fetchall()
        detected = connection.execute(
            "select indicator_code, first_year from marts.dim_indicator_break where origin like 'detected%'"
        ).fetchall()
    methodology = Methodology.of(REFERENCE_DIR)
    precedence = {row["publisher_class"]: int(row["precedence"]) for row in read(REFERENCE_DIR, "publisher_class")}
    chosen = with_sums(choose(pl.DataFrame(observations).to_dicts(), precedence), methodology)
    values = {key: (value[0], value[3]) for key, value in chosen.items()}
    # PCI and PAPI do not come from our reading at all, but from the files, read with other libraries.
    slugs = slugs_of([str(code) for (code,) in codes])
    papi = shared_data / "papi"
    files = pci_figures(shared_data / "pci", slugs) | papi_figures(papi, slugs) | papi_printed_sums(papi, slugs)
    # A province's own department printed this total for 2021: a government site goes before a sum of parts.
    files["quang_ngai", "PAPI", 2021] = 40.98
    values |= {key: (value, "province") for key, value in files.items()}
    frame = pl.DataFrame(
        [(*key, value, unit_type) for key, (value, unit_type) in values.items()],
        schema={"unit_code": pl.String, "indicator_code": pl.String, "data_year": pl.Int32, "value": pl.Float64,
                "unit_type": pl.String}, orient="row",
    )  # fmt: skip
    carried = on_both_maps(frame, REFERENCE_DIR)
    table = year_over_year(carried, methodology, detected, REFERENCE_DIR)
    return table.join(with_ranks(carried, 34), on=KEY, how="left")


@pytest.mark.parametrize("index_code", INDICES)
def test_every_row_of_the_index_is_what_another_engine_computes(
    release: duckdb.DuckDBPyConnection, golden: pl.DataFrame, index_code: str
) -> None:
    is_of_index = (pl.col("indicator_code") == index_code) | pl.col("indicator_code").str.starts_with(index_code + ".")
    expected = {tuple(row[name] for name in KEY): row for row in golden.filter(is_of_index).iter_rows(named=True)}
    rows = pl.DataFrame(
        release.execute("select * from marts.metric_yoy where index_code = ?", [index_code]).to_arrow_table()
    ).iter_rows(named=True)
    ours = {tuple(row[name] for name in KEY): row for row in rows}
    assert len(ours) > 5
    assert set(ours) ^ set(expected) == set()
    wrong = []
    for key, row in ours.items():
        other = expected[key]
        reason = row["not_comparable_reason"]
        if reason != other["reason"]:
            wrong.append((key, "not_comparable_reason", reason, other["reason"]))
        for name, theirs in (
            ("value", "value"),
            ("previous_value", "previous_value"),
            ("change", "change"),
            ("value_pct_change_points", "points"),
            *([("rank", "rank")] if row["boundary"] == "2025" else []),
        ):
            left, right = row[name], other[theirs]
            if (left is None) != (right is None) or (left is not None and abs(left - right) > 2e-9 * max(1, abs(left))):
                wrong.append((key, name, left, right))
    assert wrong[:10] == []
