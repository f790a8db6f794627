"""Exports of dossiers into DuckDB with dlt: Arrow batches of text, one raw table; dbt does the rest."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
from pyarrow import csv

DATA, OUT = Path(sys.argv[1]), Path(sys.argv[2])
COLUMNS = {
    "Mã hồ sơ": "dossier_id", "Đơn vị": "unit_name", "Ngày nộp": "filed_at", "Ngày hẹn trả": "due_at",
    "Ngày trả kết quả": "returned_at", "Hình thức nộp": "way_of_filing", "Kết quả": "result", "Đánh giá": "rating",
}  # fmt: skip


@dlt.resource(name="dossier", write_disposition="replace")
def dossiers() -> Iterator[pa.Table]:
    convert = csv.ConvertOptions(
        include_columns=list(COLUMNS), column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True
    )
    for path in sorted(DATA.glob("exports/*.csv")):
        first = 0
        for batch in csv.open_csv(path, csv.ReadOptions(block_size=1 << 25), convert_options=convert):
            table = pa.Table.from_batches([batch]).rename_columns(list(COLUMNS.values()))
            table = table.append_column("file_name", pa.array([path.name] * len(table)))
            yield table.append_column("source_row", pa.array(range(first, first + len(table)), pa.int64()))
            first += len(table)


@dlt.resource(name="working_day", write_disposition="replace")
def working_days() -> Iterator[pa.Table]:
    yield csv.read_csv(DATA / "calendar.csv")


@dlt.resource(name="unit", write_disposition="replace")
def units() -> Iterator[pa.Table]:
    yield csv.read_csv(DATA / "unit.csv")


pipeline = dlt.pipeline(
    "dossiers", pipelines_dir=str(OUT / "pipelines"), dataset_name="raw",
    destination=dlt.destinations.duckdb(os.environ["PEER_DATABASE"]),
)  # fmt: skip
pipeline.run([dossiers(), working_days(), units()], loader_file_format="parquet")
