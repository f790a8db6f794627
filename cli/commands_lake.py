"""`reform lake`: what the lake of dossiers holds, and its compaction."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from warehouse.home import Home

lake_app = typer.Typer(no_args_is_help=True, help="The lake of dossiers: list, compact.")

_MIB = 1024**2
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]


@lake_app.callback()
def _lake() -> None:
    """The lake of dossiers."""


@lake_app.command("list")
def list_lake(
    versions: Annotated[bool, typer.Option("--versions", help="The versions that are kept, one a batch.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What each month of the lake consists of; or which versions of it can still be read."""
    from warehouse.lake import dossier_store
    from warehouse.lake_compaction import months_of
    from warehouse.lake_manifest import read_version, version_numbers

    store = dossier_store(Home.from_environment())
    if versions:
        kept = [read_version(store, number) for number in version_numbers(store)]
        rows: list[dict[str, Any]] = [
            {"version": one.number, "made_at": one.made_at, "batch": one.batch, "added": len(one.added),
             "removed": len(one.removed), "files": len(one.files), "rows": sum(file.rows for file in one.files)}
            for one in kept
        ]  # fmt: skip
    else:
        rows = [asdict(month) for month in months_of(read_version(store))]
    if as_json:
        typer.echo(json.dumps({"place": store.place, "versions" if versions else "months": rows}, ensure_ascii=False))
        return
    typer.echo(store.place)
    for row in rows:
        typer.echo(_version_line(row) if versions else _month_line(row))
    if not rows:
        typer.echo("nothing was loaded yet: `reform ingest dossiers FILE` loads an export")


def _version_line(row: dict[str, Any]) -> str:
    batch = dict(row["batch"])
    what = " ".join(str(value) for value in (batch.pop("kind"), batch.get("period") or batch.get("file_name") or ""))
    return (
        f"{row['version']:>8}  {row['made_at'][:19]}Z  {what:<48}  +{row['added']} -{row['removed']} files, "
        f"{row['files']} in all, {row['rows']:,} rows"
    )


def _month_line(row: dict[str, Any]) -> str:
    compacted = f"{row['compacted']} compacted" if row["compacted"] else "as loaded"
    return (
        f"{row['year']}-{row['month']:02}  {row['rows']:>12,} rows  {row['units']:>3} units  {row['files']:>3} files "
        f"({compacted})  {row['bytes'] / _MIB:>8.1f} MiB"
    )


@lake_app.command("compact")
def compact_lake(
    every: Annotated[bool, typer.Option("--all", help="Also the newest months, and for a single small file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make few sorted files of each settled month, and remove files replaced REFORM_LAKE_KEEP_HOURS (24) ago."""
    from warehouse.lake_compaction import compact, vacuum

    home = Home.from_environment()
    compacted = compact(home, every=every)
    vacuumed = vacuum(home)
    if as_json:
        typer.echo(
            json.dumps({"compacted": [asdict(month) for month in compacted], "vacuumed": asdict(vacuumed)})
        )
        return
    for month in compacted:
        typer.echo(
            f"{month.year}-{month.month:02}  {month.files_before} -> {month.files_after} files, "
            f"{month.bytes_before / _MIB:.1f} -> {month.bytes_after / _MIB:.1f} MiB, {month.rows:,} rows"
        )
    typer.echo(
        f"{len(compacted)} months compacted; removed: {vacuumed.versions} versions, {vacuumed.files} files "
        f"({vacuumed.bytes / _MIB:.1f} MiB)"
    )
