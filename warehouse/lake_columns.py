"""The columns of the lake's dossiers the models read. Imported where DuckDB is and where Spark is."""

from __future__ import annotations

#: The columns of the lake the models read, and their types when it is empty.
LAKE_COLUMNS = {
    "unit_code": "string", "field": "string", "filed_at": "timestamp", "due_at": "timestamp",
    "returned_at": "timestamp", "way_of_filing": "string", "fee_paid_online": "boolean", "digitised": "boolean",
    "result": "string", "rating": "int", "has_complaint": "boolean", "export_month": "date",
    "is_synthetic": "boolean",
}  # fmt: skip
NO_DOSSIER = "select " + ", ".join(f"cast(null as {type_}) as {name}" for name, type_ in LAKE_COLUMNS.items())
