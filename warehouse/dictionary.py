"""`marts.dictionary`: one row a column of every table of a release, with what its table is made of and how it fares."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse.release_tables import COMMENT_SEPARATOR, columns_of, literal, mart_tables, name, own_catalog
from warehouse.table_facts import TableFacts, worst
from warehouse.table_texts import DICTIONARY, Columns

_COLUMNS: Columns = {
    "table_name": ("varchar", "Name of the table.", "Tên bảng."),
    "column_position": (
        "bigint",
        "Position of the column in its table, from 1.",
        "Vị trí của cột trong bảng, bắt đầu từ 1.",
    ),
    "column_name": ("varchar", "Name of the column.", "Tên cột."),
    "data_type": ("varchar", "DuckDB type of the column.", "Kiểu dữ liệu của cột."),
    "description_en": ("varchar", "What the column means, in English.", "Ý nghĩa của cột, tiếng Anh."),
    "description_vi": ("varchar", "What the column means, in Vietnamese.", "Ý nghĩa của cột, tiếng Việt."),
    "table_description_en": (
        "varchar",
        "What a row of the table is and how to use it, in English.",
        "Mỗi dòng của bảng là gì và cách dùng, tiếng Anh.",
    ),
    "table_description_vi": ("varchar", "The same in Vietnamese.", "Như trên, tiếng Việt."),
    "table_group": ("varchar", "Group of tables it belongs to.", "Nhóm bảng."),
    "table_row_count": ("bigint", "Rows of the table in this release.", "Số dòng của bảng trong bản phát hành này."),
    "upstream_tables": (
        "varchar",
        "Tables and models it is made of directly, by comma.",
        "Các bảng, mô hình tạo trực tiếp ra bảng này, cách nhau bằng dấu phẩy.",
    ),
    "raw_tables": (
        "varchar",
        "Tables of the loads at the bottom of it, by comma: what documents say.",
        "Các bảng nạp ở gốc, cách nhau bằng dấu phẩy: nội dung các tài liệu.",
    ),
    "reference_tables": (
        "varchar",
        "Tables of the project's reference data at the bottom of it, by comma.",
        "Các bảng tham chiếu của dự án ở gốc, cách nhau bằng dấu phẩy.",
    ),
    "last_received_at": (
        "timestamp",
        "When the newest document was received on which a row of the table rests (UTC); empty where rows name none.",
        "Thời điểm nhận tài liệu mới nhất mà một dòng của bảng dựa vào (UTC); trống nếu các dòng không nêu tài liệu.",
    ),
    "test_count": (
        "bigint",
        "Tests of the last build that name the column.",
        "Số phép kiểm tra của lần dựng cuối có nêu tên cột.",
    ),
    "test_outcome": (
        "varchar",
        "The worst outcome of those tests: passed, warned, failed, skipped or unknown; empty without tests.",
        "Kết quả xấu nhất của các phép kiểm tra đó: passed (đạt), warned (cảnh báo), failed (không đạt), skipped (bỏ "
        "qua) hoặc unknown (không rõ); trống nếu không có phép kiểm tra.",
    ),
}


def write_dictionary(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, TableFacts] | None = None) -> None:
    """Make `marts.dictionary` from the comments of the marts there are and the `facts` of the project, if known."""
    typed = ", ".join(f"{column} {data_type}" for column, (data_type, _, _) in _COLUMNS.items())
    connection.execute(f"create table marts.dictionary ({typed})")
    for column, (_, english, vietnamese) in _COLUMNS.items():
        text = f"{english} {COMMENT_SEPARATOR} {vietnamese}"
        connection.execute(f"comment on column marts.dictionary.{column} is {literal(text)}")
    connection.execute(f"comment on table marts.dictionary is {literal(DICTIONARY.comment())}")
    _facts_as_tables(connection, facts or {})
    connection.execute(
        """
        insert into marts.dictionary by name
        select
            c.table_name, c.column_index as column_position, c.column_name, c.data_type,
            trim(split_part(c.comment, $separator, 1), e' \n') as description_en,
            trim(split_part(c.comment, $separator, 2), e' \n') as description_vi,
            trim(split_part(t.comment, $separator, 1), e' \n') as table_description_en,
            trim(split_part(t.comment, $separator, 2), e' \n') as table_description_vi,
            f.table_group, f.table_row_count, f.upstream_tables, f.raw_tables, f.reference_tables, f.last_received_at,
            coalesce(k.test_count, 0) as test_count, k.test_outcome
        from duckdb_columns() as c
        join duckdb_tables() as t using (database_name, schema_name, table_name)
        left join known_table as f using (table_name)
        left join known_test as k using (table_name, column_name)
        where c.schema_name = 'marts' and c.database_name = current_database()
        order by c.table_name, c.column_index
        """,
        {"separator": COMMENT_SEPARATOR},
    )
    rows = connection.execute("select count(*) from marts.dictionary").fetchall()[0][0]
    connection.execute("update marts.dictionary set table_row_count = ? where table_name = 'dictionary'", [rows])
    connection.execute("drop table known_table")
    connection.execute("drop table known_test")


def _facts_as_tables(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, TableFacts]) -> None:
    connection.execute(
        "create or replace temp table known_table (table_name varchar, table_group varchar, table_row_count bigint, "
        "upstream_tables varchar, raw_tables varchar, reference_tables varchar, last_received_at timestamp)"
    )
    connection.execute(
        "create or replace temp table known_test (table_name varchar, column_name varchar, test_count bigint, "
        "test_outcome varchar)"
    )
    for table in mart_tables(connection):
        known = facts.get(table)
        layers = (known.upstream, known.raw_tables, known.reference_tables) if known else ((), (), ())
        connection.execute(
            "insert into known_table values (?, ?, ?, ?, ?, ?, ?)",
            [
                table,
                known.group if known else None,
                connection.execute(f"select count(*) from marts.{name(table)}").fetchall()[0][0],
                *(", ".join(layer) or None for layer in layers),
                _last_received(connection, table),
            ],
        )
        for column in columns_of(connection, own_catalog(connection), table) if known else ():
            tests = known.tests_of(column) if known else ()
            if tests:
                row = [table, column, len(tests), worst(tests)]
                connection.execute("insert into known_test values (?, ?, ?, ?)", row)


def _last_received(connection: duckdb.DuckDBPyConnection, table: str) -> object:
    catalog = own_catalog(connection)
    documents = columns_of(connection, catalog, "dim_source_document")
    if not {"source_document_id", "received_at"} <= documents:
        return None
    if "source_document_id" not in columns_of(connection, catalog, table):
        return None
    return connection.execute(
        f"select max(received_at) from marts.dim_source_document where source_document_id in "
        f"(select source_document_id from marts.{name(table)})"
    ).fetchall()[0][0]
