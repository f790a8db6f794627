"""The first page of a release, in Vietnamese and English: what is in it, and what to open for whom.

Written last: it leads to what the release really has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.connection import reader
from warehouse.dictionary_page import PAGES as DICTIONARY_PAGES
from warehouse.dictionary_page import rows_of
from warehouse.marks import MARKS
from warehouse.pages import FRONT_PAGES, Language, page_environment
from warehouse.release_tables import columns_of, own_catalog

_INDICES = """
    select
        i.index_code, i.name_vi, i.name_en,
        min(y.data_year) as first_year, max(y.data_year) as last_year,
        count(distinct y.unit_code) as units,
        count(y.value) as figures,
        count(*) filter (where y.is_comparable) as comparable,
        count(*) filter (
            where not y.is_comparable and y.value is not null and y.previous_value is not null
        ) as withheld,
        coalesce(bool_and(y.is_synthetic), false) as all_synthetic,
        coalesce(bool_or(y.is_synthetic), false) as some_synthetic
    from marts.dim_index as i
    join marts.metric_yoy as y on y.index_code = i.index_code and y.boundary = 'published'
    group by all order by i.index_code
"""
#: Table, its time column, and what it holds: what a release has beside the yearly indices.
_BEYOND = (
    (
        "fct_portal_month",
        "strftime(data_month, '%Y-%m')",
        "Cổng Dịch vụ công quốc gia theo tháng",
        "National Public Service Portal by month",
    ),
    (
        "fct_dossier_month",
        "strftime(data_month, '%Y-%m')",
        "Hồ sơ thủ tục hành chính theo tháng",
        "Single dossiers of administrative procedures, by month",
    ),
    (
        "fct_satisfaction",
        "cast(data_year as varchar)",
        "Khảo sát mức độ hài lòng, kèm khoảng tin cậy",
        "Satisfaction surveys, with intervals",
    ),
)


_UNITS = "select unit_code, name_vi, name_en from marts.dim_unit order by unit_type, unit_code"


@dataclass(frozen=True)
class _Entry:
    """A link; `link_en` where the English page has a name of its own, `needs` where the link leads into this page."""

    link: str
    vi: tuple[str, str]
    en: tuple[str, str]
    link_en: str | None = None
    needs: str | None = None

    def shown(self, language: Language) -> dict[str, str]:
        title, text = self.vi if language == "vi" else self.en
        link = (self.link_en or self.link) if language == "en" else self.link
        return {"link": link, "title": title, "text": text}


#: For whom, in Vietnamese and English, and what they open. `changes.html` is written once the release was judged.
_DOORS: tuple[tuple[str, str, tuple[_Entry, ...]], ...] = (
    (
        "Tôi cần biết đơn vị mình đang ở đâu",
        "I want to know where my unit stands",
        (
            _Entry(
                "scorecards/vi/index.html",
                ("Bảng điểm", "Cả nước, từng tỉnh và bộ, từng chỉ tiêu: vị trí, thay đổi, điểm mạnh, điểm yếu"),
                ("Scorecards", "Country, each unit, each indicator: place, change, strong and weak points"),
                "scorecards/en/index.html",
            ),
            _Entry(
                "#reports",
                ("Báo cáo theo đơn vị", "Bảng tính và một trang theo thể thức văn bản cho từng đơn vị"),
                ("Reports by unit", "A workbook and a one-page letter for each unit"),
                needs="reports",
            ),
        ),
    ),
    (
        "Tôi phân tích số liệu",
        "I analyse the figures",
        (
            _Entry(
                "dictionary.html",
                ("Từ điển dữ liệu", "Tìm bảng và cột; nguồn gốc đến tài liệu, kết quả kiểm tra, độ mới"),
                ("Data dictionary", "Find a table or column; where it is from down to the documents, tests, freshness"),
                "dictionary.en.html",
            ),
            _Entry(
                "dbt.html",
                ("Tài liệu dbt", "Cách tạo từng bảng, sơ đồ nguồn gốc, ai dùng bảng nào, câu SQL"),
                ("dbt docs", "How each table is made, the graph, who uses it, the SQL"),
            ),
            _Entry(
                "../datapackage.json",
                ("Các tệp CSV và Parquet", "Ở csv/ và parquet/; kiểu, khóa, ý nghĩa ở datapackage.json"),
                ("CSV and Parquet files", "In csv/ and parquet/; types, keys, meanings in datapackage.json"),
            ),
            _Entry(
                "../semantic_manifest.json",
                ("Định nghĩa số đo", "Một định nghĩa cho mọi công cụ: reform metrics list"),
                ("What every metric means", "One definition for every tool: reform metrics list"),
            ),
        ),
    ),
    (
        "Tôi cần biết có tin được không",
        "I want to know whether to rely on it",
        (
            _Entry(
                "quality.html",
                ("Chất lượng dữ liệu", "Gì vào, gì bị từ chối, gì đang chờ ai, gì chưa chắc"),
                ("Data quality", "What came in, was refused, waits and on whom, is shaky"),
                "quality.en.html",
            ),
            _Entry(
                "changes.html",
                ("Khác gì bản trước", "Số liệu công bố lại, thêm, bớt, không còn so sánh được"),
                ("What changed", "Against the release before: restated, added, removed, newly incomparable"),
                "changes.en.html",
            ),
            _Entry(
                "validation/index.html",
                ("Kết quả kiểm tra", "Từng quy tắc, từng tệp: đạt hay không"),
                ("What was checked", "Every rule, every file, and the outcome"),
            ),
            _Entry(
                "../manifest.json",
                ("Dữ liệu vào, phiên bản", "Tệp vào kèm mã băm, phiên bản mã nguồn, số dòng, mã băm của từng bảng"),
                ("Inputs and versions", "Input files and tables with hashes, versions, row counts"),
            ),
        ),
    ),
)
_WRITTEN_LATER = frozenset({"changes.html", "../manifest.json", "../semantic_manifest.json"})


def write_front_pages(database: Path, folder: Path, release_id: str, published_at: datetime) -> None:
    """Write the page in both languages into `folder`, from the release `database` and the pages that stand there."""
    with reader(database) as connection:
        catalog = own_catalog(connection)
        has_marts = all(columns_of(connection, catalog, table) for table in ("dim_index", "metric_yoy"))
        reports = _reports(
            folder, rows_of(connection, _UNITS) if columns_of(connection, catalog, "dim_unit") else []
        )
        indices = rows_of(connection, _INDICES) if has_marts else []
        beyond = [
            {"table_name": table, "name_vi": name_vi, "name_en": name_en}
            | rows_of(connection, _summary(table, time_column))[0]
            for table, time_column, name_vi, name_en in _BEYOND
            if columns_of(connection, catalog, table)
        ]
    for language, page_name in FRONT_PAGES.items():
        page = (
            page_environment(language)
            .get_template("front.html.j2")
            .render(
                release_id=release_id,
                published_at=published_at,
                indices=indices,
                beyond=[row for row in beyond if row["count"]],
                dictionary_page=DICTIONARY_PAGES[language],
                doors=_doors(language, folder),
                reports=reports,
                marks=MARKS.values(),
                other_page=FRONT_PAGES["en" if language == "vi" else "vi"],
            )
        )
        (folder / page_name).write_text(page, "utf-8")


def _reports(folder: Path, units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The units that have reports below `folder`, each with its files."""
    files: dict[str, list[str]] = {}
    for path in sorted((folder / "reports").glob("*.*")):
        files.setdefault(path.stem, []).append(path.name)
    return [unit | {"files": files[unit["unit_code"]]} for unit in units if unit["unit_code"] in files]


def _summary(table: str, time_column: str) -> str:
    return (
        f"select min({time_column}) as first, max({time_column}) as last, count(distinct unit_code) as units, "
        "count(*) as count, coalesce(bool_and(is_synthetic), false) as all_synthetic, "
        f"coalesce(bool_or(is_synthetic), false) as some_synthetic from marts.{table}"
    )


def _doors(language: Language, folder: Path) -> list[dict[str, Any]]:
    doors = []
    for title_vi, title_en, entries in _DOORS:
        there = [
            entry
            for entry in entries
            if entry.link in _WRITTEN_LATER or (folder / (entry.needs or entry.link)).exists()
        ]
        if there:
            title = title_vi if language == "vi" else title_en
            doors.append({"title": title, "entries": [entry.shown(language) for entry in there]})
    return doors
