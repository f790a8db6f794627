"""Two runs in one home would spoil each other: the second one says who holds it."""

from __future__ import annotations

import os

import pytest

from cli.run_lock import one_run
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


def test_a_second_run_names_the_first_and_does_not_start(home: Home) -> None:
    with one_run(home), pytest.raises(EnvironmentBroken, match=str(os.getpid())), one_run(home):
        pass


def test_the_home_is_free_again_after_a_run(home: Home) -> None:
    with one_run(home):
        pass
    with one_run(home):
        pass
