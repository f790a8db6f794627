"""An audited batch as files, so that audit and load may be processes of their own and be killed between them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa

from expectations.judging import QUARANTINE_SCHEMA, AuditedBatch
from expectations.rules import CheckResult
from warehouse.batch_files import read_batch, read_table, write_batch, write_table
from warehouse.errors import Refusal
from warehouse.figures import FIGURE_SCHEMA
from warehouse.load import LoadableBatch

#: The columns of `raw.check_result`, less the batch's id and the time, which the load gives.
CHECK_SCHEMA = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in ("suite", "rule_id", "severity", "owner", "category", "text_vi", "text_en", "rule_source")
        ),
        pa.field("rows_checked", pa.int64()),
        pa.field("rows_failed", pa.int64()),
        pa.field("outcome", pa.string()),
    ]
)


def write_audited(folder: Path, audited: AuditedBatch) -> None:
    """Write `audited` to `folder` whole or not at all."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_batch(partial / "batch", audited.batch)
    write_table(partial / "accepted.arrow", audited.accepted)
    write_table(partial / "quarantined.arrow", audited.quarantined)
    verdict = {
        "checks": [check.as_dict() for check in audited.checks],
        "refusals": [dict(vars(refusal)) for refusal in audited.refusals],
    }
    (partial / "verdict.json").write_text(json.dumps(verdict, ensure_ascii=False), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def read_audited(folder: Path) -> AuditedBatch:
    """Read what `write_audited` wrote."""
    verdict = json.loads((folder / "verdict.json").read_text("utf-8"))
    return AuditedBatch(
        batch=read_batch(folder / "batch"),
        accepted=read_table(folder / "accepted.arrow").cast(FIGURE_SCHEMA),
        quarantined=read_table(folder / "quarantined.arrow").cast(QUARANTINE_SCHEMA),
        checks=tuple(CheckResult(**check) for check in verdict["checks"]),
        refusals=tuple(Refusal(**refusal) for refusal in verdict["refusals"]),
    )


def read_loadable(folder: Path) -> LoadableBatch:
    """The batch in `folder` in the form the load takes.

    Raises:
        ValueError: the batch was refused; it must not be loaded.
    """
    audited = read_audited(folder)
    if audited.refusals:
        raise ValueError(f"{audited.batch.document.file_name} was refused by its audit and must not be loaded")
    return LoadableBatch(
        batch=audited.batch,
        accepted=audited.accepted,
        quarantined=audited.quarantined,
        checks=check_table(audited.checks),
    )


def check_table(checks: tuple[CheckResult, ...]) -> pa.Table:
    """`checks` as rows of `raw.check_result`."""
    return pa.Table.from_pylist(
        [{name: value for name, value in check.as_dict().items() if name in CHECK_SCHEMA.names} for check in checks],
        schema=CHECK_SCHEMA,
    )
