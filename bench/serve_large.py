"""Marts a thousand times larger than the bundled ones: what is multiplied, how often, and with which columns.

Units are copied (`hue`, `hue_c1`, …, as communes below a province would be), and so are indices with all their
criteria (`PAPI.D1`, `PAPI_1.D1`, …), so that a question about one unit or one indicator stays as selective as it is.
Only the columns the questions and the keys need are kept: the rows are read whole by a row store, so that is in its
favour, and the disk holds more of them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from warehouse.release_tables import name, reading_order
from warehouse.table_shapes import KEYS_FILE, Keys, read_keys

_UNITS = ("unit_code",)
_INDICES = ("indicator_code", "index_code", "total_code", "component_code", "parent_code")


@dataclass(frozen=True)
class Scale:
    """How often things are copied. `derived_indices`: of the indices, how many also have changes and verdicts.

    Figures, portal months, units and checks are `times` the bundled ones; changes, contributions and verdicts, whose
    rows are as many and wider, `derived_times`: all of them a thousandfold would take a server 50 GB.
    """

    units: int = 40
    indices: int = 25
    derived_indices: int = 3

    @property
    def times(self) -> int:
        """Copies of a figure."""
        return self.units * self.indices

    @property
    def derived_times(self) -> int:
        """Copies of what is computed from figures."""
        return self.units * self.derived_indices


#: Columns of a table kept.
COLUMNS = {
    "dim_unit": ("unit_code", "unit_type", "region_code", "name_vi", "name_en"),
    "dim_indicator": ("indicator_code", "index_code", "parent_code", "indicator_level", "name_vi", "name_en"),
    "fct_indicator_value": (
        "unit_code", "indicator_code", "data_year", "boundary", "index_code", "unit_type", "value", "value_pct", "rank",
    ),
    "metric_yoy": (
        "unit_code", "indicator_code", "data_year", "boundary", "index_code", "previous_value", "value", "change",
        "is_comparable",
    ),
    "metric_contribution": (
        "unit_code", "total_code", "component_code", "data_year", "boundary", "index_code", "contribution",
        "total_difference",
    ),
    "metric_strength_weakness": (
        "unit_code", "indicator_code", "data_year", "boundary", "index_code", "verdict", "rank", "gap_to_best_all",
        "rank_among_own_criteria", "evidence_vi",
    ),
    "fct_portal_month": (
        "unit_code", "data_month", "boundary", "is_synthetic", "dossiers", "on_time_rate_pct", "filed_online_pct",
    ),
    "data_quality": (
        "batch_id", "suite", "rule_id", "subject", "category", "severity", "owner", "outcome", "rows_failed",
        "is_superseded",
    ),
}  # fmt: skip


def copies(scale: Scale) -> dict[str, tuple[int, int]]:
    """How often each table holds every unit (or load, for checks) and every index."""
    figure, derived = (scale.units, scale.indices), (scale.units, scale.derived_indices)
    return {
        "dim_unit": (scale.times, 1),
        "dim_indicator": (1, scale.indices),
        "fct_indicator_value": figure,
        "metric_yoy": derived,
        "metric_contribution": derived,
        "metric_strength_weakness": derived,
        "fct_portal_month": (scale.times, 1),
        "data_quality": (scale.times, 1),
    }


def make_large(release: Path, target: Path, scale: Scale, *, memory: str = "6GB") -> dict[str, int]:
    """Make `target` a release of the enlarged marts of `release`, in the order releases have; its rows by table."""
    target.mkdir(parents=True)
    shutil.copy(release / "manifest.json", target)
    keys = _kept_keys(read_keys(release))
    (target / KEYS_FILE).write_text(json.dumps({table: asdict(item) for table, item in keys.items()}), "utf-8")
    with duckdb.connect(str(target / "warehouse.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{memory}'")
        connection.execute("attach ? as small (read_only)", [str(release / "warehouse.duckdb")])
        connection.execute("create schema marts")
        for table, (units, indices) in copies(scale).items():
            order = reading_order(COLUMNS[table], keys[table].key)
            connection.execute(_enlarged(table, units, indices, order))
        kept = ", ".join(f"('{table}', '{column}')" for table, columns in COLUMNS.items() for column in columns)
        connection.execute(
            "create table marts.dictionary as select * from small.marts.dictionary "
            f"where (table_name, column_name) in ({kept}) or table_name = 'dictionary'"
        )
        return {
            table: int(connection.execute(f"select count(*) from marts.{name(table)}").fetchall()[0][0])
            for table in COLUMNS
        }


def _kept_keys(keys: dict[str, Keys]) -> dict[str, Keys]:
    kept = {table: keys.get(table, Keys()) for table in (*COLUMNS, "dictionary")}
    return {
        table: Keys(item.key, tuple(one for one in item.references if one.column in COLUMNS.get(table, ())))
        for table, item in kept.items()
    }


def _enlarged(table: str, units: int, indices: int, order: tuple[str, ...]) -> str:
    """`create table` that copies a mart; the copy 0 of everything is the original."""
    values = ", ".join(f"{_copied(column)} as {name(column)}" for column in COLUMNS[table])
    return (
        f"create table marts.{name(table)} as select {values} from small.marts.{name(table)} "
        f"cross join (select unnest(range({units})) as unit_copy) "
        f"cross join (select unnest(range({indices})) as index_copy) order by {', '.join(map(name, order))}"
    )


def _copied(column: str) -> str:
    if column in _UNITS:
        return f"{name(column)} || case when unit_copy = 0 then '' else '_c' || unit_copy end"
    if column in _INDICES:
        copied = f"regexp_replace({name(column)}, '^([^.]+)', '\\1_' || index_copy)"
        return f"case when index_copy = 0 then {name(column)} else {copied} end"
    if column == "batch_id":
        return "batch_id || '_' || unit_copy"
    return name(column)
