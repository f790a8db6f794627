"""A figure as two releases have it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from warehouse.marks import of_value, signs_of


@dataclass(frozen=True)
class Side:
    """A figure as one release has it, with its document; None is what the release does not say."""

    value: float | None
    rank: int | None
    methodology_version: str | None
    source_document_id: str | None
    locator: str | None
    change: float | None
    value_pct_change_points: float | None
    is_comparable: bool | None
    not_comparable_reason: str | None
    reason_text_en: str | None
    reason_text_vi: str | None
    file_name: str | None
    sha256: str | None
    is_synthetic: bool | None = None
    value_basis: str | None = None
    figure_status: str | None = None
    weight_basis: str | None = None
    correction_id: str | None = None
    has_conflict: bool | None = None

    @property
    def signs(self) -> str:
        """The marks of the value; its change says in words that it cannot be compared."""
        return signs_of(of_value(asdict(self)))


@dataclass(frozen=True)
class FigureDiff:
    """A figure the releases say differently; `before` is None where it was added, `after` where it was removed."""

    unit_code: str
    indicator_code: str
    data_year: int
    boundary: str
    before: Side | None
    after: Side | None
