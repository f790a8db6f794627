"""Questions to a release: SQL of known names and bound values, a few at a time, and none without end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from warehouse.release_tables import name
from warehouse.serving.catalogue import Table
from warehouse.serving.conditions import Condition
from warehouse.serving.negotiation import TYPED
from warehouse.serving.problems import Problem
from warehouse.serving.releases import OpenRelease
from warehouse.serving.rendering import arrow_stream, csv_page, json_page, parquet_file, with_descriptions
from warehouse.serving.settings import ServingSettings

T = TypeVar("T")
#: An interruption that arrives between two statements is lost, so it is repeated until the query has ended.
_REPEAT_SECONDS = 0.1


@dataclass(frozen=True)
class Selection:
    """A page of the rows of one table; `order` are columns that tell its rows apart, or none for the table's own."""

    table: Table
    conditions: tuple[Condition, ...]
    order: tuple[str, ...]
    limit: int
    offset: int

    def sql(self) -> tuple[str, list[Any]]:
        """The query and its values: of one row more than the page, to see whether there is a next one.

        Raises:
            Problem: the table of this release has no such column.
        """
        parameters: list[Any] = []
        clauses = []
        for condition in self.conditions:
            column = self.table.columns.get(condition.column)
            if column is None:
                known = ", ".join(self.table.columns)
                raise Problem(
                    "unknown_column",
                    f"{self.table.name} has no column {condition.column!r}. It has: {known}.",
                    f"Bảng {self.table.name} không có cột {condition.column!r}. Các cột: {known}.",
                )
            place = f"cast(? as {column.data_type})"
            if condition.operator == "=":
                clauses.append(f"{name(column.name)} in ({', '.join([place] * len(condition.values))})")
            else:
                clauses.append(f"{name(column.name)} {condition.operator} {place}")
            parameters += condition.values
        where = f" where {' and '.join(clauses)}" if clauses else ""
        columns = ", ".join(name(column) for column in self.table.columns)
        query = f"select {columns} from release.marts.{name(self.table.name)}{where}"
        order = ", ".join(name(column) for column in self.order) or "rowid"
        return f"{query} order by {order} limit ? offset ?", [*parameters, self.limit + 1, self.offset]


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """What `sql` finds, each row as an object."""
    result = connection.execute(sql, list(values))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def page_of_engine(
    connection: duckdb.DuckDBPyConnection, selection: Selection, form: str, document: dict[str, Any], next_page: str
) -> tuple[bytes, bool]:
    """The page as sent, and whether rows follow it; JSON gets `document` around the rows and `next_page` as `next`.

    Raises:
        Problem: a column is not there, or a value is not of its column's type.
    """
    sql, parameters = selection.sql()
    names = list(selection.table.columns)
    try:
        if form in TYPED:
            found = connection.sql(sql, params=parameters).to_arrow_table()
            return typed_page(found, selection, form, document)
        rows = connection.execute(sql, parameters).fetchall()
    except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        raise Problem(
            "invalid_parameters",
            f"A value is not of the type of its column: {str(error).splitlines()[0]}",
            "Giá trị không đúng kiểu dữ liệu của cột.",
        ) from error
    return text_page(names, rows, selection.limit, form, document, next_page)


def page_of_series(
    series: pa.Table, selection: Selection, form: str, document: dict[str, Any], next_page: str
) -> tuple[bytes, bool]:
    """The same page, of all rows of a series instead of the engine."""
    rest = series.slice(selection.offset, selection.limit + 1)
    if form in TYPED:
        return typed_page(rest, selection, form, document)
    rows = list(zip(*(column.to_pylist() for column in rest.columns), strict=True))
    return text_page(rest.column_names, rows, selection.limit, form, document, next_page)


def typed_page(found: pa.Table, selection: Selection, form: str, document: dict[str, Any]) -> tuple[bytes, bool]:
    """Arrow or Parquet of the first `limit` rows found, and whether there are more."""
    described = with_descriptions(found.slice(0, selection.limit), selection.table, document["release_id"])
    body = arrow_stream(described) if form == "arrow" else parquet_file(described)
    return body, found.num_rows > selection.limit


def text_page(
    names: list[str], rows: list[tuple[Any, ...]], limit: int, form: str, document: dict[str, Any], next_page: str
) -> tuple[bytes, bool]:
    """JSON or CSV of the first `limit` rows, and whether there are more."""
    shown, more = rows[:limit], len(rows) > limit
    if form == "csv":
        return csv_page(names, shown), more
    return json_page({**document, "next": next_page if more else None}, names, shown), more


class QueryRunner:
    """Runs questions on threads; used from one event loop.

    Quick questions, which find a few rows, have one thread for themselves: none waits behind a scan of a table, and two
    at once in one process were measured to be slower than one after the other. Scans have `settings.scans` threads.
    """

    def __init__(self, settings: ServingSettings) -> None:
        self._settings = settings
        self._quick = ThreadPoolExecutor(1, thread_name_prefix="quick")
        self._scans = ThreadPoolExecutor(settings.scans, thread_name_prefix="scan")
        self._inside = 0

    async def run(
        self, release: OpenRelease, work: Callable[[duckdb.DuckDBPyConnection], T], *, quick: bool = False
    ) -> T:
        """What `work` makes of a connection to `release`; it begins within `settings.query_seconds`, and takes no more.

        Raises:
            Problem: too many are waiting, or the time was up.
        """
        if self._inside > self._settings.scans + self._settings.waiting:
            raise _overloaded()
        self._inside += 1
        cursor = release.cursor()
        clock = _Clock(cursor, self._settings.query_seconds)
        loop = asyncio.get_running_loop()
        latest = time.monotonic() + self._settings.query_seconds

        def in_time() -> T:
            if time.monotonic() > latest:
                raise _overloaded()
            loop.call_soon_threadsafe(clock.start, loop)
            return work(cursor)

        try:
            return await loop.run_in_executor(self._quick if quick else self._scans, in_time)
        except duckdb.InterruptException:
            raise Problem(
                "query_too_long",
                f"It was stopped after {self._settings.query_seconds:g} s: ask for fewer units, indicators or years, "
                "or take the table's Parquet file from the release.",
                "Hãy thu hẹp phạm vi đơn vị, chỉ tiêu hoặc năm, hoặc dùng tệp Parquet của bản phát hành.",
            ) from None
        finally:
            clock.stop()
            cursor.close()
            self._inside -= 1

    def close(self) -> None:
        """Take no more questions."""
        for threads in (self._quick, self._scans):
            threads.shutdown(wait=True, cancel_futures=True)


class _Clock:
    """Interrupts the query of `cursor` after `seconds`, and again until it has ended."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._cursor = cursor
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._is_stopped = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The query begins; called on the event loop, so perhaps after it has ended."""
        if not self._is_stopped:
            self._timer = loop.call_later(self._seconds, self._interrupt, loop)

    def stop(self) -> None:
        """The query has ended."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _interrupt(self, loop: asyncio.AbstractEventLoop) -> None:
        self._cursor.interrupt()
        self._timer = loop.call_later(_REPEAT_SECONDS, self._interrupt, loop)


def _overloaded() -> Problem:
    return Problem(
        "overloaded",
        "Too many questions are waiting; ask again in a second.",
        "Có quá nhiều yêu cầu đang chờ; hãy thử lại sau một giây.",
        headers={"Retry-After": "1"},
    )
