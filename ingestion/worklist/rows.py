"""What waits in quarantine, a line for each figure and rule, with a key that tells whether it still waits."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass

from warehouse.connection import reader
from warehouse.corrections import CorrectedField
from warehouse.home import REFERENCE_DIR, Home

#: Which part of a figure a rule is about; the part a correction most likely mends.
_FIELD_OF_RULE: dict[str, CorrectedField] = {
    "name_unresolved": "unit",
    "name_ambiguous": "unit",
    "unit_of_another_time": "unit",
    "duplicated_unit": "unit",
    "unit_not_on_map": "unit",
    "year_missing": "year",
    "year_outside_index_life": "year",
    "year_in_future": "year",
    "indicator_not_in_year": "year",
    "rank_not_a_number": "rank",
    "rank_out_of_range": "rank",
    "rank_contradicts_scores": "rank",
}

_WAITING = """
    select q.batch_id, q.row_id, d.sha256, d.source, d.file_name, b.source_key,
           coalesce(q.value_locator, q.rank_locator, q.unit_locator) as place, q.rule_id, q.owner, q.text_vi, q.text_en,
           coalesce(q.found, '') as found, coalesce(q.expected, '') as expected,
           coalesce(q.suggested_fix, '') as suggested_fix, q.unit_text, coalesce(q.unit_candidates, ''),
           q.indicator_code, coalesce(cast(q.data_year as varchar), '') as year_text,
           coalesce(q.value_text, '') as value_text, coalesce(q.rank_text, '') as rank_text
    from raw.quarantine as q
    join raw.batch as b on b.batch_id = q.batch_id
    join raw.source_document as d on d.source_document_id = b.source_document_id
    where b.superseded_by_batch_id is null
    order by d.file_name, q.row_id, q.rule_id
"""


@dataclass(frozen=True)
class WaitingRow:
    """One figure that broke one rule. `place` is the locator a correction names it by; texts are as printed."""

    batch_id: str
    row_id: int
    sha256: str
    source: str
    file_name: str
    source_key: str
    place: str
    rule_id: str
    owner: str
    text_vi: str
    text_en: str
    found: str
    expected: str
    suggested_fix: str
    unit: str
    candidates: str
    indicator: str
    year: str
    value: str
    rank: str

    @property
    def field(self) -> CorrectedField:
        """The part of the figure its rule is about."""
        return _FIELD_OF_RULE.get(self.rule_id, "value")

    @property
    def key(self) -> str:
        """The same as long as the same cell of the same document waits for the same reason with the same content."""
        identity = (
            self.source_key,
            self.place,
            self.indicator,
            self.rule_id,
            self.unit,
            self.year,
            self.value,
            self.rank,
        )
        return hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]

    def old_text(self, field: CorrectedField) -> str:
        """What the source prints in `field`, as a correction must expect it; empty for nothing."""
        return {"unit": self.unit, "year": self.year, "value": self.value, "rank": self.rank}[field]


def waiting_rows(home: Home) -> tuple[WaitingRow, ...]:
    """All that waits in the documents that count, by file and reading order; superseded documents are left out."""
    if not home.build_database.exists():
        return ()
    with reader(home.build_database) as connection:
        return tuple(WaitingRow(*row) for row in connection.execute(_WAITING).fetchall())


def known_unit_names() -> list[str]:
    """The names people may choose where a unit is wrong, each once, in the order of the reference table."""
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["name_vi"] for row in csv.DictReader(file)))
