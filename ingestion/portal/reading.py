"""Reading an archived fetch: the same bytes give the same figures, without asking the portal again.

What the catalogue describes becomes a figure; what is described and gone, or here and not described, becomes a row that
waits in the quarantine. Nothing is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.figure_rows import Figure, figure_table
from ingestion.layouts import batch_id_for
from ingestion.names import UnitResolver
from ingestion.portal.catalogue import Service, catalogue_version, services
from ingestion.portal.field_figures import FieldReader
from ingestion.portal.refusing import refused
from ingestion.portal.rows import Row, rows_in
from ingestion.portal.warc_file import Fetch, read_fetch
from ingestion.resolver import default_resolver
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument

STANDIN = "portal_standin"
_VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
_PERIODS = {"month": r"20\d\d-(?:0[1-9]|1[0-2])", "year": r"20\d\d", "week": r"20\d\d-W(?:0[1-9]|[1-4]\d|5[0-3])"}


@dataclass(frozen=True)
class _When:
    """What a fetch is of: the year and month asked for, and the day whose map holds."""

    year: int
    month: int | None
    day: date


def parse(document: SourceDocument, path: Path) -> ParsedBatch:
    """Read one archived fetch of the portal or of its stand-in.

    Raises:
        Refused: the file is no whole fetch, its answers are no rows, made-up answers came under the real portal's name
            or real ones under the stand-in's, or a month was asked for before it was over.
    """
    fetch = read_fetch(path)
    _refuse_mismatch(document, fetch)
    service = _service(document, fetch)
    when = _when(document, service, fetch)
    if service.reading == "none":
        return _batch(document, service, fetch, when, [], (f"{service.reason_vi} · {service.reason_en}",))
    rows = rows_in(fetch, document.file_name)
    resolver = default_resolver()
    geography = resolver.geography_on(when.day)
    reader = FieldReader(service, when.year, when.month, geography.geography_version if geography else None)
    reader.tell_apart(rows)
    figures = [figure for row in rows for figure in reader.figures(row, _unit(service, row, resolver, when.day))]
    return _batch(document, service, fetch, when, figures, (*reader.decisions, *_copies(rows)))


def _unit(service: Service, row: Row, resolver: UnitResolver, day: date) -> Figure:
    """A figure that holds nothing but the unit of `row`: the one it names, else the one asked for."""
    geography = resolver.geography_on(day)
    named = row.values.get(service.row_unit_field or "")
    unit = Figure(
        unit_text="",
        unit_locator=f"{row.place}.{service.row_unit_field}" if named is not None else row.place,
        unit_type="province",
        indicator_text="",
        indicator_code="",
        data_year=day.year,
        geography_version=geography.geography_version if geography else None,
    )
    if named is None and row.asked_unit:
        unit.unit_text, unit.unit_code = resolver.name_of(row.asked_unit) or row.asked_unit, row.asked_unit
        return unit
    unit.unit_text = str(named or "")[:400].strip()
    match = resolver.resolve(
        _bare(unit.unit_text, service.unit_words),
        unit_type="province",
        data_year=day.year,
        geography_version=unit.geography_version,
    )
    unit.unit_code, unit.parse_issue = match.unit_code, match.issue
    unit.unit_candidates = "; ".join(match.candidates) or None if match.unit_code is None else None
    if row.asked_unit and match.unit_code and match.unit_code != row.asked_unit:
        unit.unit_code, unit.parse_issue = None, "name_unresolved"
        unit.unit_candidates = f"{match.unit_code} is named, but {row.asked_unit} was asked for"
    return unit


def _bare(text: str, words: tuple[str, ...]) -> str:
    """The name without the words for its office."""
    for word in words:
        if text.casefold().startswith(f"{word.casefold()} "):
            return text[len(word) :].strip()
    return text


def _copies(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.copies:
            yield f"{', '.join(row.copies)}: the same row as {row.place}, counted once"


def _refuse_mismatch(document: SourceDocument, fetch: Fetch) -> None:
    is_standin = document.source == STANDIN
    for exchange in fetch.exchanges:
        if exchange.is_standin != is_standin:
            found = "an answer marked synthetic" if exchange.is_standin else "an answer without the stand-in's mark"
            expected = "answers of the stand-in" if is_standin else "answers of the real portal"
            raise refused(
                "synthetic_mismatch", document.file_name, found, expected, place=f"record {exchange.record_no}"
            )


def _service(document: SourceDocument, fetch: Fetch) -> Service:
    found = services().get(fetch.service)
    if found is None:
        raise Refused(
            Refusal(
                file_name=document.file_name,
                rule="portal_service_unknown",
                found=fetch.service[:100],
                expected=f"one of {', '.join(sorted(services()))}",
                text_en="the fetch is of a service nobody has described",
                text_vi="tệp là của một dịch vụ chưa được mô tả",
                action="describe the service in data/reference/portal/services.yml and run again",
            )
        )
    return found


def _when(document: SourceDocument, service: Service, fetch: Fetch) -> _When:
    """What was asked for, as the requests and the fetch both say."""
    asked = {(_whole(item.request_params, "p_nam"), _whole(item.request_params, "p_thang")) for item in fetch.exchanges}
    year, month = next(iter(asked)) if len(asked) == 1 else (0, 0)
    fetched_on = fetch.started_at.astimezone(_VIET_NAM).date()
    printed = {"month": f"{year}-{month:02d}", "year": str(year)}.get(service.period_kind, fetch.period)
    is_sound = re.fullmatch(_PERIODS[service.period_kind], fetch.period) and fetch.period == printed
    if not is_sound or not 2000 <= year <= 2100:
        raise _refused_period(
            document,
            rule="portal_period_mismatch",
            found=f"{fetch.period}, and questions about {sorted(asked)[:3]}",
            expected=f"one {service.period_kind}, and questions about it only",
            text_en="the period of the fetch is not the one its questions ask for",
            text_vi="kỳ của lần lấy số liệu khác với kỳ trong các câu hỏi",
            action="fetch the period again",
        )
    if service.period_kind != "month":
        return _When(year, None, min(date(year, 12, 31), fetched_on))
    first_after = date(year + month // 12, month % 12 + 1, 1)
    if fetched_on < first_after:
        raise _refused_period(
            document,
            rule="portal_month_not_over",
            found=f"asked on {fetched_on}",
            expected=f"{first_after} or later",
            text_en="the portal was asked before the month was over, so the counts are of a part of it",
            text_vi="số liệu được lấy khi tháng chưa kết thúc nên chỉ là một phần của tháng",
            action="nothing to mend: fetch the month again when it is over",
        )
    return _When(year, month, first_after - timedelta(days=1))


def _refused_period(document: SourceDocument, **words: str) -> Refused:
    return Refused(Refusal(file_name=document.file_name, **words))


def _whole(params: dict[str, Any], name: str) -> int:
    text = str(params.get(name, ""))
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def _batch(
    document: SourceDocument,
    service: Service,
    fetch: Fetch,
    when: _When,
    figures: list[Figure],
    remarks: tuple[str, ...],
) -> ParsedBatch:
    # A rolling value is one document, the score of the year, of which each week's fetch is a later state.
    period = str(when.year) if service.period_kind == "week" else fetch.period
    source_key = f"{document.source}:{fetch.service}:{period}:{fetch.scope}"
    mark = " (số liệu giả lập · synthetic)" if document.source == STANDIN else ""
    fetched_at: datetime = fetch.started_at
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, catalogue_version()),
        document=document,
        dataset=service.reading if service.reading != "none" else "portal_archived",
        source_key=source_key,
        layout_id=f"portal/{service.service}",
        reader=f"warcio {version('warcio')}, json",
        data_years=(when.year,),
        published_at=fetched_at.astimezone(_VIET_NAM).date(),
        publisher=None,
        title=f"{service.name_vi} · {service.name_en}, {fetch.period}, {fetch.scope}{mark}",
        sheets_read=(f"{len(fetch.exchanges)} answers",) if figures else (),
        sheets_skipped=remarks,
        figures=figure_table(figures),
        fetched_at=fetched_at,
    )
