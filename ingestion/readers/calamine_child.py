"""Reads one workbook with calamine in a process of its own: bytes on standard input, sheets as JSON on standard output.

calamine follows what the file says; damaged files made it loop for a minute, take four gigabytes, or end its process.
Here that ends a child with limits of its own, and the parent says so in a refusal. It imports nothing of ours, and
takes the folder of the installed packages as its argument, so that it starts quickly.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MAX_CPU_SECONDS = 8
MAX_MEMORY_BYTES = 900_000_000


def _plain(value: Any) -> Any:
    """A date and what is like it as a marked text; JSON holds the rest as it is."""
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    return value


def _filled(row: list[Any]) -> list[Any]:
    """A row without the blanks at its end, of which a stray cell far away makes very many."""
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return [_plain(value) for value in row[:end]]


def main() -> None:
    """Answer `{"sheets": [[name, width, rows], ...]}` or `{"error": reason}`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    sys.path.append(sys.argv[1])
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    answer: dict[str, Any]
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheets = []
        for sheet in workbook.sheets_metadata:
            is_table = sheet.typ == SheetTypeEnum.WorkSheet
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False) if is_table else []
            sheets.append([sheet.name, max(map(len, rows), default=0), [_filled(row) for row in rows]])
        answer = {"sheets": sheets}
        written = json.dumps(answer)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic inside the library is a BaseException
        written = json.dumps({"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]})
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
