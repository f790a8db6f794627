"""The columns of the lake's dossiers, how they evolved, and how each engine reads files of every age as one table.

A schema only grows: a column is added, or its type widened to one that holds every value of the old. Files keep the
schema they were written with (their manifest says which) and are read as the present one: what a file lacks is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: its type now in DuckDB's and in Spark's words, and the schema since which files have it.

    `meaning` says what a value is; codes are those of `data/reference/dossiers/words.yml`.
    """

    name: str
    duckdb: str
    spark: str
    meaning: str
    since: int = 1


#: Schema 2 (decision 0026): `unit_on_present_map` is new, since a file may hold several units; `rating` was an unsigned
#: byte, which Spark has not, and is a short now.
SCHEMA = 2

COLUMNS = (
    Column("dossier_id", "varchar", "string", "the portal's code, unique within unit_on_present_map"),
    Column("unit_code", "varchar", "string", "the unit on the day of filing"),
    Column("procedure_code", "varchar", "string", "the administrative procedure (thủ tục hành chính)"),
    Column("field", "varchar", "string", "the field (lĩnh vực), as printed"),
    Column("level", "varchar", "string", "who handles it"),
    Column("ward", "varchar", "string", "the ward or commune, as printed"),
    Column("filed_at", "timestamp", "timestamp_ntz", "filed, time of Viet Nam; its month is the file's period"),
    Column("received_at", "timestamp", "timestamp_ntz", "accepted by the unit"),
    Column("due_at", "timestamp", "timestamp_ntz", "promised for; midnight: any time of that day"),
    Column("returned_at", "timestamp", "timestamp_ntz", "result returned; NULL: not yet, or not known"),
    Column("way_of_filing", "varchar", "string", "how it was filed"),
    Column("fee_paid_online", "boolean", "boolean", "whether the fee was paid online"),
    Column("digitised", "boolean", "boolean", "whether the papers were digitised"),
    Column("result", "varchar", "string", "what became of it"),
    Column("rating", "smallint", "smallint", "the citizen's rating, 1 to 5"),
    Column("has_complaint", "boolean", "boolean", "whether there was a complaint"),
    Column("applicant_key", "varchar", "string", "HMAC of an identifier, where a layout keeps it"),
    Column("export_month", "date", "date", "the month of the export this state is from"),
    Column("document_received_at", "timestamp", "timestamp_ntz", "when that export was received, UTC"),
    Column("source_document_id", "varchar", "string", "that export"),
    Column("source_row", "bigint", "bigint", "its row there, from 1"),
    Column("is_synthetic", "boolean", "boolean", "made by us for tests and demonstrations"),
    Column("unit_on_present_map", "varchar", "string", "the unit on the present map", since=2),
)


def spark_schema() -> str:
    """The columns as the DDL `spark.read.schema(...)` takes: it reads files of every age, in any mixture.

    `unit_on_present_map` is NULL in files older than schema 2, until a load or a compaction writes them again.
    """
    return ", ".join(f"{column.name} {column.spark}" for column in COLUMNS)


def shown(given: int, unit: str | None = None) -> str:
    """The select list that makes rows of files with schemas from `given` up those of the present one.

    `given` is the newest schema among the files. `unit` is what `unit_on_present_map` is where files lack it.
    """
    listed = []
    for column in COLUMNS:
        otherwise = f"'{unit}'" if unit and column.name == "unit_on_present_map" else "null"
        value = column.name if column.since <= given else otherwise
        if value == column.name and otherwise != "null":
            value = f"coalesce({column.name}, {otherwise})"
        listed.append(f"cast({value} as {column.duckdb}) as {column.name}")
    return ", ".join(listed)


def scan(addresses: Sequence[str], newest_schema: int, unit: str | None = None) -> str:
    """A query over Parquet files of schemas up to `newest_schema`; none: an empty table of these columns."""
    if not addresses:
        return f"(select {shown(0)} where false)"
    listed = ", ".join("'" + address.replace("'", "''") + "'" for address in addresses)
    return (
        f"(select {shown(newest_schema, unit)} "
        f"from read_parquet([{listed}], union_by_name = true, hive_partitioning = false))"
    )
