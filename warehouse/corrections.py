"""Corrections as data: what a source prints wrongly, what is used instead, why, and on whose word.

The bytes of a document are never edited. A correction names the cell, what the cell must hold for it to apply, and
what is done; one that no longer finds that content stops its document, because then the provider has changed it. The
project's corrections stand in `data/corrections/*.yml`, those decided in an installation in `REFORM_HOME/corrections`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from warehouse.errors import EnvironmentBroken
from warehouse.home import CORRECTIONS_DIR, Home

Action = Literal["override", "drop", "scale", "flag", "move_to_rank"]
CorrectedField = Literal["unit", "year", "value", "rank"]
Status = Literal["proposed", "confirmed", "retired"]

_Text = Annotated[str, Field(min_length=1, max_length=2000)]
_LARGEST_FILE = 5_000_000


class CorrectedFigure(BaseModel):
    """One figure a correction is about: its cell, and what must stand there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    document: _Text
    place: _Text
    unit: _Text
    indicator: _Text
    expected_old_value: str
    new_value: str | None = None


class Correction(BaseModel):
    """One decision about one or more figures of one source; only a `confirmed` one is applied.

    `override` puts `new_value` in place of the field, `scale` multiplies the value by `factor`, `move_to_rank` takes
    the number printed as a score for the rank it is, `flag` marks the figure as suspect (it is kept, and no longer
    chosen while another source has the figure), `drop` leaves it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,80}$")]
    source: _Text
    status: Status
    action: Action
    field: CorrectedField
    factor: float | None = None
    reason_vi: _Text
    reason_en: _Text
    source_url: _Text
    decided_by: _Text
    decided_on: date
    figures: Annotated[tuple[CorrectedFigure, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _action_has_what_it_needs(self) -> Correction:
        has_new = [figure.new_value is not None for figure in self.figures]
        if (self.action == "override") != all(has_new) or (self.action != "override" and any(has_new)):
            raise ValueError("new_value belongs to every figure of an override, and to no other action")
        if (self.action == "scale") != (self.factor is not None):
            raise ValueError("factor belongs to scale, and to no other action")
        if self.action in {"scale", "move_to_rank"} and self.field != "value":
            raise ValueError(f"{self.action} is about the field value")
        return self


def correction_files(home: Home) -> list[Path]:
    """The files corrections are read from, the project's first."""
    return [*sorted(CORRECTIONS_DIR.glob("*.yml")), *sorted(home.corrections.glob("*.yml"))]


def read_corrections(home: Home) -> tuple[Correction, ...]:
    """All corrections, whatever their status, in the order of their files.

    Raises:
        EnvironmentBroken: a file is not what it should be; it is named with the correction, the field and the reason.
    """
    found: dict[str, tuple[Correction, Path]] = {}
    for path in correction_files(home):
        for correction in _of_file(path):
            if correction.id in found:
                raise EnvironmentBroken(
                    f"{path.name}: the correction {correction.id!r} stands in {found[correction.id][1].name} already; "
                    "give it an id of its own"
                )
            found[correction.id] = (correction, path)
    return tuple(correction for correction, _ in found.values())


def corrections_hash(home: Home, source: str) -> str:
    """Changes when a correction of `source` does: its documents are then read again."""
    mine = [correction.model_dump_json() for correction in read_corrections(home) if correction.source == source]
    return hashlib.sha256("\n".join(mine).encode()).hexdigest()


def load_corrections(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Replace `raw.correction` (a row for each figure of each correction) by what the files say now.

    Raises:
        EnvironmentBroken: a file is not what it should be.
    """
    rows = [
        {
            **correction.model_dump(exclude={"id", "figures", "decided_on", "factor"}),
            **figure.model_dump(),
            "correction_id": correction.id,
            "factor": correction.factor,
            "decided_on": correction.decided_on,
        }
        for correction in read_corrections(home)
        for figure in correction.figures
    ]
    connection.execute("delete from raw.correction")
    if rows:
        connection.register("incoming", pa.Table.from_pylist(rows, schema=_CORRECTION_SCHEMA))
        connection.execute("insert into raw.correction by name select * from incoming")
        connection.unregister("incoming")


_CORRECTION_SCHEMA = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in (
                "correction_id", "source", "status", "action", "field", "reason_vi", "reason_en", "source_url",
                "decided_by", "document", "place", "unit", "indicator", "expected_old_value", "new_value",
            )
        ),
        pa.field("factor", pa.float64()),
        pa.field("decided_on", pa.date32()),
    ]
)  # fmt: skip


def _of_file(path: Path) -> Iterator[Correction]:
    if path.stat().st_size > _LARGEST_FILE:
        raise EnvironmentBroken(f"{path.name}: larger than {_LARGEST_FILE} bytes, which no list of decisions is")
    try:
        entries: Any = yaml.safe_load(path.read_text("utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EnvironmentBroken(f"{path.name} is no YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(entries, list):
        raise EnvironmentBroken(f"{path.name}: found {type(entries).__name__}, expected a list of corrections")
    for number, entry in enumerate(entries, 1):
        try:
            yield Correction.model_validate(entry)
        except ValidationError as error:
            name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            raise EnvironmentBroken(f"{path.name}, correction {name}: {_in_words(error)}") from error


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'the correction'}: {item['msg']} (found {str(item['input'])[:80]!r})"
        for item in error.errors()[:5]
    )
