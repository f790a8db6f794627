"""A release in which one figure carries every mark a value can carry, and its change every mark of a change."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.home import Home

UNIT, INDICATOR, YEAR, VALUE = "ha_noi_2008", "PAPI", 2024, 71.2345
#: What stands right after the value, and in the place of the change.
VALUE_MARKS = ("synthetic", "provisional", "assumption", "derived", "corrected", "conflict")
CHANGE_MARKS = ("not_comparable", "break_suspected")
_KEY = f"unit_code = '{UNIT}' and indicator_code = '{INDICATOR}' and data_year = {YEAR}"
_FIGURE = (
    f"value = {VALUE}, is_synthetic = true, figure_status = 'suspect', value_basis = 'derived', "
    "weight_basis = 'equal', correction_id = 'planted', has_conflict = true"
)
_CHANGE = (
    f"value = {VALUE}, is_synthetic = true, value_status = 'suspect', weight_basis = 'equal', has_conflict = true, "
    "is_comparable = false, not_comparable_reason = 'break_suspected', change = null, previous_year = 2023"
)


@dataclass(frozen=True)
class Marked:
    """The home whose current release it is, that release's folder, and where outputs may be written."""

    home: Home
    release: Path
    folder: Path

    @property
    def database(self) -> Path:
        return self.release / "warehouse.duckdb"


def plant(source: Path, folder: Path) -> Marked:
    """Copy the release `source` below `folder`, keep the figures of one unit, and mark one of them."""
    home = Home(folder / "home")
    home.make()
    release = home.releases / source.resolve().name
    release.mkdir()
    for name in ("warehouse.duckdb", "manifest.json", "semantic_manifest.json", "surroundings.parquet"):
        if (source / name).exists():
            shutil.copyfile(source / name, release / name)
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        tables = connection.execute(
            "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'unit_code'"
        ).fetchall()
        for (table,) in tables:
            if table != "dim_unit":
                connection.execute(f"delete from marts.{table} where unit_code <> '{UNIT}'")
        connection.execute(f"update marts.fct_indicator_value set {_FIGURE} where {_KEY}")
        connection.execute(f"update marts.metric_yoy set {_CHANGE} where {_KEY}")
    home.current.symlink_to(release)
    return Marked(home, release, folder)
