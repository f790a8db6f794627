"""Merging a judged export into the lake: of two states of a dossier the later one wins, in whichever order they came.

A dossier is known by its unit on the present map and its code. It lies in the month it was filed, which its later
states do not change; where a later state corrects the month, the earlier row is removed from the other partition.
Later is: the later month of export, then the later reception, then the document's id, then the later row. Rows stand
in the order of these, so the bytes of a partition do not depend on the order in which documents were loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.dossiers.judging import Judgement
from ingestion.dossiers.reading import Reading, open_database
from warehouse.home import Home
from warehouse.lake import (
    Partition,
    partition_file,
    partition_files,
    rejected_lake,
    remove_partition,
    replace_file,
)

_STATE = "export_month, document_received_at, source_document_id"
_ROWS_PER_GROUP = 122_880


@dataclass(frozen=True)
class Loaded:
    """What a merge did, in rows: dossiers not known before, known ones in a later state, and states that are older
    than what the lake holds (or stand earlier in the same file).
    """

    new: int
    updated: int
    outdated: int
    partitions: tuple[Partition, ...]


def merge(home: Home, judgement: Judgement, folder: Path, earlier: tuple[Partition, ...] = ()) -> Loaded:
    """Merge an export whose file was not refused; `folder` takes new files, `earlier` is where its rows were before.

    Merging the same export again changes nothing.
    """
    reading = judgement.reading
    connection = open_database(reading.database)
    try:
        _incoming(connection, reading)
        scopes = [
            scope for (scope,) in connection.execute("select distinct unit_scope from kept order by all").fetchall()
        ]
        collided = _collisions(connection, home, reading, scopes)
        mine = _partitions(connection, "kept")
        touched = sorted({*mine, *_partitions(connection, "superseded"), *earlier})
        written = {}
        for number, partition in enumerate(touched):
            written[partition] = _write(connection, home, reading, partition, folder / f"{number}.parquet")
        aside = _write_aside(connection, reading, folder)
    finally:
        connection.close()
    for partition, file in written.items():
        if file is None:
            remove_partition(home, partition)
        else:
            replace_file(file, partition_file(home, partition))
    replace_file(aside, rejected_lake(home) / aside.name)
    return Loaded(*collided, partitions=tuple(mine))


def _incoming(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """`kept`: row, code and partition of what may enter; of a dossier that stands twice the last row."""
    connection.execute(
        """
        create temp table kept as
        with entering as (
            select s.rowid as row_id, s.dossier_id, u.unit_scope, u.unit_code,
                   cast(year(s.filed_at) as integer) as year, cast(month(s.filed_at) as integer) as month
            from staged as s
            join unit_of_name as u on u.unit_name = s.unit_name and u.unit_period = s.unit_period
            where s.rowid not in (select row_id from left_out)
        ),
        doubled as (
            select e.row_id, row_number() over (partition by unit_scope, dossier_id order by row_id desc) as place
            from entering as e
            where hash(dossier_id) in (select hash(dossier_id) from entering group by all having count(*) > 1)
        )
        select * from entering where row_id not in (select row_id from doubled where place > 1)
        order by row_id
        """
    )


def _partitions(connection: duckdb.DuckDBPyConnection, table: str) -> list[Partition]:
    rows = connection.execute(f"select distinct year, month, unit_scope from {table} order by all").fetchall()
    return [Partition(*row) for row in rows]


def _state_of(reading: Reading) -> str:
    document = reading.archived.document
    received = document.received_at[:26].replace("T", " ")
    return f"(date '{reading.export_month}', timestamp '{received}', '{document.source_document_id}')"


def _collisions(
    connection: duckdb.DuckDBPyConnection, home: Home, reading: Reading, scopes: list[str]
) -> tuple[int, int, int]:
    """Find dossiers the lake knows from other documents: `superseded` are its rows that lose, `outdated` ours."""
    connection.execute(
        "create temp table superseded (dossier_id varchar, year integer, month integer, unit_scope varchar)"
    )
    connection.execute("create temp table outdated (row_id bigint)")
    known = 0
    document = reading.archived.document.source_document_id
    for scope in scopes:
        files = [str(path) for path in partition_files(home, scope)]
        if not files:
            continue
        connection.execute(
            f"""
            create or replace temp table collided as
            select e.dossier_id, e.year, e.month, ({_STATE}) < {_state_of(reading)} as is_older, k.row_id
            from read_parquet({files}, hive_partitioning = true,
                              hive_types = {{'year': integer, 'month': integer, 'unit': varchar}}) as e
            join (select dossier_id, row_id from kept where unit_scope = '{scope}') as k on k.dossier_id = e.dossier_id
            where e.source_document_id <> '{document}'
            """
        )
        connection.execute(
            f"insert into superseded select dossier_id, year, month, '{scope}' from collided where is_older"
        )
        connection.execute("insert into outdated select row_id from collided where not is_older")
        row = connection.execute("select count(distinct row_id) from collided").fetchone()
        known += int(row[0]) if row else 0
    rows, late = (
        int(row[0]) if (row := connection.execute(f"select count(*) from {table}").fetchone()) else 0
        for table in ("kept", "outdated")
    )
    return rows - known, known - late, late


def _write(
    connection: duckdb.DuckDBPyConnection, home: Home, reading: Reading, partition: Partition, file: Path
) -> Path | None:
    """Write what the partition holds after the merge; None when that is nothing."""
    where = f"year = {partition.year} and month = {partition.month} and unit_scope = '{partition.unit}'"
    parts = [_own_rows(reading, where)]
    existing = partition_file(home, partition)
    if existing.exists():
        document = reading.archived.document.source_document_id
        other = (
            f"select * from read_parquet('{existing}', hive_partitioning = false) as e "
            f"where e.source_document_id <> '{document}' "
            f"and not exists (select 1 from superseded as s where s.dossier_id = e.dossier_id and {where})"
        )
        before = f"select * from ({other}) where ({_STATE}) < {_state_of(reading)}"
        after = f"select * from ({other}) where ({_STATE}) > {_state_of(reading)}"
        parts = [before, *parts, after]
    # Through a table, because the bytes of a Parquet file depend on how its rows arrive in vectors, and what is left
    # out of an existing file on the way leaves vectors part empty: the same rows would not be the same bytes.
    query = " union all ".join(f"({part})" for part in parts)
    connection.execute(f"create or replace temp table outgoing as {query}")
    done = connection.execute(
        f"copy outgoing to '{file}' (format parquet, compression zstd, row_group_size {_ROWS_PER_GROUP})"
    ).fetchone()
    return file if done and done[0] else None


def _own_rows(reading: Reading, where: str) -> str:
    document = reading.archived.document
    return f"""
        select s.dossier_id, k.unit_code, s.procedure_code,
               case when s.field_name in (select name from hidden_name where column_name = 'field') then null
                    else s.field_name end as field,
               s.level,
               case when s.ward_name in (select name from hidden_name where column_name = 'ward') then null
                    else s.ward_name end as ward,
               s.filed_at, s.received_at, s.due_at, s.returned_at, s.way_of_filing, s.fee_paid_online, s.digitised,
               s.result, s.rating, s.has_complaint, s.applicant_key,
               date '{reading.export_month}' as export_month,
               timestamp '{document.received_at[:26].replace("T", " ")}' as document_received_at,
               '{document.source_document_id}' as source_document_id, s.rowid + 1 as source_row,
               {reading.is_synthetic} as is_synthetic
        from staged as s
        join (select row_id, unit_code from kept
              where {where} and row_id not in (select row_id from outdated)) as k on k.row_id = s.rowid"""


def _write_aside(connection: duckdb.DuckDBPyConnection, reading: Reading, folder: Path) -> Path:
    file = folder / f"{reading.archived.document.source_document_id}.parquet"
    connection.execute(
        f"copy (select * from aside order by row_number, rule_id, column_name) to '{file}' "
        "(format parquet, compression zstd)"
    )
    return file
