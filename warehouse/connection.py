"""Opening DuckDB files: one writer of the build database, any number of readers of anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


@contextmanager
def writer(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one write connection to the build database, closed (and so unlocked) when the block ends.

    Raises:
        EnvironmentBroken: another process holds the file, or it is not a DuckDB database.
    """
    home.make()
    try:
        connection = duckdb.connect(str(home.build_database))
    except (duckdb.IOException, duckdb.Error) as error:
        raise EnvironmentBroken(_open_message(home.build_database, error)) from error
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def reader(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to `database`.

    Raises:
        EnvironmentBroken: the file is missing, locked by a writer, or not a DuckDB database.
    """
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except (duckdb.IOException, duckdb.Error) as error:
        raise EnvironmentBroken(_open_message(database, error)) from error
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _open_message(database: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0]
    if "lock" in reason.lower():
        return (
            f"{database} is being written by another process, so it was left alone. "
            f"Wait for that run to end, or see who holds it with `reform doctor`. ({reason})"
        )
    return f"{database} could not be opened: {reason}. `reform doctor` says what can be done."
