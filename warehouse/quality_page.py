"""The page "Data quality" of a release, in Vietnamese and English: what came in, was refused, waits, and is shaky.

Everything on it is read from the release itself; it needs no script and no network, and prints on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from warehouse.charts import bars_over_releases, share_by_year
from warehouse.connection import reader
from warehouse.errors import Refusal
from warehouse.page_assets import write_assets
from warehouse.pages import Language, page_environment
from warehouse.quality_history import RELEASES_UNTIL_DECISION

PAGES: dict[Language, str] = {"vi": "quality.html", "en": "quality.en.html"}

#: More lines of one list than people read; the rest is counted and stands in the warehouse.
_SHOWN = 60
_RELEASES_IN_TREND = 15

_SOURCES = """
    select f.source, f.name_vi, f.name_en, f.is_synthetic, f.document_count - f.superseded_count as documents,
           f.first_data_year, f.latest_data_year, f.last_received_at,
           count(d.source_document_id) filter (
               where not d.is_superseded and ($since is null or d.received_at > $since)
           ) as new_documents,
           coalesce(sum(d.figure_count) filter (where not d.is_superseded), 0) as figures
    from marts.data_freshness as f
    left join marts.dim_source_document as d on d.source = f.source
    group by all order by f.source
"""
_STANDING = """
    select *, outcome = 'quarantined' as is_waiting from marts.data_quality_standing as s
    left join (
        select suite, rule_id, coalesce(source_key, '') as source_key, subject,
               any_value(accepted_reason_vi) as accepted_vi, any_value(accepted_reason_en) as accepted_en
        from marts.data_quality where is_accepted group by all
    ) as a using (suite, rule_id, source_key, subject)
    order by needs_decision desc, is_waiting desc, is_accepted, release_count desc, owner, rule_id, file_name, subject
"""
_WITHHELD = """
    select not_comparable_reason as reason, count(*) as changes, count(distinct indicator_code) as indicators
    from marts.metric_yoy
    where boundary = 'published' and not is_comparable and value is not null and previous_value is not null
    group by 1 order by 2 desc
"""
_SUSPECTED = """
    select indicator_code, data_year, name_vi, name_en, text_vi, text_en, reading_vi, reading_en
    from marts.dim_break_detection where is_withheld order by indicator_code, data_year
"""
_SHAKY = """
    select i.index_code, i.name_vi, i.name_en,
           count(*) filter (where v.figure_status = 'suspect') as suspect,
           count(*) filter (where v.has_conflict) as conflicts,
           count(*) filter (where v.correction_id is not null) as corrected,
           count(*) filter (where v.value_basis = 'derived') as derived,
           count(*) filter (where v.is_synthetic) as synthetic,
           count(*) as figures
    from marts.dim_index as i
    join marts.fct_indicator_value as v on v.index_code = i.index_code and v.boundary = 'published'
    group by all order by i.index_code
"""
_COMPARABLE = """
    select index_code as name, data_year as year, avg(case when is_comparable then 1.0 else 0 end) as share
    from marts.metric_yoy
    where boundary = 'published' and value is not null and previous_value is not null
    group by 1, 2 order by 1, 2
"""

_MEASURES = {
    "figures": ("Số liệu", "Figures"),
    "waiting_rows": ("Dòng đang chờ", "Rows that wait"),
    "refused_files": ("Tệp bị từ chối", "Refused files"),
    "warnings": ("Cảnh báo", "Warnings"),
    "suspect_figures": ("Số liệu đáng ngờ", "Suspect figures"),
    "corrected_figures": ("Số liệu đã đính chính", "Corrected figures"),
    "comparable_changes": ("Thay đổi so sánh được", "Changes that can be compared"),
    "withheld_changes": ("Thay đổi không in", "Changes withheld"),
}

_OWNERS = {
    "data_provider": ("Đơn vị gửi số liệu", "Who sent the data"),
    "reference_keeper": ("Người giữ bảng tham chiếu", "Keeper of the reference tables"),
    "data_engineer": ("Kỹ sư dữ liệu", "Data engineer"),
}

#: Why a change is not printed, in few words of both languages.
REASONS = {
    "break_suspected": ("Nghi có điểm gãy không ai công bố", "A break nobody announced is suspected"),
    "method_changed": ("Phương pháp thay đổi", "The method changed"),
    "scale_changed": ("Thang điểm thay đổi", "The scale changed"),
    "definition_changed": ("Định nghĩa thay đổi", "The definition changed"),
    "population_changed": ("Đối tượng khảo sát thay đổi", "The population asked changed"),
    "boundary_changed": ("Địa giới thay đổi", "The boundary changed"),
    "previous_missing": ("Năm trước không có giá trị", "The year before has no value"),
    "suppressed": ("Quá ít người trả lời hoặc hồ sơ", "Too few answers or dossiers"),
}


@dataclass(frozen=True)
class RefusedFile:
    """A file that waits outside the warehouse, with what is wrong with it."""

    file_name: str
    source: str
    refusals: tuple[Refusal, ...]


def write_quality_pages(database: Path, folder: Path, release_id: str, refused: tuple[RefusedFile, ...]) -> None:
    """Write the page in both languages into `folder`, from the release `database`; a part of a build gets none."""
    with reader(database) as connection:
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'data_quality_trend'").fetchall():
            return
        content = _content(connection, release_id)
    write_assets(folder)
    for language, name in PAGES.items():
        charts = _charts(content, language)
        page = (
            page_environment(language)
            .get_template("quality.html.j2")
            .render(
                **content,
                refused=refused,
                charts=charts,
                other_page=PAGES["en" if language == "vi" else "vi"],
                owners={code: words[language == "en"] for code, words in _OWNERS.items()},
                reasons={code: words[language == "en"] for code, words in REASONS.items()},
                measures={code: words[language == "en"] for code, words in _MEASURES.items()},
                releases_until_decision=RELEASES_UNTIL_DECISION,
                shown=_SHOWN,
            )
        )
        (folder / name).write_text(page, "utf-8")


def _content(connection: duckdb.DuckDBPyConnection, release_id: str) -> dict[str, Any]:
    def rows(sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        result = connection.execute(sql, parameters or {})
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    trend = rows("select * from marts.data_quality_trend order by published_at, measure")
    stamps = sorted({(row["published_at"], row["release_id"]) for row in trend})
    previous = stamps[-2] if len(stamps) > 1 else None
    return {
        "release_id": release_id,
        "published_at": stamps[-1][0],
        "previous_release_id": previous[1] if previous else None,
        "trend": trend,
        "now": {row["measure"]: row["count"] for row in trend if row["release_id"] == release_id},
        "sources": rows(_SOURCES, {"since": previous[0] if previous else None}),
        "standing": rows(_STANDING),
        "withheld": rows(_WITHHELD),
        "suspected": rows(_SUSPECTED),
        "shaky": rows(_SHAKY),
        "comparable": rows(_COMPARABLE),
    }


def _charts(content: dict[str, Any], language: Language) -> dict[str, Markup]:
    releases = sorted({(row["published_at"], row["release_id"]) for row in content["trend"]})[-_RELEASES_IN_TREND:]
    name_of = {release_id: f"{moment:%d/%m %H:%M}" for moment, release_id in releases}
    counted = {(row["release_id"], row["measure"]): row["count"] for row in content["trend"]}
    trend = [
        {"release": name_of[release_id], "measure": words[language == "en"], "count": counted.get((release_id, code))}
        for code, words in _MEASURES.items()
        for _, release_id in releases
    ]
    comparable = [row | {"label": f"{100 * row['share']:.0f}"} for row in content["comparable"]]
    titles = {
        "vi": ("Qua các bản phát hành", "Trong 100 thay đổi so với năm trước, số thay đổi so sánh được", "Chỉ số"),
        "en": ("Over the releases", "Of 100 changes against the year before, those that can be compared", "Index"),
    }[language]
    # Drawn by the library from our own words and counts; it escapes what it prints.
    return {
        "trend": Markup(bars_over_releases(trend, measure_title=titles[0])),  # noqa: S704  # nosec B704
        "comparable": Markup(share_by_year(comparable, title=titles[1], row_title=titles[2])),  # noqa: S704  # nosec B704
    }
