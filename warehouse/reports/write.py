"""Writing reports: one unit's on demand, and those of today's units into every release."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from warehouse.connection import reader
from warehouse.errors import Misused
from warehouse.reports.content import Report, read_report, units_reported
from warehouse.reports.letter_docx import write_docx
from warehouse.reports.letter_pdf import write_pdf
from warehouse.reports.workbook import write_workbook

#: Every format a report comes in; who adds one adds it to the test of the marks too.
FORMATS: dict[str, Callable[[Report, Path], None]] = {"xlsx": write_workbook, "docx": write_docx, "pdf": write_pdf}
_ZIPPED = frozenset({"xlsx", "docx"})
#: The first time a zip archive can hold.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
#: Tables a report is made from; a part of a build that lacks one gets none.
_NEEDED = ("fct_indicator_value", "metric_yoy", "metric_strength_weakness", "dim_unit", "dim_indicator",
           "dim_source_document")  # fmt: skip


def write_reports(database: Path, folder: Path, release_id: str, published_at: datetime) -> list[Path]:
    """Write the reports of all units of today into `folder`/reports from the release `database`; returns the files."""
    with reader(database) as connection:
        names = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not names.issuperset(_NEEDED):
            return []
        written: list[Path] = []
        for unit in units_reported(connection):
            report = read_report(connection, unit, release_id, published_at)
            written += _write(report, folder / "reports", FORMATS) if report else []
    return written


def write_report(
    database: Path,
    unit_codes: Iterable[str],
    folder: Path,
    release_id: str,
    published_at: datetime,
    formats: Iterable[str],
) -> list[Path]:
    """Write the report of the first of `unit_codes` that has figures in `formats` into `folder`; returns the files.

    Raises:
        Misused: a format there is none of, or the release has no figure of the unit.
    """
    wanted = list(dict.fromkeys(formats)) or list(FORMATS)
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown:
        raise Misused(f"a report cannot be written as {', '.join(unknown)}: it can as {', '.join(FORMATS)}")
    codes = list(unit_codes)
    with reader(database) as connection:
        found = (read_report(connection, code, release_id, published_at) for code in codes)
        report = next(filter(None, found), None)
    if report is None:
        raise Misused(f"release {release_id} has no figure of {codes[0]!r}, so there is nothing to report")
    return _write(report, folder, wanted)


def _write(report: Report, folder: Path, formats: Iterable[str]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in formats:
        path = folder / f"{report.unit_code}.{kind}"
        FORMATS[kind](report, path)
        if kind in _ZIPPED:
            _without_clock(path, report.published_at)
        written.append(path)
    return written


def _without_clock(path: Path, moment: datetime) -> None:
    """Write the archive again without the time of writing: the release's time, and none for its members."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(path) as written:
        members = {name: written.read(name) for name in written.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as steady:
        for name, content in members.items():
            core = _TIME.sub(rb"\g<1>" + stamp, content) if name == "docProps/core.xml" else content
            member = zipfile.ZipInfo(name, _NO_TIME)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            steady.writestr(member, core)
