"""The documents the build database was loaded from, each with the raw tables its rows went to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from warehouse.connection import reader
from warehouse.home import Home

_INDEX_TABLES = (
    "raw.source_document", "raw.batch", "raw.figure", "raw.quarantine", "raw.check_result", "raw.correction_applied",
)  # fmt: skip
_DOSSIER_TABLES = ("raw.dossier_document", "raw.dossier_check", "raw.dossier_month", "raw.working_day")
_SURVEY_TABLES = ("raw.survey_wave", "raw.survey_estimate", "raw.survey_change")


@dataclass(frozen=True)
class LoadedDocument:
    """An archived document and what became of it. `batch_id` is the reading it was loaded as; `rows` of it entered
    `tables`, by way of the folder `lake` of the lake where it is not empty.
    """

    batch_id: str
    source: str
    dataset: str
    sha256: str
    file_name: str
    size_bytes: int | None
    loaded_at: datetime
    rows: int
    tables: tuple[str, ...]
    lake: str = ""


def loaded_documents(home: Home) -> list[LoadedDocument]:
    """Every document the build database holds something of, in the order loaded.

    Raises:
        EnvironmentBroken: the build database is being written or cannot be opened.
    """
    with reader(home.build_database) as connection:
        known = {
            row[0]
            for row in connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
        }
        rows = [(*row, _INDEX_TABLES, "") for row in connection.execute(_INDEX).fetchall()]
        if "dossier_document" in known:
            rows += [(*row, _DOSSIER_TABLES, "dossiers") for row in connection.execute(_DOSSIERS).fetchall()]
        if "survey_wave" in known:
            rows += [(*row, _SURVEY_TABLES, f"survey/wave={row[0]}") for row in connection.execute(_WAVES).fetchall()]
    documents = [
        LoadedDocument(batch, source, dataset, sha256, name, size, loaded_at.replace(tzinfo=UTC), count, tables, lake)
        for batch, source, dataset, sha256, name, size, loaded_at, count, tables, lake in rows
    ]
    return sorted(documents, key=lambda document: (document.loaded_at, document.batch_id))


_INDEX = """
    select batch_id, source, dataset, sha256, file_name, size_bytes, loaded_at, figure_count
    from raw.batch join raw.source_document using (source_document_id)
"""
_DOSSIERS = """
    select source_document_id, 'dossiers', layout_id, sha256, file_name, null, received_at, row_count
    from raw.dossier_document
"""
_WAVES = """
    select wave_id, 'survey', code_book, sha256, file_name, null, received_at, respondents
    from raw.survey_wave
"""
