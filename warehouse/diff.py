"""What two releases say differently: figures, the files they are from, the methodology and the code.

Both files are attached read-only and compared as stored, in the direction asked for, by what both of them have: a
column or table only one of them holds is named in `notes`, and nothing is guessed for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from warehouse.diff_figure import FigureDiff, Side
from warehouse.diff_shape import (
    CheckDiff,
    ColumnDiff,
    RowsDiff,
    Shape,
    check_diffs,
    column_diffs,
    read_shape,
    rows_diffs,
)
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release_names import release_folder
from warehouse.release_tables import columns_of, name

KEY = ("unit_code", "indicator_code", "data_year", "boundary")
#: What is compared of a figure: mart and type.
_COMPARED = {
    "value": ("fct_indicator_value", "double"),
    "rank": ("fct_indicator_value", "integer"),
    "methodology_version": ("fct_indicator_value", "varchar"),
    "source_document_id": ("fct_indicator_value", "varchar"),
    "locator": ("fct_indicator_value", "varchar"),
    "change": ("metric_yoy", "double"),
    "value_pct_change_points": ("metric_yoy", "double"),
    "is_comparable": ("metric_yoy", "boolean"),
    "not_comparable_reason": ("metric_yoy", "varchar"),
}
#: What is shown beside it, and is no difference of its own: a sentence reworded restates nothing.
_SHOWN = {
    "reason_text_en": ("metric_yoy", "varchar"),
    "reason_text_vi": ("metric_yoy", "varchar"),
    "file_name": ("dim_source_document", "varchar"),
    "sha256": ("dim_source_document", "varchar"),
    "is_synthetic": ("fct_indicator_value", "boolean"),
    "value_basis": ("fct_indicator_value", "varchar"),
    "figure_status": ("fct_indicator_value", "varchar"),
    "weight_basis": ("fct_indicator_value", "varchar"),
    "correction_id": ("fct_indicator_value", "varchar"),
    "has_conflict": ("fct_indicator_value", "boolean"),
}
_SIDE = (*_COMPARED, *_SHOWN)
#: The tables that say how figures are made, with what names a row.
_METHODOLOGY = {
    "dim_methodology": ("index_code", "methodology_version"),
    "dim_indicator_break": ("indicator_code", "first_year", "reason", "origin", "cause_indicator_code", "change_id"),
}
#: Sections in the order they are shown. A figure is in each of the first five that holds of it, else in the first that
#: holds of the rest: rank, change and source move with whatever moved the figure, and count only without it.
KINDS = (
    "restated",
    "added",
    "removed",
    "newly_incomparable",
    "newly_comparable",
    "rank_changed",
    "change_changed",
    "method_or_source_only",
)


@dataclass(frozen=True)
class InputDiff:
    """A document: `added`, `removed`, `superseded` (by `superseded_by`, a file name) or `reinstated`."""

    what: str
    file_name: str
    sha256: str
    source_key: str
    superseded_by: str | None


@dataclass(frozen=True)
class MethodDiff:
    """A row of a table of methodology that was `added`, `removed` or `changed`; `columns` are (before, after)."""

    what: str
    table: str
    key: str
    columns: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class ReleaseFacts:
    """What a release says of itself."""

    release_id: str
    published_at: str
    code_version: str
    figures: int


@dataclass(frozen=True)
class ReleaseDiff:
    """Everything that differs between two releases; `figures` by the kinds in KINDS, each sorted by key."""

    before: ReleaseFacts
    after: ReleaseFacts
    figures: dict[str, list[FigureDiff]]
    inputs: list[InputDiff]
    methodology: list[MethodDiff]
    engines: dict[str, tuple[str | None, str | None]]
    columns: list[ColumnDiff]
    rows: list[RowsDiff]
    checks: list[CheckDiff]
    notes: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing a reader could see differs."""
        return not (any(self.figures.values()) or self.inputs or self.methodology or self.columns or self.checks)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, everything; the figures without the deep copies of `asdict`, of which there may be 35,000."""
        figures = {kind: [_figure_as_dict(figure) for figure in found] for kind, found in self.figures.items()}
        return {**asdict(replace(self, figures={})), "figures": figures}


def _figure_as_dict(figure: FigureDiff) -> dict[str, Any]:
    sides = {"before": figure.before, "after": figure.after}
    return {**vars(figure), **{label: side and dict(vars(side)) for label, side in sides.items()}}


def diff_releases(home: Home, before: str, after: str) -> ReleaseDiff:
    """Compare release `before` with release `after` (ids), whichever is the older.

    Raises:
        Misused: a directory is gone.
        EnvironmentBroken: a database is missing, damaged, or holds no figures.
    """
    return diff_folders(release_folder(home, before), release_folder(home, after))


def diff_folders(before: Path, after: Path) -> ReleaseDiff:
    """Compare two directories of releases; the later one may still be on its way to being one.

    Raises:
        EnvironmentBroken: a database is missing, damaged, or holds no figures.
    """
    one, other = (json.loads((folder / "manifest.json").read_text("utf-8")) for folder in (before, after))
    notes: list[str] = []
    connection = duckdb.connect()
    try:
        read = [_read_release(connection, *side) for side in (("a", before), ("b", after))]
        held, shapes = [columns for columns, _ in read], [shape for _, shape in read]
        compared = _held_by_both(held, (one["release_id"], other["release_id"]), notes)
        figures = _figure_diffs(connection, compared["fct_indicator_value"] + compared["metric_yoy"])
        methodology = [
            difference
            for table, key in _METHODOLOGY.items()
            for difference in _methodology_diffs(connection, table, key, compared[table])
        ]
        counts = [
            int(connection.execute(f"select count(*) from {side}_figures").fetchall()[0][0]) for side in ("a", "b")
        ]
    finally:
        connection.close()
    return ReleaseDiff(
        before=_facts(one, counts[0]),
        after=_facts(other, counts[1]),
        figures=figures,
        inputs=_input_diffs(one["inputs"], other["inputs"]),
        methodology=methodology,
        engines=_engine_diffs(one.get("engines", {}), other.get("engines", {})),
        columns=column_diffs(*shapes),
        rows=rows_diffs(*shapes),
        checks=check_diffs(*shapes),
        notes=notes,
    )


def _facts(manifest: dict[str, Any], figures: int) -> ReleaseFacts:
    return ReleaseFacts(
        manifest["release_id"], manifest["published_at"], manifest.get("code_version", "unknown"), figures
    )


def _engine_diffs(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    pairs = {engine: (before.get(engine), after.get(engine)) for engine in sorted({**before, **after})}
    return {engine: pair for engine, pair in pairs.items() if pair[0] != pair[1]}


def _read_release(connection: duckdb.DuckDBPyConnection, side: str, folder: Path) -> tuple[dict[str, set[str]], Shape]:
    """Copy what is compared into tables `<side>_…` in memory; returns the columns the release really has, by table.

    One file after the other: a damaged one is then known by name, and a release can be compared with itself.
    """
    database = folder / "warehouse.duckdb"
    try:
        connection.execute("attach ? as release (read_only)", [str(database)])
        try:
            tables = ("fct_indicator_value", "metric_yoy", "dim_source_document", *_METHODOLOGY)
            held = {table: columns_of(connection, "release", table) for table in tables}
            if not {"unit_code", "indicator_code", "data_year", "value"} <= held["fct_indicator_value"]:
                raise EnvironmentBroken(f"{database} holds no fct_indicator_value, so it has no figures to compare")
            connection.execute(f"create table {side}_figures as {_figures_sql(held)}")
            for table in _METHODOLOGY:
                if held[table]:
                    connection.execute(f"create table {side}_{table} as from release.marts.{table}")
            shape = read_shape(connection, "release")
        finally:
            connection.execute("detach release")
    except duckdb.Error as error:
        raise EnvironmentBroken(
            f"{database} could not be read ({str(error).splitlines()[0]}); bring the release back from a backup, or "
            "move its directory out of releases/"
        ) from error
    return held, shape


def _figures_sql(held: dict[str, set[str]]) -> str:
    """The figures of the attached release with their document; a column it does not have is NULL."""
    alias = {"fct_indicator_value": "v", "metric_yoy": "y", "dim_source_document": "d"}
    # Before there was a second map, every figure was on the map of its source.
    boundary = "v.boundary" if "boundary" in held["fct_indicator_value"] else "'published'"
    selected = ", ".join(
        f"cast({alias[table]}.{column} as {kind}) as {column}"
        if column in held[table]
        else f"cast(null as {kind}) as {column}"
        for column, (table, kind) in {**_COMPARED, **_SHOWN}.items()
    )
    joins = ""
    if "boundary" in held["metric_yoy"]:
        joins += f" left join release.marts.metric_yoy as y on {_same('v', 'y', KEY[:3])} and {boundary} = y.boundary"
    elif held["metric_yoy"]:
        joins += f" left join release.marts.metric_yoy as y on {_same('v', 'y', KEY[:3])}"
    if held["dim_source_document"] and "source_document_id" in held["fct_indicator_value"]:
        joins += " left join release.marts.dim_source_document as d on v.source_document_id = d.source_document_id"
    return (
        f"select v.unit_code, v.indicator_code, v.data_year, {boundary} as boundary, {selected} "
        f"from release.marts.fct_indicator_value as v{joins}"
    )


def _same(one: str, other: str, columns: Sequence[str]) -> str:
    return " and ".join(f"{one}.{column} is not distinct from {other}.{column}" for column in columns)


def _held_by_both(held: list[dict[str, set[str]]], ids: tuple[str, str], notes: list[str]) -> dict[str, list[str]]:
    """By table the columns that can be compared; what only one release has goes into `notes`."""
    compared: dict[str, list[str]] = {}
    for table in held[0]:
        wanted = {column for column, (mart, _) in {**_COMPARED, **_SHOWN}.items() if mart == table}
        if table == "fct_indicator_value":
            wanted |= set(KEY)
        for here, there, release_id in ((0, 1, ids[1]), (1, 0, ids[0])):
            only = held[here][table] - held[there][table]
            missing = sorted(only if table in _METHODOLOGY else only & wanted)
            if missing and not held[there][table]:
                notes.append(f"release {release_id} has no table {table}: what it says is not compared")
            elif missing:
                notes.append(f"release {release_id} has no {table}.{', '.join(missing)}: not compared")
        both = held[0][table] & held[1][table]
        compared[table] = sorted(both) if table in _METHODOLOGY else [c for c in _COMPARED if c in both & wanted]
    return compared


def _figure_diffs(connection: duckdb.DuckDBPyConnection, compared: Sequence[str]) -> dict[str, list[FigureDiff]]:
    rows = connection.execute(_figure_sql(compared)).fetchall()
    width, key_width = len(_SIDE), len(KEY)
    found: dict[str, list[FigureDiff]] = {kind: [] for kind in KINDS}
    for row in rows:
        sides = row[key_width : key_width + 2 * width]
        is_before, is_after, *holds = row[key_width + 2 * width :]
        before = Side(*sides[:width]) if is_before else None
        after = Side(*sides[width:]) if is_after else None
        unit_code, indicator_code, data_year, boundary = row[:key_width]
        figure = FigureDiff(unit_code, indicator_code, data_year, boundary, before, after)
        kinds = [kind for kind, is_so in zip(KINDS, holds, strict=True) if is_so]
        strong = [kind for kind in kinds if kind in KINDS[:5]]
        for kind in strong or kinds[:1]:
            found[kind].append(figure)
    return found


def _figure_sql(compared: Sequence[str]) -> str:
    """Every figure in which the sides differ: key, both sides, which side has it, and a column for each of KINDS."""

    def differ(*columns: str) -> str:
        return " or ".join(f"a.{column} is distinct from b.{column}" for column in columns if column in compared)

    in_both = "a.unit_code is not null and b.unit_code is not null"
    restated = differ("value")
    if "rank" in compared:
        restated += " or (a.value is null and b.value is null and a.rank is distinct from b.rank)"
    comparability = "is_comparable" in compared
    kinds = (
        f"{in_both} and ({restated})",
        "a.unit_code is null",
        "b.unit_code is null",
        f"{in_both} and a.is_comparable and not b.is_comparable" if comparability else "",
        f"{in_both} and not a.is_comparable and b.is_comparable" if comparability else "",
        f"{in_both} and ({differ('rank') or 'false'})",
        f"{in_both} and ({differ('change', 'value_pct_change_points') or 'false'})",
        in_both,
    )
    sides = ", ".join(f"{side}.{column}" for side in ("a", "b") for column in _SIDE)
    key = ", ".join(f"coalesce(a.{column}, b.{column})" for column in KEY)
    return f"""
        select {key}, {sides}, a.unit_code is not null, b.unit_code is not null,
            {", ".join(f"coalesce({condition or 'false'}, false)" for condition in kinds)}
        from a_figures as a full join b_figures as b using ({", ".join(KEY)})
        where a.unit_code is null or b.unit_code is null or {differ(*compared)}
        order by 2, 3, 1, 4
    """


def _methodology_diffs(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], columns: Sequence[str]
) -> list[MethodDiff]:
    """Rows of a table of methodology that differ in the columns both releases have."""
    if not set(key) <= set(columns):
        return []
    pairs = ", ".join(f"a.{name(column)}, b.{name(column)}" for column in columns)
    differ = " or ".join(f"a.{name(column)} is distinct from b.{name(column)}" for column in columns)
    rows = connection.execute(
        f"""
        select a.present, b.present, {pairs}
        from (select *, true as present from a_{table}) as a
        full join (select *, true as present from b_{table}) as b on {_same("a", "b", key)}
        where a.present is null or b.present is null or {differ}
        order by {", ".join(f"coalesce(a.{column}, b.{column}) nulls first" for column in key)}
        """
    ).fetchall()
    found = []
    for before, after, *values in rows:
        both = {column: (values[2 * place], values[2 * place + 1]) for place, column in enumerate(columns)}
        shown = [str(both[column][0] if before else both[column][1]) for column in key if any(both[column])]
        what = "changed" if before and after else "added" if after else "removed"
        changed = {column: pair for column, pair in both.items() if pair[0] != pair[1]}
        found.append(MethodDiff(what, table, " · ".join(shown), changed))
    return found


def _input_diffs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[InputDiff]:
    """Documents only one side has, and those that a later one of the same source key took the place of."""
    one, other = ({(item["sha256"], item["source_key"]): item for item in side} for side in (before, after))
    valid = {item["source_key"]: item["file_name"] for item in after if not item["is_superseded"]}
    found = []
    for key in sorted({*one, *other}, key=lambda key: (key[1], key[0])):
        was, now = one.get(key), other.get(key)
        item = now or was or {}
        if was is None or now is None:
            what = "added" if was is None else "removed"
        elif bool(was["is_superseded"]) != bool(now["is_superseded"]):
            what = "superseded" if now["is_superseded"] else "reinstated"
        else:
            continue
        by = valid.get(item["source_key"]) if item["is_superseded"] and now is not None else None
        found.append(InputDiff(what, item["file_name"], item["sha256"], item["source_key"], by))
    return found
