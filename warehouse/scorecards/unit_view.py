"""The page of one unit: where it stands, how it got there, what is strong and what is weak."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.marks import Mark, legend, marks_of
from warehouse.scorecards.chart_specs import Interval, MonthPoint, Step, intervals, months, trend, waterfall
from warehouse.scorecards.material import Figure, Indicator, Material, Row, Unit, value_marks
from warehouse.scorecards.pictures import Picture, figure_table, marks_in, row_table
from warehouse.scorecards.series import Break, points_of
from warehouse.scorecards.wording import Words

#: How every sentence of evidence begins: `Năm 2022, Lào Cai – “Y tế công lập” (PAPI): `.
_SUBJECT = re.compile(r'^[^“"]* – [“"][^”"]*[”"](?: \([^)]*\))?: ')
#: More months than that make the labels of the axis run into each other.
_MONTHS = 14
_PART_COLUMNS = (
    "unit_code", "total_code", "component_code", "data_year", "previous_year", "boundary", "contribution_kind",
    "comparable_contribution", "is_component_comparable", "total_difference",
)  # fmt: skip
_WAVE_COLUMNS = (
    "unit_code", "wave_id", "data_year", "measure_code", "share_pct", "ci_low_pct", "ci_high_pct", "respondents",
    "design_effect", "rank", "rank_low", "rank_high", "units_ranked", "is_comparable", "not_comparable_reason",
    "change_points",
)  # fmt: skip
_MONTH_COLUMNS = (
    "unit_code", "data_month", "boundary", "dossiers", "on_time_rate_pct", "filed_online_pct",
    "month_not_comparable_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Position:
    """The newest figure of one index, and its rank on the other map where the unit stands on both."""

    indicator: Indicator
    figure: Figure
    other_rank: Figure | None


@dataclass(frozen=True)
class Trend:
    """The series of one index: its picture where there are two points, the breaks in it, and every figure."""

    indicator: Indicator
    picture: Picture | None
    breaks: tuple[Break, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Contribution:
    """What every part put into the change of a total; the latest year that can be compared."""

    indicator: Indicator
    year: int
    previous_year: int
    picture: Picture
    not_the_latest: Figure | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Evidence:
    """A strong or weak point in one sentence, with its figure's place in the trail."""

    indicator: Indicator
    year: int
    sentence: Words
    body: Words | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Verdicts:
    """The strong and weak points of one index in its latest year that has any."""

    index_code: str
    year: int
    strong: tuple[Evidence, ...]
    weak: tuple[Evidence, ...]


@dataclass(frozen=True)
class Goal:
    """A target and where the unit stands towards it."""

    status: str
    indicator_code: str
    index_code: str
    year: int
    sentence: Words
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class UnitView:
    """Everything on the page of a unit."""

    unit: Unit
    predecessors: tuple[Unit, ...]
    successors: tuple[Unit, ...]
    positions: tuple[Position, ...]
    trends: tuple[Trend, ...]
    contributions: tuple[Contribution, ...]
    verdicts: tuple[Verdicts, ...]
    goals: tuple[Goal, ...]
    satisfaction: Picture | None
    satisfaction_rows: tuple[Row, ...]
    portal: Picture | None
    portal_rows: tuple[Row, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures of the page."""
        found = [one.picture for one in self.trends] + [one.picture for one in self.contributions]
        found += [self.satisfaction, self.portal]
        return tuple(picture for picture in found if picture is not None)


def view_of(material: Material, code: str) -> UnitView:
    """The view of one unit, on the map its territory belongs to."""
    unit = material.units[code]
    figures = material.of_unit.get(code, [])
    totals = [one for one in figures if one.boundary == unit.boundary and one.indicator_code == one.index_code]
    satisfaction = material.satisfaction.get(code, [])
    portal = [row for row in material.portal.get(code, []) if row["boundary"] == unit.boundary][-_MONTHS:]
    return UnitView(
        unit=unit,
        predecessors=_kin(material, code, "successor_code", "predecessor_code"),
        successors=_kin(material, code, "predecessor_code", "successor_code"),
        positions=_positions(material, totals, figures),
        trends=_trends(material, unit, totals),
        contributions=_contributions(material, unit, totals),
        verdicts=_verdicts(material, unit),
        goals=_goals(material, unit),
        satisfaction=_satisfaction(material, unit, satisfaction),
        satisfaction_rows=tuple(row for row in satisfaction if not row["is_suppressed"]),
        portal=_portal(unit, portal),
        portal_rows=tuple(portal),
    )


def _kin(material: Material, code: str, own: str, other: str) -> tuple[Unit, ...]:
    kin = {row[other] for row in material.lineage if row[own] == code}
    return tuple(sorted((material.units[one] for one in kin), key=lambda unit: unit.place))


def _positions(material: Material, totals: Sequence[Figure], figures: Sequence[Figure]) -> tuple[Position, ...]:
    newest: dict[str, Figure] = {}
    for figure in totals:
        if figure.value is not None or figure.rank is not None:
            newest[figure.index_code] = figure
    elsewhere = {
        (one.indicator_code, one.year): one for one in figures if one.boundary == "2025" and one.rank is not None
    }
    return tuple(
        Position(
            material.indicators[code],
            one,
            elsewhere.get((one.indicator_code, one.year)) if one.boundary == "published" else None,
        )
        for code, one in sorted(newest.items(), key=lambda item: (-item[1].year, item[0]))
    )


def _trends(material: Material, unit: Unit, totals: Sequence[Figure]) -> tuple[Trend, ...]:
    found = []
    for code in dict.fromkeys(one.index_code for one in totals):
        series = [one for one in totals if one.index_code == code]
        indicator = material.indicators[code]
        points, breaks = points_of(series)
        picture = None
        if len(points) > 1:
            name = indicator.name
            years = f"{points[0].year}–{points[-1].year}"
            picture = Picture(
                name=f"units/{unit.code}-{code.lower()}-trend",
                drawing=trend(points, breaks, places=indicator.places),
                title=(f"{name[0]}, {unit.full_name[0]}, {years}", f"{name[1]}, {unit.full_name[1]}, {years}"),
                text=_trend_text(points[0].year, points[-1].year, len(points), breaks),
                table=figure_table(material, series),
                marks=marks_in(series),
            )
        found.append(Trend(indicator, picture, breaks, tuple(series)))
    return tuple(sorted(found, key=lambda one: (one.picture is None, one.indicator.code)))


def _trend_text(first: int, last: int, count: int, breaks: Sequence[Break]) -> Words:
    years = ", ".join(str(one.year) for one in breaks)
    if not breaks:
        return (
            f"{count} năm có giá trị, từ {first} đến {last}; không có điểm gãy giữa hai năm liền nhau.",
            f"{count} years with a value, {first} to {last}; no break between two neighbouring years.",
        )
    return (
        f"{count} năm có giá trị, từ {first} đến {last}; đường bị ngắt vì không so sánh được với năm trước ở: {years}.",
        f"{count} years with a value, {first} to {last}; the line is interrupted, as the year before cannot be "
        f"compared, at: {years}.",
    )


def _contributions(material: Material, unit: Unit, totals: Sequence[Figure]) -> tuple[Contribution, ...]:
    found = []
    rows = [row for row in material.contributions.get(unit.code, []) if row["boundary"] == unit.boundary]
    for code in dict.fromkeys(row["index_code"] for row in rows):
        years = list(dict.fromkeys(row["data_year"] for row in rows if row["index_code"] == code))
        for year in reversed(years):
            parts = [row for row in rows if row["index_code"] == code and row["data_year"] == year]
            own = next((one for one in totals if one.index_code == code and one.year == year), None)
            if own is None or sum(1 for row in parts if row["comparable_contribution"] is not None) < 2:
                continue
            newest = [one for one in totals if one.index_code == code and one.value is not None and one.year > year]
            found.append(_contribution(material, unit, own, parts, newest[-1] if newest else None))
            break
    return tuple(found)


def steps_of(material: Material, own: Figure, parts: Sequence[Row]) -> tuple[Step, ...]:
    """The bars from the value of the year before to this one's.

    A part that cannot be compared by itself gets no bar: what all of these changed together is one last bar, without
    which the bars would not add up.
    """
    before, after = own.previous_value or 0.0, own.value or 0.0
    steps = [Step((str(own.previous_year), str(own.previous_year)), 0.0, before, None)]
    level = before
    for row in parts:
        amount = row["comparable_contribution"]
        if amount is None:
            continue
        steps.append(Step(material.indicators[row["component_code"]].name, level, level + amount, amount))
        level += amount
    if abs(after - level) > 1e-9:
        rest = ("Các phần không so sánh riêng được", "Parts that cannot be compared singly")
        steps.append(Step(rest, level, after, after - level, is_comparable=False))
    steps.append(Step((str(own.year), str(own.year)), 0.0, after, None))
    return tuple(steps)


def _contribution(
    material: Material, unit: Unit, own: Figure, parts: Sequence[Row], newer: Figure | None
) -> Contribution:
    indicator = material.indicators[own.index_code]
    steps = steps_of(material, own, parts)
    picture = Picture(
        name=f"units/{unit.code}-{own.index_code.lower()}-parts",
        drawing=waterfall(steps),
        title=(
            f"{indicator.name[0]}: thay đổi {own.previous_year}–{own.year} do đâu",
            f"{indicator.name[1]}: what made the change {own.previous_year}–{own.year}",
        ),
        text=(
            "Mỗi thanh là phần một thành phần đóng góp. Thanh đặc: tăng; thanh rỗng: giảm; viền nét đứt: cộng chung "
            "các phần không so sánh riêng được.",
            "Each bar is what one part put in. Filled: up; empty: down; dashed: all parts together that cannot be "
            "compared singly.",
        ),
        table=row_table(parts, _PART_COLUMNS),
        marks=own.value_marks,
    )
    return Contribution(indicator, own.year, own.previous_year, picture, newer, own.value_marks)


def _verdicts(material: Material, unit: Unit) -> tuple[Verdicts, ...]:
    rows = [row for row in material.strengths.get(unit.code, []) if row["boundary"] == unit.boundary]
    found = []
    for code in dict.fromkeys(row["index_code"] for row in rows):
        year = max(row["data_year"] for row in rows if row["index_code"] == code)
        newest = [row for row in rows if row["index_code"] == code and row["data_year"] == year]
        found.append(
            Verdicts(
                code,
                year,
                tuple(_evidence(material, row) for row in newest if row["verdict"] == "strength"),
                tuple(_evidence(material, row) for row in reversed(newest) if row["verdict"] == "weakness"),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.year, one.index_code)))


def without_subject(sentence: str) -> str:
    """The sentence from its figure on: year, unit and indicator stand above it on the page already."""
    rest = _SUBJECT.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:]


def _evidence(material: Material, row: Row) -> Evidence:
    body = (row["responsible_body_name_vi"], row["responsible_body_name_en"])
    return Evidence(
        material.indicators[row["indicator_code"]],
        row["data_year"],
        (without_subject(row["evidence_vi"]), without_subject(row["evidence_en"])),
        body if body[0] else None,
        value_marks(row),
    )


def _goals(material: Material, unit: Unit) -> tuple[Goal, ...]:
    newest: dict[tuple[str, str], Row] = {}
    for row in material.targets.get(unit.code, []):
        if row["boundary"] == unit.boundary:
            newest.setdefault((row["target_code"], row["indicator_code"]), row)
    return tuple(
        Goal(
            row["status"],
            row["indicator_code"],
            material.indicators[row["indicator_code"]].index_code,
            row["data_year"],
            (row["evidence_vi"], row["evidence_en"]),
            marks_of(row),
        )
        for row in newest.values()
    )


def _satisfaction(material: Material, unit: Unit, rows: Sequence[Row]) -> Picture | None:
    known = [row for row in rows if not row["is_suppressed"] and row["share_pct"] is not None]
    if not known:
        return None
    last = max(row["data_year"] for row in known)
    shown = [row for row in known if row["data_year"] == last or row["measure_code"] == "SIPAS"]
    bars = []
    for row in shown:
        name = material.indicators[row["indicator_code"]].name
        vi, en = f"{row['data_year']} · {name[0]}", f"{row['data_year']} · {name[1]}"
        bars.append(Interval((vi, en), row["share_pct"], row["ci_low_pct"], row["ci_high_pct"]))
    return Picture(
        name=f"units/{unit.code}-satisfaction",
        drawing=intervals(bars),
        title=(f"Mức độ hài lòng, {unit.full_name[0]}", f"Satisfaction, {unit.full_name[1]}"),
        text=(
            "Tỷ lệ hài lòng (%) với khoảng tin cậy 95%; hai khoảng chồng nhau thì không kết luận đơn vị nào hơn.",
            "Share satisfied (%) with its 95% confidence interval; where two intervals overlap neither is better.",
        ),
        table=row_table(known, _WAVE_COLUMNS),
        marks=legend(known),
    )


def _portal(unit: Unit, rows: Sequence[Row]) -> Picture | None:
    if len(rows) < 2:
        return None
    piece = 0
    points: list[MonthPoint] = []
    for row in rows:
        reason = row["month_not_comparable_reason"]
        piece += bool(points and reason)
        stamp = f"{row['data_month'].month}/{row['data_month']:%y}"
        points.append(MonthPoint(stamp, row["on_time_rate_pct"], row["filed_online_pct"], piece))
    return Picture(
        name=f"units/{unit.code}-portal",
        drawing=months(points),
        title=(f"Cổng Dịch vụ công, {unit.full_name[0]}", f"National Public Service Portal, {unit.full_name[1]}"),
        text=(
            "Tỷ lệ hồ sơ trả đúng hạn (đường liền, chấm tròn) và nộp trực tuyến (nét đứt, ô vuông), %, theo tháng.",
            "Share of dossiers returned on time (full line, dots) and filed online (dashed, squares), %, by month.",
        ),
        table=row_table(rows, _MONTH_COLUMNS),
        marks=legend(rows),
    )
