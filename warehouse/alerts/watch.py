"""What lasts and nobody reports by failing: overdue editions, rows that wait, warnings that stay.

Only the current release is read, read-only, as any reader reads it.
"""

from __future__ import annotations

import calendar
import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from warehouse.alerts.event import Event, event_key, now
from warehouse.connection import reader
from warehouse.home import REFERENCE_DIR

#: Documents or files that are named in one event; the rest is counted.
NAMED = 15


Watch = Literal["overdue", "waiting", "warnings"]

_VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


def look(database: Path, watch: Watch, limits: Mapping[str, float]) -> list[Event]:
    """What one watch finds in the release `database` at this moment.

    `limits` is the share (0 to 1) of a document's rows that may wait, by dataset.
    """
    moment = now()
    if watch == "overdue":
        return overdue_sources(database, release_rules(), moment.astimezone(_VIET_NAM).date())
    if watch == "waiting":
        return waiting_over(database, limits)
    return warnings_stayed(database)


@dataclass(frozen=True)
class ReleaseRule:
    """When the yearly edition of an index is due (`data/reference/index_release.csv`)."""

    index_code: str
    due_month: int
    lag_years: int
    grace_days: int

    def overdue_from(self, data_year: int) -> date:
        """The first day on which the edition of `data_year` is overdue."""
        year = data_year + self.lag_years
        last_day = date(year, self.due_month, calendar.monthrange(year, self.due_month)[1])
        return last_day + timedelta(days=self.grace_days + 1)

    def latest_due(self, today: date) -> int:
        """The latest data year whose edition should be here by `today`."""
        year = today.year - self.lag_years
        return year if self.overdue_from(year) <= today else year - 1


def release_rules(reference_dir: Path = REFERENCE_DIR) -> list[ReleaseRule]:
    """The rules of all indexes that have one."""
    with (reference_dir / "index_release.csv").open(encoding="utf-8", newline="") as stream:
        return [
            ReleaseRule(row["index_code"], int(row["due_month"]), int(row["lag_years"]), int(row["grace_days"]))
            for row in csv.DictReader(stream)
        ]


def overdue_sources(database: Path, rules: Iterable[ReleaseRule], today: date) -> list[Event]:
    """One event for each index whose edition is due and not in the release.

    An index of which the release holds nothing was never received here and is not missed.
    """
    with reader(database) as connection:
        held = _latest_editions(connection)
    events = []
    for rule in rules:
        due = rule.latest_due(today)
        found = held.get(rule.index_code)
        if found is None or found.last_year >= due:
            continue
        events.append(_overdue(rule, found, due, today))
    return events


@dataclass(frozen=True)
class _Edition:
    name_vi: str
    name_en: str
    publisher_vi: str
    publisher_en: str
    source_url: str
    last_year: int
    units: int


def _latest_editions(connection: duckdb.DuckDBPyConnection) -> dict[str, _Edition]:
    rows = connection.execute(
        """
        with figure as (
            select indicator.index_code, observation.data_year, observation.unit_code
            from marts.fct_observation as observation
            join marts.dim_indicator as indicator on observation.indicator_code = indicator.indicator_code
            where observation.value is not null and not observation.is_superseded
        ),
        last_edition as (select index_code, max(data_year) as data_year from figure group by index_code)
        select d.index_code, d.name_vi, d.name_en, d.publisher_vi, d.publisher_en, coalesce(d.source_url, ''),
               f.data_year, count(distinct f.unit_code)
        from figure as f
        join last_edition as l on f.index_code = l.index_code and f.data_year = l.data_year
        join marts.dim_index as d on f.index_code = d.index_code
        group by d.index_code, d.name_vi, d.name_en, d.publisher_vi, d.publisher_en, d.source_url, f.data_year
        """
    ).fetchall()
    return {str(row[0]): _Edition(*row[1:]) for row in rows}


def latest_years(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """By index of which the release holds figures, the year of its latest edition."""
    return {index: edition.last_year for index, edition in _latest_editions(connection).items()}


def _overdue(rule: ReleaseRule, found: _Edition, due: int, today: date) -> Event:
    # The oldest missing edition says how long the wait has been.
    days = (today - rule.overdue_from(found.last_year + 1)).days + 1
    year = due + rule.lag_years
    return Event(
        kind="source_overdue",
        subject=rule.index_code,
        title_vi=f"Nguồn quá hạn: {rule.index_code} năm {due} chưa có",
        title_en=f"Source overdue: {rule.index_code} for {due} has not come",
        lines=(
            f"Chỉ số · Index: {found.name_vi} · {found.name_en}",
            f"Cơ quan công bố · Publisher: {found.publisher_vi} · {found.publisher_en}",
            f"Năm mới nhất đang có · Latest year here: {found.last_year} ({found.units} đơn vị · units)",
            f"Thường có trước hết tháng · Usually out by the end of: {rule.due_month:02d}/{year} "
            f"(+ {rule.grace_days} ngày · days)",
            f"Đã quá hạn · Overdue for: {days} ngày · days",
            "Việc cần làm · What to do: hỏi cơ quan công bố, đặt tệp vào thư mục landing; nếu lịch công bố đã đổi thì "
            "sửa data/reference/index_release.csv. · Ask the publisher and put the file into the landing folder; if "
            "the calendar has changed, correct data/reference/index_release.csv.",
        ),
        owner="data_provider",
        link=found.source_url,
        happened_at=now(),
        key=event_key("source_overdue", rule.index_code, str(due)),
    )


def waiting_over(database: Path, limits: Mapping[str, float]) -> list[Event]:
    """One event for each dataset with documents of which a larger share waits than `limits` allows (0 to 1).

    Such documents entered because they are short (a suite refuses a batch only from a number of bad rows on).
    """
    with reader(database) as connection:
        rows = connection.execute(
            """
            select d.dataset, d.file_name, d.sha256, least(d.quarantined_count, max(q.rows_checked) - d.figure_count),
                   max(q.rows_checked), string_agg(distinct q.rule_id, ', ' order by q.rule_id), min(q.owner)
            from marts.dim_source_document as d
            join marts.data_quality as q on q.source_document_id = d.source_document_id and q.batch_id = d.batch_id
            where q.outcome = 'quarantined' and not d.is_superseded
            group by d.dataset, d.file_name, d.sha256, d.quarantined_count, d.figure_count
            order by d.dataset, d.file_name, d.sha256
            """
        ).fetchall()
    by_dataset: dict[str, list[_Waiting]] = {}
    for dataset, file_name, sha256, waiting, checked, rule_ids, owner in rows:
        if dataset in limits and checked and waiting / checked > limits[dataset]:
            one = _Waiting(file_name, sha256, int(waiting), int(checked), rule_ids, owner)
            by_dataset.setdefault(dataset, []).append(one)
    return [_waiting_event(dataset, limits[dataset], found) for dataset, found in by_dataset.items()]


@dataclass(frozen=True)
class _Waiting:
    file_name: str
    sha256: str
    rows: int
    checked: int
    rule_ids: str
    owner: str


def _waiting_event(dataset: str, limit: float, found: list[_Waiting]) -> Event:
    rows = sum(one.rows for one in found)
    return Event(
        kind="quarantine_over_threshold",
        subject=dataset,
        title_vi=f"Quá nhiều dòng đang chờ: {dataset}, {rows} dòng trong {len(found)} tệp",
        title_en=f"Too many rows wait: {dataset}, {rows} rows in {len(found)} files",
        lines=(
            *(
                f"{one.file_name}: {one.rows}/{one.checked} dòng chờ · rows wait ({one.rule_ids})"
                for one in found[:NAMED]
            ),
            *_left(len(found)),
            f"Ngưỡng của bộ dữ liệu · Threshold of the dataset: {limit:.0%} số dòng của một tệp · of a file's rows",
            "Việc cần làm · What to do: `reform quarantine list` nêu từng dòng và cách sửa. · `reform quarantine list` "
            "names every row and how to mend it.",
        ),
        owner=found[0].owner,
        link="",
        happened_at=now(),
        key=event_key("quarantine_over_threshold", dataset, *(f"{one.sha256}:{one.rows}" for one in found)),
    )


def warnings_stayed(database: Path) -> list[Event]:
    """One event for each rule whose warnings, or waiting rows, ask for a decision: they stand in several releases.

    A release from before this was counted has none. See `data_quality_standing`.
    """
    with reader(database) as connection:
        if not connection.execute(
            "select 1 from duckdb_tables() where table_name = 'data_quality_standing'"
        ).fetchall():
            return []
        rows = connection.execute(
            """
            select suite, rule_id, min(owner), min(first_published_at), max(release_count),
                   list(concat_ws(' ', file_name, subject, concat('(', rows_failed, ')')) order by file_name, subject)
            from marts.data_quality_standing
            where needs_decision
            group by suite, rule_id
            order by suite, rule_id
            """
        ).fetchall()
    return [_stayed(*row) for row in rows]


def _stayed(suite: str, rule_id: str, owner: str, since: datetime, releases: int, what: list[str]) -> Event:
    return Event(
        kind="warning_stayed",
        subject=f"{suite}.{rule_id}",
        title_vi=f"Cần quyết định: {rule_id} ({suite}) đã đứng trong {releases} bản phát hành",
        title_en=f"A decision is asked for: {rule_id} ({suite}) has stood in {releases} releases",
        lines=(
            f"Từ ngày · Since: {since:%d/%m/%Y}",
            *(f"{one} dòng · rows" for one in what[:NAMED]),
            *_left(len(what)),
            "Việc cần làm: sửa số liệu, hoặc ghi lý do chấp nhận vào data/reference/accepted_warning.csv. · "
            "What to do: mend the data, or give the reason to live with it in data/reference/accepted_warning.csv.",
        ),
        owner=owner,
        link="",
        happened_at=now(),
        key=event_key("warning_stayed", f"{suite}.{rule_id}", *what),
    )


def _left(count: int) -> tuple[str, ...]:
    left = count - NAMED
    return (f"Và {left} tệp nữa. · And {left} more files.",) if left > 0 else ()
