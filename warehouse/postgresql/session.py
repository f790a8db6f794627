"""A connection to the server: one transaction at a time, errors in words, nothing secret in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as driver  # type: ignore[import-untyped]
import pyarrow as pa

from warehouse.errors import EnvironmentBroken
from warehouse.postgresql.address import Address

LOCK_NOT_AVAILABLE = "55P03"
#: Run statements as they are, not within a COPY, which takes queries only.
_PLAIN = {"adbc.postgresql.use_copy": "false"}
CHARACTER_NOT_IN_REPERTOIRE = "22021"


class ServerError(EnvironmentBroken):
    """The server refused a statement or went away; `state` is its SQLSTATE, empty where it gave none."""

    def __init__(self, message: str, state: str = "") -> None:
        self.state = state
        super().__init__(message)


class Session:
    """A connection with a transaction open; the caller commits, and what is not committed never was."""

    def __init__(self, connection: Any, address: Address) -> None:
        self._connection = connection
        self.address = address

    def run(self, *statements: str) -> None:
        """Run statements that give no rows, in one round trip when there are several.

        Raises:
            ServerError: the server refused one.
        """
        if len(statements) > 1:
            body = ";\n".join(statements)
            mark = "$reform$"
            while mark in body:
                mark = mark[:-1] + "x$"
            statements = (f"do {mark} begin\n{body};\nend {mark}",)
        with self._words(), self._connection.cursor() as cursor:
            for statement in statements:
                cursor.adbc_statement.set_options(**_PLAIN)
                cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            ServerError: the server refused it.
        """
        with self._words(), self._connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**_PLAIN)
            cursor.execute(query)
            return list(cursor.fetchall())

    def value(self, query: str) -> Any:
        """The one value of a query that gives one row."""
        return self.rows(query)[0][0]

    def load(self, schema: str, table: str, pieces: Iterable[pa.Table], arrow: pa.Schema) -> int:
        """Append rows to a table by binary COPY; returns how many went in.

        Raises:
            ServerError: the server refused them.
        """
        batches = (batch for piece in pieces for batch in piece.to_batches())
        reader = pa.RecordBatchReader.from_batches(arrow, batches)
        with self._words(), self._connection.cursor() as cursor:
            return int(cursor.adbc_ingest(table, reader, mode="append", db_schema_name=schema))

    def commit(self) -> None:
        """Make what was done visible to everybody at once.

        Raises:
            ServerError: the server could not.
        """
        self.run("commit")
        self.run("begin")

    def rollback(self) -> None:
        """Undo what was not committed."""
        self.run("rollback")
        self.run("begin")

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except adbc_driver_manager.Error as error:
            raise ServerError(_in_words(self.address, error), error.sqlstate or "") from None


@contextmanager
def session(address: Address) -> Iterator[Session]:
    """A session with the server; whatever was not committed is undone when the block ends.

    Raises:
        ServerError: there is no such server, or it lets nobody in with this name and password.
    """
    try:
        # The driver's own transactions know no savepoints: after an error they take nothing but an end.
        connection = driver.connect(address.uri, autocommit=True)
    except adbc_driver_manager.Error as error:
        raise ServerError(_in_words(address, error)) from None
    try:
        opened = Session(connection, address)
        opened.run("begin")
        yield opened
    finally:
        connection.close()


def _in_words(address: Address, error: Exception) -> str:
    """The server's own first lines, without the statement, which may be pages of comments, and without the password."""
    said = str(error).split("\nQuery was:")[0].split("Query:")[0]
    said = " ".join(said.replace("[libpq]", "").split())
    return address.scrub(f"PostgreSQL at {address.place}: {said}")
