"""The compiled models, once for all properties."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.properties.engine import Engine, compile_models
from warehouse.home import Home


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with every model of the project."""
    home = Home(tmp_path_factory.mktemp("compiled"))
    home.make()
    made = Engine(compile_models(home), home.build_database.stem)
    yield made
    made.close()
