"""The page "Data dictionary" of a release, in Vietnamese and English: every table and column, down to the documents.

Read from the release's own `marts.dictionary` and from what the dbt project knows of lineage and tests.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup, escape

from warehouse.connection import reader
from warehouse.home import Home
from warehouse.pages import FRONT_PAGES, Language, page_environment
from warehouse.release_tables import name
from warehouse.table_facts import Group, TableFacts, read_groups, read_table_facts

PAGES: dict[Language, str] = {"vi": "dictionary.html", "en": "dictionary.en.html"}

_LABEL = re.compile(r"(Read this before you use it|Đọc trước khi dùng|[^\W\d_][^:`]{2,20}): ", re.UNICODE)
_CODE = re.compile(r"`([^`]+)`")
_DOCUMENTS = """
    select source, file_name, publisher, received_at, figure_count, sha256, is_superseded, is_synthetic
    from marts.dim_source_document order by source, is_superseded, file_name, sha256
"""


def write_dictionary_pages(
    home: Home, database: Path, folder: Path, release_id: str, checks: list[dict[str, Any]]
) -> None:
    """Write the page in both languages into `folder`, from the release `database`.

    `checks` are the outcomes of the suites of the marts that judged this release.
    """
    facts, groups = read_table_facts(home), read_groups(home)
    with reader(database) as connection:
        columns = rows_of(connection, "select * from marts.dictionary order by table_name, column_position")
        documents = rows_of(connection, _DOCUMENTS) if _has(columns, "dim_source_document") else []
        counts = {table: _documents_of(connection, columns, table) for table in dict.fromkeys(map(_table, columns))}
    for language, page_name in PAGES.items():
        tables = [
            _shown(language, [row for row in columns if _table(row) == table], facts.get(table), counts[table], checks)
            for table in counts
        ]
        page = (
            page_environment(language)
            .get_template("dictionary.html.j2")
            .render(
                release_id=release_id,
                tables=tables,
                column_count=len(columns),
                groups=_grouped(language, tables, groups),
                sources=_by_source(documents),
                other_page=PAGES["en" if language == "vi" else "vi"],
                front_page=FRONT_PAGES[language],
            )
        )
        (folder / page_name).write_text(page, "utf-8")


def as_html(description: str) -> Markup:
    """A description as paragraphs: its slots in bold, code in code, its query as a block."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", description.strip()):
        if paragraph.startswith("```"):
            query = "\n".join(line for line in paragraph.splitlines() if not line.startswith("```"))
            parts.append(Markup("<pre>{}</pre>").format(query))
            continue
        label = _LABEL.match(paragraph)
        bold = Markup("<b>{}:</b> ").format(label[1]) if label else Markup()
        parts.append(Markup("<p>{}{}</p>").format(bold, with_code(paragraph[label.end() if label else 0 :])))
    return Markup("\n").join(parts)


def with_code(text: str) -> Markup:
    """Text with what stands between backticks as code."""
    # Escaped first, so what the pattern wraps cannot close the element.
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(" ".join(text.split())))))  # noqa: S704  # nosec B704


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """What `query` answers, a dictionary a row."""
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _table(row: dict[str, Any]) -> str:
    return str(row["table_name"])


def _has(columns: list[dict[str, Any]], table: str, column: str | None = None) -> bool:
    return any(_table(row) == table and column in (None, row["column_name"]) for row in columns)


def _documents_of(
    connection: duckdb.DuckDBPyConnection, columns: list[dict[str, Any]], table: str
) -> list[dict[str, Any]]:
    """How many documents of each source the rows of `table` name; nothing where they name none."""
    if not _has(columns, table, "source_document_id") or not _has(columns, "dim_source_document"):
        return []
    return rows_of(
        connection,
        f"select source, count(*) as count from marts.dim_source_document where source_document_id in "
        f"(select source_document_id from marts.{name(table)}) group by source order by source",
    )


def _shown(
    language: Language,
    columns: list[dict[str, Any]],
    facts: TableFacts | None,
    documents: list[dict[str, Any]],
    checks: list[dict[str, Any]],
) -> dict[str, Any]:
    first = columns[0]
    table = _table(first)
    return {
        "name": table,
        "group": first["table_group"],
        "row_count": first["table_row_count"],
        "last_received_at": first["last_received_at"],
        "about": as_html(first[f"table_description_{language}"] or ""),
        "columns": [row | {"about": with_code(row[f"description_{language}"] or "–")} for row in columns],
        "documents": documents,
        "upstream": facts.upstream if facts else (),
        "intermediate": facts.intermediate if facts else (),
        "staging": facts.staging if facts else (),
        "raw_tables": facts.raw_tables if facts else (),
        "reference_tables": facts.reference_tables if facts else (),
        "tests": facts.tests if facts else (),
        "checks": [check for check in checks if check["suite"] == f"mart_{table}"],
    }


def _grouped(language: Language, tables: list[dict[str, Any]], groups: dict[str, Group]) -> list[dict[str, Any]]:
    """The tables under their groups, in the order the project lists them; what has none stands last."""
    grouped = [
        {
            "text": with_code(group.text_vi if language == "vi" else group.text_en),
            "owner": group.owner,
            "tables": [table for table in tables if table["group"] == key],
        }
        for key, group in groups.items()
    ]
    rest = [table for table in tables if table["group"] not in groups]
    if rest:
        grouped.append({"text": "Các bảng khác" if language == "vi" else "Other tables", "owner": "–", "tables": rest})
    return [group for group in grouped if group["tables"]]


def _by_source(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "source": source,
            "is_synthetic": all(row["is_synthetic"] for row in documents if row["source"] == source),
            "documents": [row for row in documents if row["source"] == source],
        }
        for source in dict.fromkeys(row["source"] for row in documents)
    ]
