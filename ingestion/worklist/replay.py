"""Trying the decisions of a work list on the archived documents, and keeping those that pass as corrections.

A decision passes when its document, read again with it, still enters and the figure no longer waits, judged by the
same suites as every load. It is then written to `REFORM_HOME/corrections`, from where the next ingest applies it: the
rows themselves are loaded by the pipeline and by nothing else, so replaying a list twice can double nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from ingestion.archive import archived_files
from ingestion.corrections import correct_batch
from ingestion.parse import parse_document
from ingestion.worklist.reading import Edit, Line, edit_of
from ingestion.worklist.rows import WaitingRow, waiting_rows
from warehouse.corrections import CorrectedFigure, Correction, read_corrections
from warehouse.errors import Refused
from warehouse.figures import ParsedBatch
from warehouse.home import Home

_GONE = (
    "dòng này không còn chờ: tệp đã được thay hoặc nội dung đã khác · this line no longer waits: its file was "
    "replaced or it reads differently now"
)
_TWO_MINDS = "hai dòng của cùng một số liệu quyết định khác nhau · two lines of the same figure decide differently"


@dataclass
class Replay:
    """What became of the lines of a list: by their keys, `returned` with the reason.

    `accepted` are new corrections. `standing` were decided the same way before and still wait, because the run that was
    to load them was cut short; `done` were decided before and wait no longer.
    """

    accepted: list[str] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    returned: dict[str, str] = field(default_factory=dict)
    corrections_file: Path | None = None


@dataclass(frozen=True)
class _Attempt:
    """A decision about one figure; `keys` are the lines that say it, for a figure may wait for several rules."""

    row: WaitingRow
    edit: Edit
    keys: list[str]

    @property
    def figure(self) -> tuple[str, str, str, str]:
        return (self.row.source_key, self.row.place, self.row.indicator, self.edit.field)

    def correction(self, correction_id: str, decided_on: date, figures: Sequence[_Attempt] = ()) -> Correction:
        """The decision as a correction of all `figures` that were decided in the same words, itself by default."""
        edit = self.edit
        return Correction(
            id=correction_id,
            source=self.row.source,
            status="confirmed",
            action=edit.action,
            field=edit.field,
            factor=edit.factor,
            reason_vi=edit.reason_vi,
            reason_en=edit.reason_en,
            source_url=edit.source_url,
            decided_by=edit.decided_by,
            decided_on=decided_on,
            figures=tuple(
                CorrectedFigure(
                    document=one.row.source_key,
                    place=one.row.place,
                    unit=one.row.unit,
                    indicator=one.row.indicator,
                    expected_old_value=one.row.old_text(edit.field),
                    new_value=one.edit.new_value,
                )
                for one in figures or (self,)
            ),
        )


def replay(home: Home, lines: Iterable[Line], *, decided_on: date) -> Replay:
    """Try every decision in `lines`; those that pass are kept as one file of corrections, the rest is returned.

    Raises:
        EnvironmentBroken: corrections of the installation cannot be read, or a rule could not be evaluated.
    """
    known = read_corrections(home)
    result, attempts = _sort_out(home, lines, known)
    passed = _that_pass(home, attempts, known, decided_on, result)
    if passed:
        result.accepted = [key for one in passed for key in one.keys]
        result.corrections_file = _write(home, _grouped(passed, decided_on))
    return result


def _sort_out(home: Home, lines: Iterable[Line], known: Sequence[Correction]) -> tuple[Replay, list[_Attempt]]:
    """The decisions worth trying; what cannot be tried is in the result already."""
    waiting = {row.key: row for row in waiting_rows(home)}
    decided: dict[tuple[str, str, str, str], tuple[str, str | None, float | None]] = {
        (figure.document, figure.place, figure.indicator, one.field): (one.action, figure.new_value, one.factor)
        for one in known
        if one.status == "confirmed"
        for figure in one.figures
    }
    result = Replay()
    attempts: dict[tuple[str, str, str, str], _Attempt] = {}
    for line in lines:
        edit, row = edit_of(line), waiting.get(line.key)
        if isinstance(edit, str):
            result.returned[line.key] = edit
        elif row is None:
            _settle_gone(home, line, result)
        else:
            attempt = _Attempt(row, edit, [line.key])
            says = (edit.action, edit.new_value, edit.factor)
            other = attempts.setdefault(attempt.figure, attempt)
            if decided.get(attempt.figure) == says:
                result.standing.append(line.key)
                attempts.pop(attempt.figure, None)
            elif (other.edit.action, other.edit.new_value, other.edit.factor) != says:
                result.returned[line.key] = _TWO_MINDS
            elif other is not attempt:
                other.keys.append(line.key)
    return result, list(attempts.values())


def _settle_gone(home: Home, line: Line, result: Replay) -> None:
    """A line that waits no longer was decided by an earlier replay of the list, or is about something that changed."""
    if line.key in _keys_decided(home):
        result.done.append(line.key)
    else:
        result.returned[line.key] = _GONE


def _that_pass(
    home: Home, attempts: list[_Attempt], known: Sequence[Correction], decided_on: date, result: Replay
) -> list[_Attempt]:
    """Those of `attempts` that pass together; the others go to `result.returned` with what is against them."""
    remaining = attempts
    while remaining:
        against = _try(home, remaining, known, decided_on)
        if not against:
            return remaining
        result.returned |= {
            key: against[one.edit.key] for one in remaining if one.edit.key in against for key in one.keys
        }
        remaining = [one for one in remaining if one.edit.key not in against]
    return []


def _try(home: Home, attempts: list[_Attempt], known: Sequence[Correction], decided_on: date) -> dict[str, str]:
    """What speaks against the attempts, by key; empty when all pass."""
    of_document: dict[str, list[_Attempt]] = defaultdict(list)
    for attempt in attempts:
        of_document[attempt.row.sha256].append(attempt)
    paths = {archived.document.sha256: archived for archived in archived_files(home)}
    against: dict[str, str] = {}
    corrected: list[ParsedBatch] = []
    for sha256, mine in of_document.items():
        batch = parse_document(paths[sha256].document, paths[sha256].path)
        refused = {one.edit.key: said for one in mine if (said := _misfit(batch, known, one, decided_on))}
        against |= refused
        fitting = [one for one in mine if one.edit.key not in refused]
        corrections = [*known, *(one.correction(f"try-{one.edit.key}", decided_on) for one in fitting)]
        corrected.append(correct_batch(batch, corrections))
    if against:
        return against
    return _judged(home, corrected, of_document)


def _misfit(batch: ParsedBatch, known: Sequence[Correction], attempt: _Attempt, decided_on: date) -> str | None:
    tried = attempt.correction(f"try-{attempt.edit.key}", decided_on)
    try:
        correct_batch(batch, [*known, tried])
    except Refused as refused:
        said = "; ".join(f"{one.text_vi} · {one.text_en}: {one.found} ({one.expected})" for one in refused.refusals)
        return said.replace(f" (correction {tried.id})", "")
    return None


def _judged(home: Home, batches: Sequence[ParsedBatch], of_document: dict[str, list[_Attempt]]) -> dict[str, str]:
    """What the suites say against the corrected documents, in a scratch home beside the database that is only read."""
    from expectations.audit import audit_batches

    with tempfile.TemporaryDirectory(prefix="reform-replay-") as scratch:
        trial = Home(Path(scratch))
        trial.make()
        trial.build_database.symlink_to(home.build_database)
        audited = audit_batches(batches, trial)
    waited = {(row.batch_id, row.row_id) for row in waiting_rows(home)}
    against: dict[str, str] = {}
    for item in audited:
        mine = of_document[item.batch.document.sha256]
        if item.refusals:
            said = " ".join(refusal.sentence() for refusal in item.refusals[:3])
            against |= {one.edit.key: said for one in mine}
            continue
        for bad in item.quarantined.to_pylist():
            said = f"{bad['text_vi']} · {bad['text_en']} ({bad['rule_id']}): {bad['found']} ({bad['expected']})"
            hit = [one for one in mine if one.row.row_id == bad["row_id"]]
            if not hit and (item.batch.batch_id, bad["row_id"]) not in waited:
                # The decision would set another figure aside: it is not right as it stands.
                said = f"{bad['unit_text']}: {said}"
                hit = [one for one in mine if one.row.indicator == bad["indicator_code"]] or mine
            against |= {one.edit.key: said for one in hit}
    return against


def _grouped(passed: Sequence[_Attempt], decided_on: date) -> list[tuple[Correction, list[str]]]:
    """One correction for all figures decided in the same words, with the keys of their lines."""
    groups: dict[tuple[object, ...], list[_Attempt]] = defaultdict(list)
    for one in passed:
        edit = one.edit
        words = (edit.reason_vi, edit.reason_en, edit.source_url, edit.decided_by)
        groups[one.row.source, edit.action, edit.field, edit.factor, *words].append(one)
    grouped = []
    for figures in groups.values():
        keys = sorted(key for one in figures for key in one.keys)
        name = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
        grouped.append((figures[0].correction(f"worklist-{name}", decided_on, figures), keys))
    return grouped


def _write(home: Home, corrections: Sequence[tuple[Correction, list[str]]]) -> Path:
    """Write one file of corrections, whole or not at all; its comment keeps the keys of the lines it decided."""
    keys = sorted(key for _, mine in corrections for key in mine)
    text = f"{_KEYS}{' '.join(keys)}\n" + yaml.dump(
        [one.model_dump(mode="python", exclude_none=True) | {"figures": _plain(one)} for one, _ in corrections],
        Dumper=_WithoutAliases,
        allow_unicode=True,
        sort_keys=False,
        width=120,
    )
    home.corrections.mkdir(parents=True, exist_ok=True)
    target = home.corrections / f"worklist-{hashlib.sha256(text.encode()).hexdigest()[:16]}.yml"
    partial = target.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    return target


class _WithoutAliases(yaml.SafeDumper):
    """Writes a date that stands twice twice: people read the file."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _plain(correction: Correction) -> list[dict[str, str]]:
    return [figure.model_dump(exclude_none=True) for figure in correction.figures]


_KEYS = "# lines of the work list: "


def _keys_decided(home: Home) -> set[str]:
    """The keys of the lines that earlier replays turned into corrections."""
    keys: set[str] = set()
    for path in home.corrections.glob("worklist-*.yml"):
        first = path.read_text("utf-8").partition("\n")[0]
        if first.startswith(_KEYS):
            keys.update(first.removeprefix(_KEYS).split())
    return keys
