"""The way of a document through the pipeline, for the mutation test: good homes, homes less one document, verdicts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from expectations.audit import audit_batches, find_failing
from expectations.audit_files import check_table
from expectations.judging import AuditedBatch, Failure, failures_by_batch, judge
from expectations.staging import stage
from expectations.suites import DATASET_SUITES
from ingestion.archive import archive_file, archived_files
from ingestion.corrections import correct_batches
from ingestion.parse import PARSERS, parse_document
from ingestion.steps import archive_landing, audit_parsed, land, load_audited, parse_pending
from warehouse.corrections import read_corrections
from warehouse.errors import Refused
from warehouse.figures import ParsedBatch
from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT, REFERENCE_DIR, Home
from warehouse.load import LoadableBatch, load_batches

SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"
Figures = dict[str, tuple[float | None, int | None, str]]


@dataclass
class Good:
    """A home with every document loaded, and each document as it was read, by SHA-256."""

    home: Home
    documents: dict[str, tuple[ParsedBatch, Path]]
    built: bool = False
    conflicts: frozenset[str] = frozenset()

    def figures(self, sha: str) -> Figures:
        """What was read from a document, corrections applied."""
        batch = self.documents[sha][0]
        corrected = next(iter(correct_batches([batch], read_corrections(self.home))))[1]
        assert not isinstance(corrected, Refused)
        return figures_of(corrected)

    def print_warnings(self) -> None:
        """How often each rule warned or set a row aside in the undisturbed documents."""
        with duckdb.connect(str(self.home.build_database), read_only=True) as connection:
            rows = connection.execute(
                "select severity, rule_id, sum(rows_failed) from raw.check_result where rows_failed > 0 "
                "group by severity, rule_id order by severity, rule_id"
            ).fetchall()
        print(f"{len(self.documents)} documents, undisturbed: " + ", ".join(f"{r} {n} ({s})" for s, r, n in rows))


@dataclass(frozen=True)
class Verdict:
    """What became of one document: refusals by rule, findings as (rule, severity, figure), and the figures read."""

    refusals: tuple[str, ...]
    at_reading: bool
    figures: Figures
    findings: frozenset[tuple[str, str, str]] = frozenset()
    audited: AuditedBatch | None = field(default=None, compare=False)

    def changed_from(self, unchanged: Verdict) -> set[str]:
        """The figures that are not as they were."""
        keys = self.figures.keys() | unchanged.figures.keys()
        return {key for key in keys if self.figures.get(key) != unchanged.figures.get(key)}

    def outcome(self, unchanged: Verdict, changed: set[str]) -> tuple[str, tuple[str, ...]]:
        """How it was caught and by which rules, or `missed`.

        A changed figure must itself wait in quarantine, whatever sent it there; a warning must be new and about a row
        (a unit in a year) of which a figure changed.
        """
        if self.refusals:
            return ("refused" if self.at_reading else "blocked"), self.refusals
        waiting = tuple(
            sorted({rule for rule, severity, key in self.findings if severity == "quarantine" and key in changed})
        )
        if waiting:
            return "quarantined", waiting
        rows = {_row_of(key) for key in changed}
        new = {one for one in self.findings - unchanged.findings if one[1] == "warn" and _row_of(one[2]) in rows}
        return ("warned", tuple(sorted({rule for rule, _, _ in new}))) if new else ("missed", ())


def _row_of(key: str) -> tuple[str, str]:
    unit_and_indicator, year = key.rstrip("'").rsplit(" ", 1)
    return unit_and_indicator.rsplit(" ", 1)[0], year


def figures_of(batch: ParsedBatch) -> Figures:
    """Value, rank and status of every figure; one that stands twice is counted on."""
    found: Figures = {}
    for row, key in _keyed(batch):
        if row["figure_status"] == "dropped":  # by a correction: it is not published
            continue
        # A workbook written again keeps sixteen digits of a number.
        value = None if row["value"] is None else float(f"{row['value']:.13g}")
        found[key] = (value, row["rank"], row["figure_status"] + (f" {row['parse_issue'] or ''}"))
    return found


def _keyed(batch: ParsedBatch) -> Iterator[tuple[dict[str, Any], str]]:
    """The rows with unit, indicator and year as a key; what stands twice is counted on."""
    seen: set[str] = set()
    for row in batch.figures.to_pylist():
        key = f"{row['unit_code'] or row['unit_text']} {row['indicator_code']} {row['data_year']}"
        while key in seen:
            key += "'"
        seen.add(key)
        yield row, key


def finished_home(folder: Path, inputs: tuple[Path, ...] = (BUNDLED_INPUT_DIR, SHARED_DATA)) -> Good:
    """A home below `folder` with everything loaded from `inputs`; one that stands there is used again."""
    home = Home(folder / "good")
    if not home.build_database.exists():
        home.make()
        land(home, [path for path in inputs if path.is_dir()])
        archive_landing(home)
    parse_pending(home)
    audit_parsed(home)
    load_audited(home)
    batches = {}
    for archived in archived_files(home):
        if archived.document.source in PARSERS:
            batches[archived.document.sha256] = (parse_document(archived.document, archived.path), archived.path)
    return Good(home, batches)


def without_document(good: Good, sha: str, folder: Path) -> Home:
    """A home whose raw figures are those of the good one, less everything of one document."""
    home = Home(folder / "trial")
    shutil.rmtree(home.root, ignore_errors=True)
    home.make()
    with duckdb.connect(str(home.build_database)) as connection:
        connection.execute("attach ? as good (read_only)", [str(good.home.build_database)])
        connection.execute("create schema raw")
        kept = "batch_id not in (select batch_id from good.raw.batch where source_document_id = ?)"
        document = good.documents[sha][0].document.source_document_id
        for table in ("figure", "batch"):
            connection.execute(f"create table raw.{table} as select * from good.raw.{table} where {kept}", [document])
        connection.execute("create table raw.source_document as from good.raw.source_document")
    return home


def judge_document(home: Home, source: str, file_name: str, data: bytes, *, in_full: bool = False) -> Verdict:
    """Archive, parse, correct and audit one document.

    Unless `in_full`, Great Expectations is left out, which takes seconds a document: it counts the rows that the same
    queries name here, and where the two differ the load stops (`expectations.audit`).
    """
    landed = home.landing / source / file_name
    landed.parent.mkdir(parents=True, exist_ok=True)
    landed.write_bytes(data)
    try:
        archived = archive_file(home, source, landed, received_from="bench")
        read = parse_document(archived.document, archived.path)
        corrected = next(iter(correct_batches([read], read_corrections(home))))[1]
        if isinstance(corrected, Refused):
            raise corrected
    except Refused as refused:
        return Verdict(tuple(sorted({refusal.rule for refusal in refused.refusals})), True, {})
    suite = DATASET_SUITES[corrected.dataset]
    places = _places(corrected, home)
    audited = audit_batches([corrected], home)[0] if in_full else judge(corrected, suite, places)
    figures = figures_of(corrected)
    if audited.refusals:
        rules = tuple(sorted({refusal.rule for refusal in audited.refusals}))
        return Verdict(rules, False, figures, audited=audited)
    keys = {row["row_id"]: key for row, key in _keyed(corrected)}
    findings = {
        (failure.rule_id, suite.rule(failure.rule_id).severity, keys.get(failure.row_id, "- - -")) for failure in places
    }
    return Verdict((), False, figures, frozenset(findings), audited)


def _places(batch: ParsedBatch, home: Home) -> list[Failure]:
    """The rows behind the counts: the audit itself tells those of warnings to nobody."""
    suite = DATASET_SUITES[batch.dataset]
    database = home.staging / "places.duckdb"
    stage(database, [batch], [suite], home, REFERENCE_DIR)
    find_failing(database, [suite])
    with duckdb.connect(str(database), read_only=True) as connection:
        return failures_by_batch(connection).get(batch.batch_id, [])


# -- behind the load --------------------------------------------------------------------------------------------------


def mart_findings(good: Good, sha: str, verdict: Verdict, folder: Path) -> set[str]:
    """Conflicts between sources, and failed rules of the marts, that the loaded document brings up."""
    from expectations.mart_audit import audit_marts
    from warehouse.build import build_marts

    assert verdict.audited is not None
    if not good.built:
        build_marts(good.home)
        good.built, good.conflicts = True, _conflicts(good.home)
    home = Home(folder / "built")
    shutil.rmtree(home.root, ignore_errors=True)
    home.make()
    shutil.copytree(good.home.build, home.build, dirs_exist_ok=True)
    with duckdb.connect(str(home.build_database)) as connection:
        document = good.documents[sha][0].document.source_document_id
        for table in ("figure", "quarantine", "check_result", "correction_applied", "batch"):
            if connection.execute(
                "select 1 from information_schema.tables where table_schema = 'raw' and table_name = ?", [table]
            ).fetchall():
                connection.execute(
                    f"delete from raw.{table} where batch_id in "
                    "(select batch_id from raw.batch where source_document_id = ?)",
                    [document],
                )
    audited = verdict.audited
    checks = check_table(audited.checks)
    loadable = LoadableBatch(audited.batch, audited.accepted, audited.quarantined, checks)
    load_batches(home, [loadable], reading_version=lambda _: "bench")
    try:
        build_marts(home)
    except Refused as refused:
        return {refusal.rule for refusal in refused.refusals}
    found = {refusal.rule for refusal in audit_marts(home.build_database, home).refusals}
    return found | {f"sources_disagree: {place}" for place in _conflicts(home) - good.conflicts}


def _conflicts(home: Home) -> frozenset[str]:
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.execute("select subject from marts.data_quality where suite = 'sources' and rows_failed > 0")
        return frozenset(str(row[0]) for row in rows.fetchall())
