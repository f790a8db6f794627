"""The trail of every figure as pages: one a unit and index, in both languages, below `docs/trail/` of a release.

`docs/trail/vi/<unit_code>/<INDEX>.html#<indicator_code>-<year>` (a month as `-2025-08`) opens on the figure and shows
its cell among its neighbours as the source prints it. Sources, checks and neighbours stand once a page and are referred
to.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from warehouse.connection import reader
from warehouse.marks import legend, of_change, of_value, signs_of
from warehouse.pages import Language, page_environment
from warehouse.quality_page import REASONS
from warehouse.surroundings import SourceRow, Surroundings, column_letters, heads_of, spot_of
from warehouse.trail_figures import TrailFigure, TrailFigures
from warehouse.unit_names import until_words

_TEMPLATES = Path(__file__).parent / "templates"
_ASSETS = ("trail.css", "trail.js")
_LANGUAGES: tuple[Language, ...] = ("vi", "en")
#: Tables pages are made from; a part of a build that lacks one gets no pages.
_NEEDED = ("fct_indicator_value", "fct_observation", "metric_yoy", "dim_unit", "dim_indicator", "dim_index",
           "dim_source_document", "bridge_unit_lineage")  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """Rows of one place of one document around a row with figures, as lines of a table; `ids` are those of the cells
    of this page's figures.
    """

    id: str
    number: int
    place: str
    lines: Markup
    ids: frozenset[str]


def trail_address(unit_code: str, indicator_code: str, period: str | int) -> str:
    """Where a figure's trail stands, from the folder of a language: `ha_noi/PAPI.html#PAPI.SC21-2018`."""
    return f"{unit_code}/{indicator_code.split('.', maxsplit=1)[0]}.html#{indicator_code}-{period}"


def write_trail_pages(database: Path, folder: Path, release_id: str) -> int:
    """Write all pages into `folder`/trail from the release `database`; returns their number, both languages together.

    The neighbours of the cells are those of the release the database lies in.
    """
    with reader(database) as connection:
        names = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not names.issuperset(_NEEDED):
            return 0
        figures = TrailFigures(connection)
        surroundings = Surroundings.of_release(database.parent)
        root = folder / "trail"
        root.mkdir()
        for asset in _ASSETS:
            shutil.copyfile(_TEMPLATES / asset, root / asset)
        templates = {language: page_environment(language).get_template("trail.html.j2") for language in _LANGUAGES}
        for (unit, index), listed in figures.pages.items():
            content = _content(figures, surroundings, listed) | {
                "unit": figures.units.get(unit, {"name_vi": unit, "name_en": unit}),
                "former": until_words(figures.former_names.get(unit, ())),
                "index": figures.indices.get(index, {"name_vi": index, "name_en": index}),
                "release_id": release_id,
                "address": f"{unit}/{index}.html",
            }
            for language, template in templates.items():
                page = root / language / unit / f"{index}.html"
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(template.render(**content), "utf-8")
        return len(_LANGUAGES) * len(figures.pages)


def _content(figures: TrailFigures, surroundings: Surroundings, listed: list[TrailFigure]) -> dict[str, Any]:
    observations = [observation for figure in listed for observation in figure.observations]
    for row in (row for figure in listed for row in figure.rows):
        row["signs"], row["change_signs"] = signs_of(of_value(row)), signs_of(of_change(row))
    batches = dict.fromkeys(
        (row["source_document_id"], row["batch_id"]) for row in observations if row["source_document_id"]
    )
    numbers = {document: number for number, (document, _) in enumerate(batches, 1)}
    grids, cell_of = _grids(surroundings, observations, numbers)
    periods = [
        {
            "period": period,
            "figures": list(of_period),
        }
        for period, of_period in groupby(listed, key=lambda figure: figure.key[2])
    ]
    for period in periods:
        used = {cell_of.get(_cell_key(row)) for figure in period["figures"] for row in figure.observations}
        period["grids"] = [grid for grid in grids if used & grid.ids]
    return {
        "periods": periods,
        "documents": [
            {
                **figures.documents[document],
                "number": numbers[document],
                "batch_id": batch,
                "checks": figures.checks.get(batch, []),
            }
            for document, batch in batches
        ],
        "first_release": min((figure.since["from_release_id"] for figure in listed if figure.since), default=None),
        "numbers": numbers,
        "cell_of": lambda row: cell_of.get(_cell_key(row)),
        "legend": legend(row for figure in listed for row in figure.rows if row["signs"] or row["change_signs"]),
        "indicators": figures.indicators,
        "reasons": REASONS,
        "units": figures.units,
    }


def _cell_key(row: dict[str, Any]) -> tuple[str, str]:
    return row["source_document_id"], row["locator"] or row.get("rank_locator") or ""


def _grids(
    surroundings: Surroundings, observations: list[dict[str, Any]], numbers: dict[str, int]
) -> tuple[list[Grid], dict[tuple[str, str], str]]:
    """One grid for every row of a document with figures of the page, and the id of every figure's cell."""
    wanted: dict[tuple[str, str, int, str], dict[int, tuple[str, str]]] = {}
    for observation in observations:
        document, locator = key = _cell_key(observation)
        spot = spot_of(locator)
        column = surroundings.column_of(document, spot) if spot else None
        if spot is not None and column is not None and spot.row_number in surroundings.rows_at(document, spot.place):
            wanted.setdefault((document, spot.place, spot.row_number, spot.kind), {})[column] = key
    grids: list[Grid] = []
    cell_of: dict[tuple[str, str], str] = {}
    for at, ((document, place, number, kind), marked) in enumerate(wanted.items(), 1):
        rows = surroundings.rows_at(document, place)
        ids = {column: f"g{at}-{column}" for column in marked}
        cell_of.update({key: ids[column] for column, key in marked.items()})
        near = [] if kind == "json" else [rows[other] for other in (number - 1, number + 1) if other in rows]
        shown = {row.row_number: row for row in [*surroundings.headings(document, place), rows[number], *near]}
        in_order = sorted(shown.values(), key=lambda row: (not row.is_heading, row.row_number))
        lines = _lines(kind, in_order, _columns(rows[number], list(marked)), number, ids)
        grids.append(Grid(f"g{at}", numbers[document], place, lines, frozenset(ids.values())))
    return grids, cell_of


def _lines(kind: str, rows: list[SourceRow], columns: list[int], marked_row: int, ids: dict[int, str]) -> Markup:
    """The rows as a table's, in the one form both languages show; every text of the source is escaped."""
    lines = [f"<tr><th>{''.join(f'<th>{column_letters(column)}' for column in columns)}"] if kind == "sheet" else []
    for row in rows:
        texts = [row.cells[column] if column < len(row.cells) else "" for column in columns]
        if not any(texts):
            continue
        is_marked = row.row_number == marked_row
        head = ' class="head"' if row.is_heading else ""
        cells = [
            f'<td id="{ids[column]}">{escape(text)}' if is_marked and column in ids else f"<td{head}>{escape(text)}"
            for column, text in zip(columns, texts, strict=True)
        ]
        lines.append(f"<tr><th>{row.row_number}{''.join(cells)}")
    return Markup("\n".join(lines))  # noqa: S704  # nosec B704


def _columns(row: SourceRow, marked: list[int]) -> list[int]:
    """The figures' cells, the ones beside them, and the words that say what the row is about."""
    width = len(row.cells)
    beside = {near for column in marked for near in (column - 1, column, column + 1) if 0 <= near < width}
    heads = {head for column in marked for head in heads_of(row, column)}
    return sorted(beside | heads | set(marked))
