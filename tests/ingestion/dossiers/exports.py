"""Small exports written by hand for the tests of dossiers."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from ingestion.dossiers import steps
from ingestion.steps import land_files
from warehouse.home import Home
from warehouse.lake import live_files

HEADINGS = {
    "dossier_id": "Mã hồ sơ", "procedure_code": "Mã thủ tục", "field": "Lĩnh vực", "unit": "Đơn vị",
    "ward": "Phường/Xã", "filed_at": "Ngày nộp", "received_at": "Ngày tiếp nhận",
    "due_at": "Ngày hẹn trả", "returned_at": "Ngày trả kết quả",
    "way_of_filing": "Hình thức nộp", "result": "Kết quả", "rating": "Đánh giá", "phone": "Số điện thoại",
    "applicant_identifier": "Mã định danh người nộp",
}  # fmt: skip
USUAL = {
    "dossier_id": "H22-2509-0001", "procedure_code": "1.004378", "field": "Đất đai", "unit": "Tỉnh Lào Cai",
    "ward": "Xã Yên Bình", "filed_at": "2025-09-03 08:15", "due_at": "2025-09-10 17:00",
    "returned_at": "2025-09-09 10:00", "way_of_filing": "Trực tuyến toàn trình", "result": "Đã trả kết quả",
    "rating": "5", "phone": "0999123457",
}  # fmt: skip


def export(folder: Path, name: str, *rows: dict[str, str], columns: Iterable[str] = USUAL) -> Path:
    """Write an export whose rows differ from a usual one by what is given."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    names = list(columns)
    with path.open("w", encoding="utf-8", newline="") as writing:
        writer = csv.writer(writing)
        writer.writerow([HEADINGS[column] for column in names])
        for number, row in enumerate(rows):
            filled = {**USUAL, "dossier_id": f"H22-2509-{number + 1:04}", **row}
            writer.writerow([filled.get(column, "") for column in names])
    return path


def ingest(home: Home, *files: Path) -> dict[str, Any]:
    """Land, archive and load; what the load reported, with what the archive refused among `refused`."""
    land_files(home, "dossiers", list(files))
    archived = steps.archive_exports(home)
    report = steps.load_exports(home)
    return {**report, "refused": [*archived["refused"], *report["refused"]]}


def lake(home: Home, columns: str = "*", more: str = "") -> list[tuple[Any, ...]]:
    """What readers of the lake see, with the period its files stand under."""
    files = live_files(home, "dossiers")
    if not files:
        return []
    rows = f"select * rename (unit_on_present_map as unit) from read_parquet({files}, hive_partitioning = true)"
    return duckdb.sql(f"select {columns} from ({rows}) {more}").fetchall()


def file_hashes(home: Home) -> dict[str, str]:
    """The SHA-256 of every file readers of the lake read, and of what was set aside, by its place."""
    files = [*map(Path, live_files(home, "dossiers")), *(home.lake / "dossiers_rejected").glob("*.parquet")]
    return {str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def aside(home: Home, columns: str) -> list[tuple[Any, ...]]:
    """What was set aside, in the order of rows."""
    files = f"{home.lake}/dossiers_rejected/*.parquet"
    return duckdb.sql(
        f"select {columns} from read_parquet('{files}') order by row_number, rule_id, column_name"
    ).fetchall()
