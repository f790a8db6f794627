"""A small release, and a client of the real server over it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.warehouse.serving.small_release import publish_small, served
from warehouse.home import Home


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose current release is the small one; not to be changed."""
    home = Home(tmp_path_factory.mktemp("serving") / "home")
    home.make()
    publish_small(home)
    return home


@pytest.fixture(scope="module")
def client(small_home: Home) -> Iterator[httpx.Client]:
    """A client of the server over the small release."""
    with served(small_home) as address, httpx.Client(base_url=address) as client:
        yield client
