"""The quality of a release beside that of the releases before it: what stands for how long, and the counts over time.

Both tables are about this installation's history, are written at publication, and go on from the release before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader
from warehouse.release_tables import COMMENT_SEPARATOR, columns_of, literal, name, own_catalog
from warehouse.table_texts import OWN_TABLES

#: A warning that stands in so many releases asks for a decision.
RELEASES_UNTIL_DECISION = 3

_STANDING_KEY = ("suite", "rule_id", "source_key", "subject")

#: Column: type, English, Vietnamese.
_STANDING = {
    "suite": ("varchar", "The suite of the check.", "Bộ kiểm tra."),
    "rule_id": ("varchar", "The rule.", "Quy tắc."),
    "source_key": ("varchar", "The document's key; empty where it is about none.", "Mã tài liệu; trống nếu không có."),
    "subject": ("varchar", "The figure it is about; empty for a whole document.",
                "Số liệu liên quan; trống nếu là cả tài liệu."),
    "outcome": ("varchar", "warned or quarantined.", "warned (cảnh báo) hoặc quarantined (đang chờ)."),
    "owner": ("varchar", "Who must act.", "Ai phải xử lý."),
    "text_vi": ("varchar", "What is wrong, in Vietnamese.", "Nội dung, tiếng Việt."),
    "text_en": ("varchar", "What is wrong, in English.", "Nội dung, tiếng Anh."),
    "file_name": ("varchar", "The file, where it is about one.", "Tên tệp, nếu có."),
    "rows_failed": ("bigint", "Rows it is about.", "Số dòng liên quan."),
    "first_release_id": ("varchar", "The release it stands in since.", "Bản phát hành đầu tiên có cảnh báo này."),
    "first_published_at": ("timestamp", "When that was published (UTC).", "Thời điểm công bố bản đó (UTC)."),
    "release_count": ("bigint", "Releases in a row it stands in, this one included.",
                      "Số bản phát hành liên tiếp, kể cả bản này."),
    "is_accepted": ("boolean", "Whether somebody decided to live with it.",
                    "Đã có người quyết định chấp nhận hay chưa."),
    "needs_decision": (
        "boolean",
        f"Whether it stands in {RELEASES_UNTIL_DECISION} releases or more and nobody decided.",
        f"Đã đứng trong {RELEASES_UNTIL_DECISION} bản phát hành trở lên mà chưa có quyết định.",
    ),
}  # fmt: skip

_TREND = {
    "release_id": ("varchar", "The release.", "Bản phát hành."),
    "published_at": ("timestamp", "When it was published (UTC).", "Thời điểm công bố (UTC)."),
    "measure": ("varchar", "What is counted.", "Đại lượng được đếm."),
    "count": ("bigint", "How many.", "Số lượng."),
}

#: Measures of `data_quality_trend`, each a query that gives one number; `refused_files` is counted outside the file.
MEASURES = {
    "documents": "select count(*) from marts.dim_source_document where not is_superseded",
    "figures": "select count(*) from marts.fct_observation where not is_superseded",
    "suspect_figures": "select count(*) from marts.fct_observation "
    "where not is_superseded and figure_status = 'suspect'",
    "corrected_figures": "select count(*) from marts.dim_correction where is_applied",
    "waiting_rows": "select coalesce(sum(rows_failed), 0) from marts.data_quality "
    "where outcome = 'quarantined' and not is_superseded",
    "warnings": "select count(*) from marts.data_quality where outcome = 'warned' and not is_superseded",
    "comparable_changes": "select count(*) from marts.metric_yoy where is_comparable and boundary = 'published'",
    "withheld_changes": "select count(*) from marts.metric_yoy where boundary = 'published' "
    "and not is_comparable and value is not null and previous_value is not null",
}


def remember_quality(connection: duckdb.DuckDBPyConnection, past: str) -> None:
    """Read both tables of the release attached as catalog `past` into temporary tables; empty where it has none."""
    forget_quality(connection)
    for table, columns in (("data_quality_standing", _STANDING), ("data_quality_trend", _TREND)):
        if set(columns) <= columns_of(connection, past, table):
            held = ", ".join(columns)
            connection.execute(f"insert into past_{table} select {held} from {name(past)}.marts.{table}")


def forget_quality(connection: duckdb.DuckDBPyConnection) -> None:
    """Begin without history."""
    for table, columns in (("data_quality_standing", _STANDING), ("data_quality_trend", _TREND)):
        connection.execute(f"create or replace temp table past_{table} ({_typed(columns)})")


def write_quality(
    connection: duckdb.DuckDBPyConnection, release_id: str, published_at: Any, *, refused_files: int
) -> None:
    """Write both tables of this file, which becomes `release_id`, from its marts and what `remember_quality` read.

    Marts without `data_quality` (a build of a part) get none of them.
    """
    if not columns_of(connection, own_catalog(connection), "data_quality"):
        return
    if not _is_remembered(connection):
        forget_quality(connection)
    key = " and ".join(f"past.{column} = now.{column}" for column in _STANDING_KEY)
    described = "outcome, owner, text_vi, text_en, file_name, rows_failed"
    connection.execute(f"create table marts.data_quality_standing ({_typed(_STANDING)})")
    connection.execute(
        f"""
        insert into marts.data_quality_standing
        with standing_now as (
            select suite, rule_id, coalesce(source_key, '') as source_key, subject, {described}, is_accepted
            from marts.data_quality where outcome in ('warned', 'quarantined') and not is_superseded
        )
        select {", ".join(f"now.{column}" for column in _STANDING_KEY)},
            {", ".join(f"now.{column}" for column in described.split(", "))},
            coalesce(past.first_release_id, $release_id), coalesce(past.first_published_at, $published_at),
            coalesce(past.release_count, 0) + 1, now.is_accepted,
            not now.is_accepted and coalesce(past.release_count, 0) + 1 >= {RELEASES_UNTIL_DECISION}
        from standing_now as now left join past_data_quality_standing as past on {key}
        order by {", ".join(f"now.{column}" for column in _STANDING_KEY)}
        """,
        {"release_id": release_id, "published_at": published_at},
    )
    connection.execute(f"create table marts.data_quality_trend ({_typed(_TREND)})")
    connection.execute("insert into marts.data_quality_trend from past_data_quality_trend")
    counts = {measure: int(connection.execute(query).fetchall()[0][0]) for measure, query in MEASURES.items()}
    connection.executemany(
        "insert into marts.data_quality_trend values (?, ?, ?, ?)",
        [
            [release_id, published_at, measure, count]
            for measure, count in {**counts, "refused_files": refused_files}.items()
        ],
    )
    for table in ("data_quality_standing", "data_quality_trend"):
        connection.execute(f"drop table past_{table}")
    _describe(connection)


def decisions_asked(database: Path) -> int:
    """How many warnings of the release `database` ask for a decision; 0 in a release from before they were counted."""
    with reader(database) as connection:
        if not columns_of(connection, own_catalog(connection), "data_quality_standing"):
            return 0
        found = connection.execute("select count(*) from marts.data_quality_standing where needs_decision").fetchall()
    return int(found[0][0])


def _is_remembered(connection: duckdb.DuckDBPyConnection) -> bool:
    rows = connection.execute(
        "select 1 from duckdb_tables() where temporary and table_name = 'past_data_quality_trend'"
    )
    return bool(rows.fetchall())


def _typed(columns: dict[str, tuple[str, str, str]]) -> str:
    return ", ".join(f'"{column}" {kind}' for column, (kind, _, _) in columns.items())


def _describe(connection: duckdb.DuckDBPyConnection) -> None:
    for table, columns in (("data_quality_standing", _STANDING), ("data_quality_trend", _TREND)):
        connection.execute(f"comment on table marts.{table} is {literal(OWN_TABLES[table].comment())}")
        for column, (_, english, vietnamese) in columns.items():
            text = f"{english} {COMMENT_SEPARATOR} {vietnamese}"
            connection.execute(f'comment on column marts.{table}."{column}" is {literal(text)}')
