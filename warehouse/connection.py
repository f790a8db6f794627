"""Opening DuckDB files: one writer of the build database, any number of readers of anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.writers import noted


class Damaged(EnvironmentBroken):
    """A DuckDB file of which a part cannot be read back as it was written."""


#: How DuckDB says that what it reads is not what it wrote.
_DAMAGE = (
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Could not read all bytes",
    "checksum",
)


def is_damage(error: BaseException | str) -> bool:
    """Whether DuckDB's message says that a file is damaged."""
    return any(words in str(error) for words in _DAMAGE)


@contextmanager
def writer(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one write connection to the build database, closed (and so unlocked) when the block ends.

    Raises:
        EnvironmentBroken: another process holds the file, or it is not a DuckDB database.
        Damaged: a part of it cannot be read.
    """
    home.make()
    if not home.build_database.exists():
        # What was noted of an earlier database is not true of the new one: it holds no marts.
        home.build_state.unlink(missing_ok=True)
    with noted(home, "build database"):
        try:
            connection = duckdb.connect(str(home.build_database))
        except (duckdb.IOException, duckdb.Error) as error:
            raise _not_opened(home.build_database, error) from error
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
        Damaged: a part of it cannot be read.
    """
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except (duckdb.IOException, duckdb.Error) as error:
        raise _not_opened(database, error) from error
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """The rows of a query by the names of its columns."""
    result = connection.execute(sql, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _not_opened(database: Path, error: Exception) -> EnvironmentBroken:
    reason = str(error).splitlines()[0]
    if is_damage(error):
        return Damaged(
            f"{database} is damaged: {reason}. A damaged build database is set aside and made again from the archive "
            "by `reform run`; from a damaged release `reform releases rollback ID` goes to another"
        )
    if "set lock" in reason.lower() or "conflicting lock" in reason.lower():
        return EnvironmentBroken(
            f"{database} is being written by another process, so it was left alone. "
            f"Wait for that run to end, or see who holds it with `reform doctor`. ({reason})"
        )
    return EnvironmentBroken(f"{database} could not be opened: {reason}. `reform doctor` says what can be done.")
