"""Reading files by format, whoever sent them: every byte is hostile until checked.

A reader returns cells, or raises `Refused` naming the file, the rule, what was found and what to do. Nothing else
leaves a reader, whatever the bytes: no stack trace, no half-read table, no exhausted memory.
"""

from ingestion.readers.delimited import CsvRow, CsvTable, read_csv
from ingestion.readers.tabular import Cell, Sheet, Workbook, cell_name, looks_like_workbook, read_workbook

__all__ = [
    "Cell",
    "CsvRow",
    "CsvTable",
    "Sheet",
    "Workbook",
    "cell_name",
    "looks_like_workbook",
    "read_csv",
    "read_workbook",
]
