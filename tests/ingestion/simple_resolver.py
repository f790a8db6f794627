"""A resolver for tests about layouts: a name's unit is its letters without marks; `Xyz...` names are unknown."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.layouts import plain


@dataclass(frozen=True)
class SimpleMatch:
    unit_code: str | None
    issue: str | None
    candidates: tuple[str, ...]
    geography_version: str | None


class SimpleResolver:
    """Every name resolves but the empty one and those that start with `Xyz`."""

    def resolve(
        self, text: str, *, unit_type: str, data_year: int | None, geography_version: str | None = None
    ) -> SimpleMatch:
        code = plain(text).replace(" ", "_")
        if not code or code.startswith("xyz"):
            return SimpleMatch(None, "name_unresolved", ("Yên Bái [yen_bai] 61 %",), geography_version)
        return SimpleMatch(code, None, (), geography_version or "63")
