"""Merging a judged export into the lake: of two states of a dossier the later one wins, in whichever order they came.

A dossier is known by its unit on the present map and its code. It lies in the month it was filed, which its later
states do not change; where a later state corrects the month, the earlier row is removed from the other partition.
Later is: the later month of export, then the later reception, then the document's id, then the later row. A file's rows
stand in the order of the dossiers' codes, so its bytes do not depend on the order in which documents were loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.dossiers.judging import Judgement
from ingestion.dossiers.reading import Reading, open_database
from warehouse.home import Home
from warehouse.lake import Partition, add_file, copy_rows, dossier_store, rejected_lake, rows_of_unit
from warehouse.lake_manifest import LakeFile, Version
from warehouse.lake_schema import COLUMNS
from warehouse.lake_store import Store, replace_file

_STATE = "export_month, document_received_at, source_document_id"


@dataclass(frozen=True)
class Loaded:
    """What a merge did, in rows: dossiers not known before, known ones in a later state, and states that are older
    than what the lake holds (or stand earlier in the same file). `added` and `removed` (paths) are for the manifest.
    """

    new: int
    updated: int
    outdated: int
    partitions: tuple[Partition, ...]
    added: tuple[LakeFile, ...]
    removed: tuple[str, ...]


def merge(home: Home, judgement: Judgement, version: Version, folder: Path) -> Loaded:
    """Write the files that hold an export whose file was not refused; `version` is what the lake holds now, `folder`
    takes files on their way. They count once a manifest names them.

    Merging the same export again changes nothing.
    """
    reading = judgement.reading
    store = dossier_store(home)
    connection = open_database(reading.database)
    try:
        store.attach(connection)
        _incoming(connection, reading)
        scopes = [
            scope for (scope,) in connection.execute("select distinct unit_scope from kept order by all").fetchall()
        ]
        counts = _collisions(connection, store, version, reading, scopes)
        mine = _partitions(connection, "kept")
        document = reading.archived.document.source_document_id
        earlier = {Partition(*parts) for parts in version.documents.get(document, {}).get("partitions", [])}
        touched = sorted({*mine, *_partitions(connection, "superseded"), *earlier})
        added, removed = _write_all(connection, store, version, reading, touched, folder)
        aside = _write_aside(connection, reading, folder)
    finally:
        connection.close()
    replace_file(aside, rejected_lake(home) / aside.name)
    return Loaded(*counts, partitions=tuple(mine), added=tuple(added), removed=tuple(removed))


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
    connection: duckdb.DuckDBPyConnection, store: Store, version: Version, reading: Reading, scopes: list[str]
) -> tuple[int, int, int]:
    """Find dossiers the lake knows from other documents: `superseded` are its rows that lose, `outdated` ours."""
    connection.execute(
        "create temp table superseded (dossier_id varchar, year integer, month integer, unit_scope varchar)"
    )
    connection.execute("create temp table outdated (row_id bigint)")
    known = 0
    document = reading.archived.document.source_document_id
    for scope in scopes:
        if not version.of_unit(scope):
            continue
        connection.execute(
            f"""
            create or replace temp table collided as
            select e.dossier_id, year(e.filed_at) as year, month(e.filed_at) as month,
                   ({_STATE}) < {_state_of(reading)} as is_older, k.row_id
            from {rows_of_unit(store, version, scope)} as e
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


def _write_all(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    version: Version,
    reading: Reading,
    touched: list[Partition],
    folder: Path,
) -> tuple[list[LakeFile], list[str]]:
    """Write what the touched partitions hold after the merge: a unit's own file again with the rows of this export,
    compacted files only less what they lose. Returns the new files, and the paths of those they replace.
    """
    added: list[LakeFile] = []
    removed: list[str] = []
    new = folder / "new.parquet"
    for partition in touched:
        period = (partition.year, partition.month)
        present = [file for file in version.of_unit(partition.unit) if file.period == period and not file.is_compacted]
        copy_rows(connection, _rows_after(store, version, reading, partition, present), new)
        written = add_file(connection, store, new, period, partition.unit)
        added += [written] if written else []
        removed += [file.path for file in present]
    units: dict[tuple[int, int], list[str]] = {}
    for partition in touched:
        units.setdefault((partition.year, partition.month), []).append(partition.unit)
    for file in version.files:
        losing = [unit for unit in units.get(file.period, []) if file.is_compacted and unit in file.units]
        lost = _lost(store, version, reading, file)
        if losing and connection.execute(f"select 1 from ({lost}) limit 1").fetchall():
            kept = f"select l.* from {version.scan(store, [file])} as l anti join ({lost}) as x "
            kept += "on x.unit_on_present_map = l.unit_on_present_map and x.dossier_id = l.dossier_id"
            copy_rows(connection, f"{kept} order by l.unit_on_present_map, l.dossier_id", new)
            written = add_file(connection, store, new, file.period)
            added += [written] if written else []
            removed.append(file.path)
    return added, [path for path in removed if path not in {file.path for file in added}]


def _lost(store: Store, version: Version, reading: Reading, file: LakeFile) -> str:
    """The rows a compacted file loses: states that lose, and what it holds of this export from an earlier reading."""
    held = version.scan(store, [file])
    document = reading.archived.document.source_document_id
    lost = f"""
        select e.unit_on_present_map, e.dossier_id
        from {held} as e
        join (select dossier_id, unit_scope from superseded
              where year = {file.year} and month = {file.month}) as s
          on s.dossier_id = e.dossier_id and s.unit_scope = e.unit_on_present_map"""
    if document in version.documents:
        lost += f"""
        union all
        select unit_on_present_map, dossier_id from {held} where source_document_id = '{document}'"""
    return lost


def _rows_after(store: Store, version: Version, reading: Reading, partition: Partition, present: list[LakeFile]) -> str:
    """What the file of a partition holds after the merge, in the order of codes."""
    where = f"year = {partition.year} and month = {partition.month} and unit_scope = '{partition.unit}'"
    parts = [f"select {', '.join(column.name for column in COLUMNS)} from ({_own_rows(reading, where)})"]
    if present:
        document = reading.archived.document.source_document_id
        parts.append(
            f"select * from {version.scan(store, present, partition.unit)} as e "
            f"where e.source_document_id <> '{document}' "
            f"and not exists (select 1 from superseded as s where s.dossier_id = e.dossier_id and {where})"
        )
    return f"select * from ({' union all '.join(parts)}) order by dossier_id"


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
               s.result, cast(s.rating as smallint) as rating, s.has_complaint, s.applicant_key,
               date '{reading.export_month}' as export_month,
               timestamp '{document.received_at[:26].replace("T", " ")}' as document_received_at,
               '{document.source_document_id}' as source_document_id, s.rowid + 1 as source_row,
               {reading.is_synthetic} as is_synthetic, k.unit_scope as unit_on_present_map
        from staged as s
        join (select row_id, unit_code, unit_scope from kept
              where {where} and row_id not in (select row_id from outdated)) as k on k.row_id = s.rowid"""


def _write_aside(connection: duckdb.DuckDBPyConnection, reading: Reading, folder: Path) -> Path:
    file = folder / f"{reading.archived.document.source_document_id}.parquet"
    connection.execute(
        f"copy (select * from aside order by row_number, rule_id, column_name) to '{file}' "
        "(format parquet, compression zstd)"
    )
    return file
