"""The resolver all parsers share: the reference data are read once a process."""

from __future__ import annotations

from functools import lru_cache

from ingestion.names import UnitResolver
from warehouse.home import REFERENCE_DIR


@lru_cache(maxsize=1)
def default_resolver() -> UnitResolver:
    """Names by the project's own reference data."""
    return UnitResolver.from_reference(REFERENCE_DIR)
