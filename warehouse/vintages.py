"""What every figure was in every release: the table `marts.metric_vintage`, written when a release is made.

A slowly changing dimension of type 2 over releases. It is folded from two things only: the previous release's own table
and the marts now being published. Values are compared as stored, without a tolerance: a difference in the last digit
is a difference readers could see.

Great Expectations cannot judge the table in the build, where it does not exist yet. So the release step itself checks
it (`faults_in_vintages`): the rows that stand equal the marts of the release, every figure has at most one of them, and
no two intervals of a figure overlap. A fault stops the publish; `current` stays as it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.release_tables import COMMENT_SEPARATOR, columns_of, literal, name, own_catalog
from warehouse.table_texts import METRIC_VINTAGE

KEY = ("unit_code", "indicator_code", "data_year", "boundary")
#: What is kept of a figure: type, and the mart it is from.
FIGURE_COLUMNS = {
    "value": ("double", "fct_indicator_value"),
    "rank": ("integer", "fct_indicator_value"),
    "change": ("double", "metric_yoy"),
    "value_pct_change_points": ("double", "metric_yoy"),
    "is_comparable": ("boolean", "metric_yoy"),
    "not_comparable_reason": ("varchar", "metric_yoy"),
    "methodology_version": ("varchar", "fct_indicator_value"),
    "source_document_id": ("varchar", "fct_indicator_value"),
    "locator": ("varchar", "fct_indicator_value"),
}
_KEY_TYPES = dict(zip(KEY, ("varchar", "varchar", "integer", "varchar"), strict=True))
_SPAN_TYPES = {
    "from_release_id": "varchar",
    "from_published_at": "timestamp",
    "to_release_id": "varchar",
    "to_published_at": "timestamp",
    "is_current": "boolean",
    "revision_kind": "varchar",
}
_MARTS = ("fct_indicator_value", "metric_yoy")
#: English and Vietnamese of the columns no mart describes.
_SPAN_TEXTS = {
    "from_release_id": (
        "First release in which the figure stood so.",
        "Bản phát hành đầu tiên có số liệu đúng như vậy.",
    ),
    "from_published_at": (
        "When that release was published, UTC.",
        "Thời điểm công bố bản phát hành đó, giờ UTC.",
    ),
    "to_release_id": (
        "Release in which it no longer stood so: another form, or gone. Empty while it stands.",
        "Bản phát hành mà số liệu không còn như vậy: đã đổi hoặc không còn. Trống nếu còn hiệu lực.",
    ),
    "to_published_at": (
        "When that release was published, UTC. Empty while it stands.",
        "Thời điểm công bố bản phát hành đó, giờ UTC. Trống nếu còn hiệu lực.",
    ),
    "is_current": (
        "True where the figure stands so in this release.",
        "Đúng nếu số liệu như vậy trong chính bản phát hành này.",
    ),
    "revision_kind": (
        "What made the row, the first that holds of: first (no release had the figure), returned (it had gone), "
        "restated (another value, or another rank of a figure that is only a rank), newly_incomparable, "
        "newly_comparable, rank_changed, change_changed (the year before was restated), method_or_source_only, "
        "newly_recorded (the earlier release did not keep these columns).",
        "Vì sao có dòng này, điều đúng đầu tiên trong: first (lần đầu có số liệu), returned (có lại sau khi bị bỏ), "
        "restated (giá trị khác, hoặc thứ hạng khác khi chỉ có thứ hạng), newly_incomparable (không còn so sánh được), "
        "newly_comparable (nay so sánh được), rank_changed (đổi thứ hạng), change_changed (số năm trước được sửa), "
        "method_or_source_only (chỉ đổi phương pháp hoặc nguồn), newly_recorded (bản phát hành trước chưa lưu các cột "
        "này).",
    ),
}
_ALL = (*KEY, *FIGURE_COLUMNS, *_SPAN_TYPES)


@dataclass(frozen=True)
class Moment:
    """A release and when it was published (UTC, decided once per release)."""

    release_id: str
    published_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for a manifest."""
        return {**asdict(self), "published_at": self.published_at.isoformat()}

    def stamp(self) -> datetime:
        """`published_at` as the table stores it: UTC, without an offset."""
        return self.published_at.replace(tzinfo=None)


def remember_history(connection: duckdb.DuckDBPyConnection, past: str, predecessor: Moment) -> str:
    """Read the vintages of the release attached as catalog `past` into the temporary table `past_vintage`.

    Returns `vintages` when the release has such a table, `marts` when it is older and its figures count as first seen
    in it, `nothing` when it has no figures at all.

    Raises:
        duckdb.Error: the file is damaged; nothing was remembered.
    """
    _forget_history(connection)
    own = columns_of(connection, past, "metric_vintage")
    if set(KEY) | {"from_release_id", "is_current"} <= own:
        held = ", ".join(_column_or_null(column, kind, own) for column, kind in _types().items())
        connection.execute(f"insert into past_vintage select {held} from {name(past)}.marts.metric_vintage")
        known = own
        outcome = "vintages"
    else:
        figures, known = figures_sql(connection, past)
        if not known:
            return "nothing"
        held = ", ".join((*KEY, *FIGURE_COLUMNS))
        connection.execute(
            f"insert into past_vintage select {held}, ?, ?, null, null, true, 'first' from ({figures})",
            [predecessor.release_id, predecessor.stamp()],
        )
        outcome = "marts"
    connection.executemany(
        "insert into past_known values (?)", [[column] for column in FIGURE_COLUMNS if column in known]
    )
    return outcome


def write_vintages(connection: duckdb.DuckDBPyConnection, release: Moment) -> None:
    """Fold the marts of this file, which become `release`, into what `remember_history` read, as a described table.

    Without remembered history every figure is `first`. Also makes the table macro `marts.as_of(moment)`.

    Raises:
        EnvironmentBroken: the marts have no values.
    """
    figures, known = figures_sql(connection, own_catalog(connection))
    if not known:
        raise EnvironmentBroken(
            "the build holds no fct_indicator_value, so there is nothing to publish: `reform build`"
        )
    connection.execute(f"create or replace temp table standing as {figures}")
    columns = ", ".join(f"{column} {kind}" for column, kind in _types().items())
    connection.execute(f"create table marts.metric_vintage ({columns})")
    if not _has_history(connection):
        _forget_history(connection)
    known = {str(row[0]) for row in connection.execute("from past_known").fetchall()}
    connection.execute(_fold_sql(known), {"release_id": release.release_id, "published_at": release.stamp()})
    for table in ("past_vintage", "past_known", "standing"):
        connection.execute(f"drop table {table}")
    connection.execute(
        """
        create or replace macro marts.as_of(moment) as table
        select * from marts.metric_vintage
        where
            from_published_at <= cast(moment as timestamp)
            and (to_published_at > cast(moment as timestamp) or to_published_at is null)
        """
    )
    _describe(connection)


def faults_in_vintages(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What is wrong with the vintages of the file open, in words; an empty list is what a release must have."""
    figures, _ = figures_sql(connection, own_catalog(connection))
    columns = ", ".join((*KEY, *FIGURE_COLUMNS))
    current = f"select {columns} from marts.metric_vintage where is_current"
    questions = {
        "figures of the marts that no standing row equals": f"select {columns} from ({figures}) except all {current}",
        "standing rows that equal no figure of the marts": f"{current} except all select {columns} from ({figures})",
        "rows whose interval overlaps the next one of the same figure": f"""
            select * from (
                select
                    to_release_id, to_published_at,
                    lead(from_release_id) over spans as next_release_id,
                    lead(from_published_at) over spans as next_published_at
                from marts.metric_vintage
                window spans as (partition by {", ".join(KEY)} order by from_release_id, from_published_at)
            )
            where next_release_id is not null and (
                to_release_id is null or to_release_id > next_release_id or to_published_at > next_published_at
            )
        """,
        "rows that end before they begin, or stand and have an end": """
            select 1 from marts.metric_vintage
            where to_release_id <= from_release_id or to_published_at <= from_published_at
                or is_current is null or is_current <> (to_release_id is null)
                or (to_release_id is null) <> (to_published_at is null)
        """,
    }
    faults = []
    for words, sql in questions.items():
        count = int(connection.execute(f"select count(*) from ({sql})").fetchall()[0][0])
        if count:
            faults.append(f"{count} {words}")
    return faults


def _types() -> dict[str, str]:
    return {**_KEY_TYPES, **{column: kind for column, (kind, _) in FIGURE_COLUMNS.items()}, **_SPAN_TYPES}


def _column_or_null(column: str, kind: str, present: set[str]) -> str:
    return f"cast({column} as {kind}) as {column}" if column in present else f"cast(null as {kind}) as {column}"


def _forget_history(connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{column} {kind}" for column, kind in _types().items())
    connection.execute(f"create or replace temp table past_vintage ({columns})")
    connection.execute("create or replace temp table past_known (column_name varchar)")


def _has_history(connection: duckdb.DuckDBPyConnection) -> bool:
    rows = connection.execute(
        "select 1 from duckdb_tables() where temporary and table_name = 'past_vintage'"
    ).fetchall()
    return bool(rows)


def figures_sql(connection: duckdb.DuckDBPyConnection, catalog: str) -> tuple[str, set[str]]:
    """SQL for the figures of the release attached as `catalog`, and the columns it really has: none without values.

    The SQL gives KEY and FIGURE_COLUMNS; a column the release does not have is NULL.
    """
    held = {mart: columns_of(connection, catalog, mart) for mart in _MARTS}
    if not {"unit_code", "indicator_code", "data_year"} <= held["fct_indicator_value"]:
        return "", set()
    known = {column for column, (_, mart) in FIGURE_COLUMNS.items() if column in held[mart]}
    with_changes = set(KEY) <= held["metric_yoy"] & held["fct_indicator_value"]
    known -= set() if with_changes else {column for column, (_, mart) in FIGURE_COLUMNS.items() if mart == "metric_yoy"}
    # Before there was a second map, every figure was on the map of its source.
    boundary = "v.boundary" if "boundary" in held["fct_indicator_value"] else "'published' as boundary"
    selected = ", ".join(
        f"cast({'v' if mart == 'fct_indicator_value' else 'y'}.{column} as {kind}) as {column}"
        if column in known
        else f"cast(null as {kind}) as {column}"
        for column, (kind, mart) in FIGURE_COLUMNS.items()
    )
    changes = f"left join {name(catalog)}.marts.metric_yoy as y using ({', '.join(KEY)})" if with_changes else ""
    key = f"v.unit_code, v.indicator_code, v.data_year, {boundary}"
    return f"select {key}, {selected} from {name(catalog)}.marts.fct_indicator_value as v {changes}", known


def _fold_sql(known: set[str]) -> str:
    """The next state of the table; `known` are the columns the previous release kept."""
    differs = " or ".join(f"n.{column} is distinct from o.{column}" for column in FIGURE_COLUMNS)
    stays = ", ".join(f"o.{column}" for column in (*KEY, *FIGURE_COLUMNS, "from_release_id", "from_published_at"))
    fresh = ", ".join(f"n.{column}" for column in (*KEY, *FIGURE_COLUMNS))
    return f"""
        insert into marts.metric_vintage
        with closed as (select * from past_vintage where not is_current),

        opened as (select * from past_vintage where is_current),

        seen as (select distinct {", ".join(KEY)}, true as was_seen from past_vintage),

        kept as (
            select
                {stays},
                case when n.unit_code is null or ({differs}) then $release_id end as to_release_id,
                case when n.unit_code is null or ({differs}) then $published_at end as to_published_at,
                n.unit_code is not null and not ({differs}) as is_current,
                o.revision_kind
            from opened as o left join standing as n on {_same_key("n", "o")}
        ),

        begun as (
            select
                {fresh},
                $release_id as from_release_id,
                $published_at as from_published_at,
                cast(null as varchar) as to_release_id,
                cast(null as timestamp) as to_published_at,
                true as is_current,
                {_kind_sql(known)} as revision_kind
            from standing as n
            left join opened as o on {_same_key("n", "o")}
            left join seen as s on {_same_key("n", "s")}
            where o.unit_code is null or {differs}
        )

        select {", ".join(_ALL)} from closed
        union all
        select {", ".join(_ALL)} from kept
        union all
        select {", ".join(_ALL)} from begun
        order by indicator_code, data_year, unit_code, boundary, from_release_id
    """


def _same_key(one: str, other: str) -> str:
    return " and ".join(f"{one}.{column} = {other}.{column}" for column in KEY)


def _kind_sql(known: set[str]) -> str:
    def differ(*columns: str) -> str:
        return " or ".join(f"n.{column} is distinct from o.{column}" for column in columns if column in known)

    kinds = {
        "restated": differ("value"),
        "newly_incomparable": "o.is_comparable and not n.is_comparable",
        "newly_comparable": "not o.is_comparable and n.is_comparable",
        "rank_changed": differ("rank"),
        "change_changed": differ("change", "value_pct_change_points"),
        "method_or_source_only": differ(*FIGURE_COLUMNS),
    }
    if "value" in known and "rank" in known:
        kinds["restated"] += " or (n.value is null and n.rank is distinct from o.rank)"
    branches = " ".join(f"when {condition} then '{kind}'" for kind, condition in kinds.items() if condition)
    return (
        "case when o.unit_code is null and s.was_seen then 'returned' when o.unit_code is null then 'first' "
        f"{branches} else 'newly_recorded' end"
    )


def _describe(connection: duckdb.DuckDBPyConnection) -> None:
    """Comments in both languages: the span's own, and of each figure column the words of the mart it is from."""
    connection.execute(f"comment on table marts.metric_vintage is {literal(METRIC_VINTAGE.comment())}")
    sources = dict.fromkeys(KEY, "fct_indicator_value") | {column: mart for column, (_, mart) in FIGURE_COLUMNS.items()}
    for column, mart in sources.items():
        comment = connection.execute(
            "select comment from duckdb_columns() where database_name = current_database() and schema_name = 'marts' "
            "and table_name = ? and column_name = ? and comment is not null",
            [mart, column],
        ).fetchall()
        if comment:
            connection.execute(f"comment on column marts.metric_vintage.{column} is {literal(comment[0][0])}")
    for column, (english, vietnamese) in _SPAN_TEXTS.items():
        text = f"{english} {COMMENT_SEPARATOR} {vietnamese}"
        connection.execute(f"comment on column marts.metric_vintage.{column} is {literal(text)}")
