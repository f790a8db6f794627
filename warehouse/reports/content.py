"""What a report says: the unit's latest results, strong and weak points, every figure, and where all of it is from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.connection import rows_of
from warehouse.marks import Mark, legend, of_value
from warehouse.unit_names import FormerName, former_names, until_words

Row = dict[str, Any]

#: Every figure of a unit with all its marks rest on. The map of the source goes before the map of 2025.
_FIGURES = """
    select v.indicator_code, i.name_vi, v.index_code, i.indicator_level, i.measure_unit, v.data_year, v.boundary,
           v.value, v.value_basis, v.figure_status, v.max_value, v.value_pct, v.rank, v.rank_out_of, v.correction_id,
           v.has_conflict, v.is_synthetic, v.weight_basis, v.source_document_id, v.locator, y.previous_year, y.change,
           y.is_comparable, y.not_comparable_reason, y.reason_text_vi, y.previous_weight_basis,
           s.verdict, s.rank_all, s.peer_count_all, s.gap_to_best_all, s.best_units_all_vi, s.rank_among_own_criteria,
           s.evidence_vi, s.responsible_body_name_vi, i.display_order
    from marts.fct_indicator_value as v
    join marts.dim_indicator as i using (indicator_code)
    left join marts.metric_yoy as y using (unit_code, indicator_code, data_year, boundary)
    left join marts.metric_strength_weakness as s using (unit_code, indicator_code, data_year, boundary)
    where v.unit_code = ?
    order by v.index_code, v.data_year desc, v.boundary <> 'published', i.display_order, v.indicator_code
"""
_DOCUMENTS = """
    select distinct d.source_document_id, d.file_name, d.name_vi, d.publisher, d.sha256, d.received_at, d.is_synthetic
    from marts.dim_source_document as d where d.source_document_id in (select unnest(?::varchar[]))
    order by d.file_name, d.sha256
"""
#: Points of each kind that fit on the page.
POINTS = 4


@dataclass(frozen=True)
class Report:
    """One unit's report. `totals` has one row an index, of its latest year; `strong` and `weak` the clearest points of
    the latest year criteria are known of; `figures` every figure; `documents` those the rows shown come from.
    """

    unit_code: str
    unit: Row
    release_id: str
    published_at: datetime
    totals: tuple[Row, ...]
    strong: tuple[Row, ...]
    weak: tuple[Row, ...]
    points_year: int | None
    figures: tuple[Row, ...]
    documents: tuple[Row, ...]
    sources_shown: tuple[Row, ...]
    former: tuple[FormerName, ...] = ()

    @property
    def name(self) -> str:
        """The present name, and beside it what the unit was called before."""
        name, before = str(self.unit["name_vi"]), until_words(self.former)[0]
        return f"{name} ({before})" if before else name

    @property
    def marks_shown(self) -> tuple[Mark, ...]:
        """The marks the letter shows."""
        return legend([*self.totals, *map(of_value, (*self.strong, *self.weak))])

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of any figure."""
        return legend(self.figures)

    @property
    def office(self) -> tuple[str, str]:
        """The two lines a letter of this unit has at its head."""
        name = str(self.unit["name_vi"]).upper()
        if self.unit["unit_type"] != "province":
            return "", name
        kind = "THÀNH PHỐ" if self.unit["admin_type"] == "municipality" else "TỈNH"
        return "ỦY BAN NHÂN DÂN", f"{kind} {name}"


def read_report(
    connection: duckdb.DuckDBPyConnection, unit_code: str, release_id: str, published_at: datetime
) -> Report | None:
    """The report of a unit from the release that is the default catalog, or None when it has no figure of it."""
    units = rows_of(connection, "select * from marts.dim_unit where unit_code = ?", [unit_code])
    figures = rows_of(connection, _FIGURES, [unit_code])
    if not units or not figures:
        return None
    totals = _latest_totals(figures)
    strong, weak, year = _points(figures)
    shown = [*totals, *strong, *weak]
    return Report(
        unit_code=unit_code,
        unit=units[0],
        release_id=release_id,
        published_at=published_at,
        totals=tuple(totals),
        strong=tuple(strong),
        weak=tuple(weak),
        points_year=year,
        figures=tuple(figures),
        documents=tuple(_documents(connection, figures)),
        sources_shown=tuple(_documents(connection, shown)),
        former=former_names(connection).get(unit_code, ()),
    )


def units_reported(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The provinces and ministries of today that have a figure; of earlier ones `reform report` writes on demand."""
    rows = connection.execute(
        "select unit_code from marts.dim_unit where is_current and unit_type in ('province', 'ministry') "
        "and unit_code in (select unit_code from marts.fct_indicator_value) order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def _documents(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> list[Row]:
    wanted = sorted({row["source_document_id"] for row in rows if row["source_document_id"]})
    return rows_of(connection, _DOCUMENTS, [wanted])


def _latest_totals(figures: list[Row]) -> list[Row]:
    """The latest value or rank of every index, by the map of its source where that has one."""
    latest: dict[str, Row] = {}
    for row in figures:
        is_total = row["indicator_code"] == row["index_code"]
        if is_total and (row["value"] is not None or row["rank"] is not None):
            latest.setdefault(row["index_code"], row)
    return list(latest.values())


def _points(figures: list[Row]) -> tuple[list[Row], list[Row], int | None]:
    """The clearest strong and weak criteria of the latest year that has any, all on one map."""
    judged = [
        row
        for row in figures
        if row["verdict"] in {"strength", "weakness"} and row["indicator_code"] != row["index_code"]
    ]
    if not judged:
        return [], [], None
    year = max(row["data_year"] for row in judged)
    of_year = [row for row in judged if row["data_year"] == year]
    boundary = "published" if any(row["boundary"] == "published" for row in of_year) else of_year[0]["boundary"]
    placed = sorted(
        (row for row in of_year if row["boundary"] == boundary),
        key=lambda row: (_standing(row), row["indicator_code"]),
    )
    strong = [row for row in placed if row["verdict"] == "strength"][:POINTS]
    weak = [row for row in reversed(placed) if row["verdict"] == "weakness"][:POINTS]
    return strong, weak, year


def _standing(row: Row) -> float:
    """From 0, best of its peers, to 1."""
    if not row["rank_all"] or not row["peer_count_all"]:
        return 0.5
    return float(row["rank_all"] / row["peer_count_all"])
