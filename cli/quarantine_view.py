"""What waits: quarantined rows of the loaded batches, and refused files."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from expectations.suites.dossiers import DOSSIERS
from ingestion.refusals import refusals_of, refused_documents
from warehouse.connection import reader
from warehouse.home import Home
from warehouse.lake import read_manifest, rejected_lake

_COLUMNS = (
    "file_name",
    "place",
    "rule_id",
    "owner",
    "text_en",
    "text_vi",
    "found",
    "expected",
    "suggested_fix",
)


def waiting(home: Home) -> dict[str, list[dict[str, Any]]]:
    """`rows` that were set aside (superseded batches left out), `files` that were refused, and `exports` of dossiers:
    by file and rule how many rows wait in the lake's Parquet of what was set aside.
    """
    rows: list[dict[str, Any]] = []
    if home.build_database.exists():
        with reader(home.build_database) as connection:
            found = connection.execute(
                """
                select file_name, coalesce(value_locator, rank_locator, unit_locator) as place, rule_id, owner,
                       text_en, text_vi, found, expected, suggested_fix
                from raw.quarantine
                join raw.batch using (batch_id)
                join raw.source_document using (source_document_id)
                where superseded_by_batch_id is null
                order by file_name, row_id, rule_id
                """
            ).fetchall()
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
    files = [
        {
            "file_name": entry["document"]["file_name"],
            "refusals": [refusal.sentence() for refusal in refusals_of(entry)],
        }
        for entry in refused_documents(home)
    ]
    return {"rows": rows, "files": files, "exports": _exports(home)}


def _exports(home: Home) -> list[dict[str, Any]]:
    rules = {rule.rule_id: rule for rule in DOSSIERS.rules}
    return [
        {
            "file_name": entry["file_name"],
            "rule_id": check["rule_id"],
            "rows": check["rows_failed"],
            "severity": check["severity"],
            "owner": check["owner"],
            "text_en": check["text_en"],
            "text_vi": check["text_vi"],
            "suggested_fix": rules[check["rule_id"]].suggested_fix if check["rule_id"] in rules else "",
            "path": str(rejected_lake(home) / f"{document}.parquet"),
        }
        for document, entry in sorted(read_manifest(home).items(), key=lambda item: str(item[1]["file_name"]))
        for check in entry["checks"]
        if check["rows_failed"]
    ]


def print_quarantine(found: dict[str, list[dict[str, Any]]]) -> None:
    """Show `waiting` to a person, grouped by file."""
    console = Console(soft_wrap=True, highlight=False)
    if not any(found.values()):
        console.print("nothing waits")
        return
    file_name = None
    for row in found["rows"]:
        if row["file_name"] != file_name:
            file_name = row["file_name"]
            console.print(f"\n[bold]{escape(file_name)}[/bold]")
        console.print(f"  {escape(str(row['place']))}  {escape(row['text_en'])}")
        console.print(f"    {escape(row['text_vi'])}", style="dim")
        console.print(
            f"    rule: {row['rule_id']} · found: {escape(str(row['found']))} · "
            f"expected: {escape(str(row['expected']))} · owner: {row['owner']}"
        )
        if row["suggested_fix"]:
            console.print(f"    what to do: {escape(row['suggested_fix'])}")
    for number, entry in enumerate(found["exports"]):
        if number == 0 or entry["path"] != found["exports"][number - 1]["path"]:
            console.print(f"\n[bold]{escape(entry['file_name'])}[/bold]  (cells and rows: {escape(entry['path'])})")
        console.print(f"  {entry['rows']:,} rows: {escape(entry['text_en'])}")
        console.print(f"    {escape(entry['text_vi'])}", style="dim")
        console.print(f"    rule: {entry['rule_id']} ({entry['severity']}) · owner: {entry['owner']}")
        console.print(f"    what to do: {escape(entry['suggested_fix'])}")
    for entry in found["files"]:
        console.print(f"\n[bold red]refused:[/bold red] {escape(entry['file_name'])}")
        for sentence in entry["refusals"]:
            console.print(escape(sentence))
    console.print(f"\n{len(found['rows'])} rows wait, {len(found['files'])} files were refused")
