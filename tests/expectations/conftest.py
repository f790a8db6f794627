"""What the tests of the expectations share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from expectations.audit import find_failing
from expectations.judging import Failure, failures_by_batch
from expectations.staging import stage
from expectations.suites import DATASET_SUITES
from tests.expectations.batches import reference_with_expected_rows
from warehouse.figures import ParsedBatch
from warehouse.home import Home

Find = Callable[[Sequence[ParsedBatch]], dict[str, list[Failure]]]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference tables, with an expectation for `test:known`."""
    return reference_with_expected_rows(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def find(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> Find:
    """What breaks a rule in the batches given, by batch, as DuckDB finds it (Great Expectations has its own tests)."""

    def find_in(batches: Sequence[ParsedBatch]) -> dict[str, list[Failure]]:
        home = Home(tmp_path_factory.mktemp("home"))
        database = home.staging / "audit.duckdb"
        datasets = {batch.dataset for batch in batches}
        suites = [suite for name, suite in DATASET_SUITES.items() if name in datasets]
        stage(database, batches, suites, home, reference)
        find_failing(database, suites)
        connection = duckdb.connect(str(database))
        try:
            return failures_by_batch(connection)
        finally:
            connection.close()

    return find_in
