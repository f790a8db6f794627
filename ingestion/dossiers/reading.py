"""Reading one export into a private DuckDB file: all cells as text, then each tried for its type, in one pass.

The table `staged` has a row for every row of the file, in the file's order: typed columns, NULL where a cell is bad,
and `bad_cells` with what was found there (masked). Personal columns are never read beyond the line's bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from ingestion.archive import ArchivedFile
from ingestion.dossiers import expressions as sql
from ingestion.dossiers.layout import Header, match_header
from ingestion.dossiers.privacy import hmac_pads, hmac_sql, secret_key
from ingestion.dossiers.units import UnitsOnDays
from warehouse.errors import Refusal, Refused
from warehouse.home import Home

#: What DuckDB may hold while an export is read and merged; beyond it spills to disk.
MEMORY = "320MB"
TIME_ZONE = "Asia/Ho_Chi_Minh"
_HEAD_BYTES = 1024 * 1024
_MAX_HEADER = 64 * 1024
_MAX_CELL_LINE = 1024 * 1024
_PERIOD = re.compile(r"(?<![0-9])(20[0-9]{2})[-_.]?(0[1-9]|1[0-2])(?![0-9])")
#: Columns that may be absent: the measure they serve is then unknown.
_TEXTS = ("field", "ward", "unit")


#: What went wrong in English, in Vietnamese, and what to do.
WORDS: dict[str, tuple[str, str, str]] = {
    "no_rows": (
        "the export holds no dossier",
        "kết xuất không có hồ sơ nào",
        "send the export of a month that has dossiers",
    ),
    "not_text": (
        "the file is neither text nor Parquet",
        "tệp không phải văn bản cũng không phải Parquet",
        "save the export as CSV (UTF-8) or Parquet",
    ),
    "not_utf8": (
        "the text is not UTF-8, so Vietnamese letters would be lost",
        "văn bản không phải UTF-8 nên chữ tiếng Việt sẽ bị hỏng",
        "save the file again as CSV UTF-8",
    ),
    "file_damaged": (
        "the file is damaged or was cut off",
        "tệp bị hỏng hoặc bị cắt ngang",
        "export it again and send the whole file",
    ),
    "parquet_damaged": (
        "the file is damaged or was cut off",
        "tệp bị hỏng hoặc bị cắt ngang",
        "export it again and send the whole file",
    ),
    "odd_lines": (
        "lines have more or fewer columns than the header, so a cell may stand under the wrong heading",
        "có dòng thừa hoặc thiếu cột so với tiêu đề nên ô có thể nằm sai cột",
        "put texts with separators or quotation marks in quotation marks and send the file again",
    ),
    "export_month_unclear": (
        "it cannot be told which month this export shows, so not which state of a dossier is the later one",
        "không xác định được kết xuất này của tháng nào nên không biết trạng thái nào của hồ sơ là mới hơn",
        "name the file after its month, for instance ho_so_lao_cai_2025-09.csv, and send one month a file",
    ),
    "column_unreadable": (
        "too many cells of a column cannot be read, so it is not the column its heading names",
        "quá nhiều ô của một cột không đọc được nên nội dung không đúng với tiêu đề cột",
        "compare the columns with their headings and send the file again",
    ),
}


@dataclass(frozen=True)
class Reading:
    """What was read of one export; `database` holds the table `staged`, `skipped_lines` were no rows at all."""

    archived: ArchivedFile
    database: Path
    layout_id: str
    layout_hash: str
    export_month: date
    rows: int
    is_synthetic: bool


def is_synthetic(file_name: str) -> bool:
    """Whether the name says that the export was made by us for tests and demonstrations."""
    return Path(file_name).stem.endswith("_synthetic")


def refuse(file_name: str, rule: str, found: str, expected: str, place: str = "") -> Refused:
    """A refusal of the whole file, in the words of its rule."""
    text_en, text_vi, action = WORDS[rule]
    return Refused(
        Refusal(
            file_name=file_name,
            rule=rule,
            found=found,
            expected=expected,
            place=place,
            text_en=text_en,
            text_vi=text_vi,
            action=action,
        )
    )


def open_database(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the private file, within the memory of a load.

    One thread: with two, DuckDB 2.0 does not keep the order of the lines in this query, and costs more CPU.
    """
    connection = duckdb.connect(str(path), config={"memory_limit": MEMORY, "threads": 1})
    connection.execute(f"set timezone = '{TIME_ZONE}'")
    connection.execute(f"set temp_directory = '{path.parent / 'spill'}'")
    return connection


def read_export(archived: ArchivedFile, home: Home, database: Path, units: UnitsOnDays) -> Reading:
    """Read one archived export into the new file `database`.

    Raises:
        Refused: the file is no export of dossiers; nothing of a row is quoted.
    """
    name = archived.document.file_name
    with archived.path.open("rb") as reading:
        head = reading.read(_HEAD_BYTES)
    for stale in (database, database.with_suffix(".duckdb.wal")):
        stale.unlink(missing_ok=True)
    connection = open_database(database)
    try:
        if head[:4] == b"PAR1":
            header, source = _parquet(connection, name, archived.path)
        else:
            header, source = _delimited(name, archived.path, head)
        _stage(connection, home, name, header, source, units)
        rows = _one(connection, "select count(*) from staged")
        if not rows:
            raise refuse(name, "no_rows", "0 rows", "one row a dossier")
        month = _export_month(connection, name)
        return Reading(
            archived=archived,
            database=database,
            layout_id=header.layout.layout_id,
            layout_hash=header.layout.content_hash,
            export_month=month,
            rows=rows,
            is_synthetic=is_synthetic(name),
        )
    finally:
        connection.close()


def _delimited(name: str, path: Path, head: bytes) -> tuple[Header, str]:
    encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    if encoding == "utf-8" and b"\0" in head:
        raise refuse(name, "not_text", "binary data", "CSV or Parquet")
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(head, final=len(head) < _HEAD_BYTES)
    except UnicodeDecodeError as error:
        raise refuse(name, "not_utf8", f"byte {error.start} is not {encoding}", "UTF-8 text") from None
    line = text.lstrip("\ufeff").splitlines()[0] if text.strip() else ""
    if not line:
        raise refuse(name, "no_rows", "an empty file", "one row a dossier")
    header = match_header(name, line[:_MAX_HEADER])
    columns = ", ".join(f"'c{place}': 'varchar'" for place in range(header.width))
    return header, (
        f"read_csv({_quoted(path)}, header = true, auto_detect = false, delim = '{header.delimiter}', quote = '\"', "
        f"escape = '\"', encoding = '{encoding}', columns = {{{columns}}}, null_padding = false, "
        f"max_line_size = {_MAX_CELL_LINE}, store_rejects = true, rejects_table = 'odd_line', "
        "rejects_scan = 'odd_scan', rejects_limit = 100000)"
    )


def _parquet(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> tuple[Header, str]:
    try:
        found = connection.execute(f"describe select * from read_parquet({_quoted(path)})").fetchall()
    except duckdb.Error:
        raise refuse(name, "parquet_damaged", "its footer cannot be read", "a whole Parquet file") from None
    header = match_header(name, [row[0] for row in found])
    shown = []
    for place, (column, kind, *_) in enumerate(found):
        quoted = '"' + column.replace('"', '""') + '"'
        local = f"cast({quoted} as timestamp)" if kind == "TIMESTAMP WITH TIME ZONE" else quoted
        shown.append(f"cast({local} as varchar) as c{place}")
    return header, f"(select {', '.join(shown)} from read_parquet({_quoted(path)}))"


def _stage(
    connection: duckdb.DuckDBPyConnection, home: Home, name: str, header: Header, source: str, units: UnitsOnDays
) -> None:
    query = staging_query(header, source, units)
    hashes = header.layout.hashed & set(header.positions)
    parameters: dict[str, Any] = hmac_pads(secret_key(home)) if hashes else {}
    try:
        connection.execute(f"create table staged as {query}", parameters)
        odd = "select count(*), min(line) from odd_line" if "odd_line" in source else "select 0, null"
        broken, line = connection.execute(odd).fetchone() or (0, None)
    except duckdb.Error:
        # DuckDB's message quotes the line, and a line holds a person.
        raise refuse(name, "file_damaged", "reading stopped in its middle", "a whole file") from None
    if broken:
        raise refuse(name, "odd_lines", f"{broken} lines", f"{header.width} columns, quotes closed", f"line {line}")


def staging_query(header: Header, source: str, units: UnitsOnDays) -> str:
    """The one query from text to types over `source`."""
    have = header.positions
    text = ", ".join(f"nullif(trim(c{place}), '') as {column}_text" for column, place in have.items()
                     if column not in header.layout.personal or column in header.layout.hashed)  # fmt: skip
    typed: dict[str, str] = {}
    for column in sql.MOMENTS:
        typed[column] = sql.moment(f"{column}_text") if column in have else "cast(null as timestamp)"
    ranged = ", ".join(f"{sql.in_range(f'{column}_found')} as {column}" for column in sql.MOMENTS)
    found = ", ".join(f"{expression} as {column}_found" for column, expression in typed.items())
    values = {
        "dossier_id": sql.code("dossier_id_text"),
        "procedure_code": sql.procedure("procedure_code_text"),
        **{column: sql.word(column, f"{column}_text") for column in sql.WORDS},
    }
    kinds = {"rating": "utinyint", "fee_paid_online": "boolean", "digitised": "boolean"}
    absent = {column: f"cast(null as {kinds.get(column, 'varchar')})" for column in (*values, *_TEXTS)}
    values |= {column: expression for column, expression in absent.items() if column in values and column not in have}
    shown = ", ".join(f"{expression} as {column}" for column, expression in values.items())
    names = {column: f"{column}_text" if column in have else absent[column] for column in _TEXTS}
    texts = ", ".join(f"{expression} as {column}_name" for column, expression in names.items())
    complaint = sql.has_complaint("complaint_text") if "complaint" in have else "cast(null as boolean)"
    hashed = [column for column in sorted(header.layout.hashed) if column in have]
    applicant = hmac_sql(f"{hashed[0]}_text") if hashed else "cast(null as varchar)"
    period = "export_month_text" if "export_month" in have else "cast(null as varchar)"
    checked = [column for column in (*sql.MOMENTS, *values) if column in have]
    bad = sql.bad_cells({column: (f"{column}_text", column) for column in checked})
    kept = ", ".join(f"{column}_text" for column in checked)
    return f"""
        select dossier_id, procedure_code, {", ".join(f"{column}_name" for column in _TEXTS)}, {", ".join(sql.MOMENTS)},
               {", ".join(sql.WORDS)}, has_complaint, applicant_key, export_month_text,
               {units.period_sql("filed_at")} as unit_period, {bad} as bad_cells
        from (
            select {ranged}, {shown}, {texts}, {complaint} as has_complaint, {applicant} as applicant_key,
                   {period} as export_month_text, {kept}
            from (select *, {found} from (select {text} from {source}))
        )"""


def _export_month(connection: duckdb.DuckDBPyConnection, name: str) -> date:
    """The month the export shows: its own column, else the month in its name (2025-09, 202509)."""
    printed = connection.execute(
        "select distinct export_month_text from staged where export_month_text is not null limit 3"
    ).fetchall()
    months = {_month(text) for (text,) in printed}
    if not printed:
        months = {month_in_name(name)}
    found = {month for month in months if month}
    if len(found) != 1 or None in months:
        raise refuse(
            name,
            "export_month_unclear",
            f"none or several in {'its column' if printed else 'the name of the file'}",
            "one month, such as 2025-09",
        )
    return found.pop()


def month_in_name(file_name: str) -> date | None:
    """The one month the name of a file tells (2025-09, 202509); None when it tells none or several."""
    months = {date(int(year), int(month), 1) for year, month in _PERIOD.findall(file_name)}
    return months.pop() if len(months) == 1 else None


def _month(text: str) -> date | None:
    match = re.fullmatch(
        r"(?:(20\d\d)[-/.](\d{1,2})(?:[-/.]\d{1,2})?(?:[ T].*)?|(?:\d{1,2}[-/.])?(\d{1,2})[-/.](20\d\d))", text
    )
    if not match:
        return None
    year, month = int(match[1] or match[4]), int(match[2] or match[3])
    return date(year, month, 1) if 1 <= month <= 12 else None


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
