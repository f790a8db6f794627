"""Reading an export in a child process with limits: first its shape, later the columns an accepted mapping names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from ingestion.survey.encodings import decoder, tell_encoding
from ingestion.survey.export import ExportShape, shape_from_dict, shape_to_dict
from ingestion.survey.limits import (
    DATA_CPU_SECONDS,
    MAX_EXPORT_BYTES,
    MAX_RESIDENT_BYTES,
    MAX_ROWS,
    MAX_WRITTEN_BYTES,
    SHAPE_CPU_SECONDS,
)
from ingestion.survey.refusing import refuse
from warehouse.environment import is_machines_fault
from warehouse.errors import Refusal, Refused
from warehouse.home import PROJECT_ROOT

_LOOK_SECONDS = 0.1
#: Waited for each CPU second allowed: the machine may be busy with other things.
_PATIENCE = 5
_MAGIC = ((b"$FL2", "sav"), (b"$FL3", "zsav"), (b"PK\x03\x04", "xlsx"), (b"<stata_dta>", "dta"))
_OLD_STATA = (0x69, 0x6C, 0x6E, 0x6F, 0x71, 0x72, 0x73)


def export_format(path: Path, file_name: str) -> str:
    """`sav`, `zsav`, `por`, `dta`, `xlsx` or `csv`, told by the content; the name tells only formats without a mark.

    Raises:
        Refused: it is none of them.
    """
    with path.open("rb") as reading:
        first = reading.read(512)
    for magic, kind in _MAGIC:
        if first.startswith(magic):
            return kind
    suffix = Path(file_name).suffix.lower()
    if suffix == ".por" and b"SPSS PORT FILE" in first.replace(b"\n", b"").replace(b"\r", b""):
        return "por"
    if suffix == ".dta" and first[:1] and first[0] in _OLD_STATA:
        return "dta"
    if suffix in {".csv", ".txt", ".tsv"} and first.strip(b"\x00 \r\n\t"):
        return "csv"
    raise refuse(
        file_name,
        "survey_format_unknown",
        found=f"first bytes {first[:8].hex(' ') or 'none'} under the name {suffix or '(no suffix)'}",
        expected=".sav, .zsav, .por, .dta, .xlsx or .csv",
    )


def read_shape(path: Path, file_name: str, work_folder: Path | None = None) -> ExportShape:
    """The shape of an export, its texts as the file has them; a table is copied into `work_folder` meanwhile.

    Raises:
        Refused: it cannot be read in safety.
    """
    size = path.stat().st_size
    if size > MAX_EXPORT_BYTES:
        raise refuse(file_name, "survey_too_long", found=f"{size:,} bytes", expected=f"≤ {MAX_EXPORT_BYTES:,} bytes")
    kind = export_format(path, file_name)
    with tempfile.TemporaryDirectory(dir=work_folder) as work:
        # The rows of a table are only known when all were read.
        seconds = SHAPE_CPU_SECONDS if kind not in {"xlsx", "csv"} else DATA_CPU_SECONDS
        job = {"task": "shape", "path": str(path), "work": work, "format": kind, "file_name": file_name}
        shape = shape_from_dict(_ask(job, seconds)["shape"])
    if shape.rows < 1:
        raise refuse(file_name, "survey_empty", found="0 rows", expected="respondents")
    if shape.rows > MAX_ROWS:
        raise refuse(file_name, "survey_too_long", found=f"{shape.rows:,} rows", expected=f"≤ {MAX_ROWS:,} rows")
    return shape


def encoding_of(shape: ExportShape, file_name: str, given: str | None = None) -> str:
    """The encoding of its texts: the one a person gave, or the one that can be told.

    Raises:
        Refused: it can not be told, or the texts cannot be decoded as given.
    """
    if given is None:
        return tell_encoding(shape.texts(), is_bytes=shape.is_bytes, file_name=file_name)
    try:
        shape.decoded(decoder(given, is_bytes=shape.is_bytes))
    except (KeyError, UnicodeError):
        raise refuse(
            file_name, "survey_encoding_unclear", found=f"texts that are not {given}", expected="another encoding"
        ) from None
    return given


def read_columns(path: Path, file_name: str, shape: ExportShape, columns: Sequence[str], folder: Path) -> list[Path]:
    """Write the columns named (as in the undecoded `shape`) as Arrow files into `folder`; no other column is kept.

    Raises:
        Refused: the data cannot be read to its end.
    """
    job = {
        "task": "data",
        "path": str(path),
        "work": str(folder),
        "format": shape.format,
        "file_name": file_name,
        "shape": shape_to_dict(shape),
        "columns": list(columns),
    }
    _ask(job, DATA_CPU_SECONDS)
    return sorted(folder.glob("*.arrow"))


def _ask(job: dict[str, Any], cpu_seconds: int) -> dict[str, Any]:
    file_name = job["file_name"]
    job = {**job, "cpu_seconds": cpu_seconds, "max_written": MAX_WRITTEN_BYTES}
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "POLARS_MAX_THREADS": "2"}
    # Otherwise what one group of columns took stays with the process, and the next ones come on top of it.
    environment["MALLOC_MMAP_THRESHOLD_"] = "131072"
    command = [sys.executable, "-X", "utf8", "-m", "ingestion.survey.reading_child"]
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(json.dumps(job).encode())
        question.seek(0)
        process = subprocess.Popen(
            command, stdin=question, stdout=answer, stderr=subprocess.DEVNULL, env=environment, cwd=PROJECT_ROOT
        )
        reason = _watch(process, cpu_seconds)
        answer.seek(0)
        text = answer.read().decode("utf-8", "replace")
    if reason:
        raise refuse(file_name, "survey_reader_limit", found=reason, expected="an export like the others")
    if process.returncode != 0 or not text:
        raise refuse(
            file_name,
            "survey_file_damaged",
            found=f"the reader ended with {process.returncode}",
            expected="a whole file",
        )
    content: dict[str, Any] = json.loads(text)
    if "refusals" in content:
        raise Refused(*(Refusal(**item) for item in content["refusals"]))
    if is_machines_fault(content.get("error", "")):
        raise OSError(content["error"])
    if "error" in content:
        raise refuse(file_name, "survey_file_damaged", found=str(content["error"]), expected="a whole file")
    return content


def _watch(process: subprocess.Popen[bytes], cpu_seconds: int) -> str:
    """Wait for the child and end it when it takes too much; the reason, or nothing."""
    deadline = time.monotonic() + _PATIENCE * cpu_seconds
    watched = psutil.Process(process.pid)
    try:
        while process.poll() is None:
            try:
                resident = watched.memory_info().rss
            except psutil.Error:
                resident = 0
            if resident > MAX_RESIDENT_BYTES:
                return f"more than {MAX_RESIDENT_BYTES / 1e9:g} GB of memory"
            if time.monotonic() > deadline:
                return f"more than {_PATIENCE * cpu_seconds} seconds"
            try:
                process.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return f"more than {cpu_seconds} CPU seconds" if process.returncode in {-24, -9} else ""
