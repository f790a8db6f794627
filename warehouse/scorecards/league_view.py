"""The league of one index and year: who stands where, on every map it has figures on, and what moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from warehouse.scorecards.chart_specs import distribution, tile_map
from warehouse.scorecards.material import PROVINCES, RANKED_SHARE, Figure, Indicator, Material
from warehouse.scorecards.pictures import Picture, figure_table, marks_in
from warehouse.scorecards.tiles import grid, tiles
from warehouse.scorecards.wording import Words

#: Moves shown in each direction.
MOVES = 5
_KIND_ORDER = ("province", "ministry", "region", "national")


@dataclass(frozen=True)
class Withheld:
    """Changes that are not printed for one reason, with its words where all share them."""

    reason: str
    count: int
    text: Words


@dataclass(frozen=True)
class Section:
    """The figures of one kind of unit on one map."""

    kind: str
    boundary: str
    rows: tuple[Figure, ...]
    on_the_map: int | None
    map_picture: Picture | None
    spread_picture: Picture | None
    up: tuple[Figure, ...]
    down: tuple[Figure, ...]
    comparable: int
    withheld: tuple[Withheld, ...]

    @property
    def is_ranked(self) -> bool:
        """Whether enough units have a value to speak of the highest and the lowest."""
        return self.on_the_map is not None and _with_value(self.rows) >= RANKED_SHARE * self.on_the_map

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.kind}-{self.boundary}"


@dataclass(frozen=True)
class LeagueView:
    """All sections of one indicator and year."""

    indicator: Indicator
    year: int
    sections: tuple[Section, ...]

    @property
    def file_name(self) -> str:
        """Name of its page."""
        return f"{self.indicator.code}-{self.year}.html"

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures of the page."""
        found = [picture for one in self.sections for picture in (one.map_picture, one.spread_picture)]
        return tuple(picture for picture in found if picture is not None)


def league_of(material: Material, code: str, year: int, *, is_drawn: bool = True) -> LeagueView:
    """The league of one indicator in one year; its pictures are left out where no page shows them."""
    indicator = material.indicators[code]
    figures = [
        one
        for one in material.of_indicator.get(code, [])
        if one.year == year and (one.value is not None or one.rank is not None)
    ]
    keys = sorted(
        {(one.unit_type, one.boundary) for one in figures}, key=lambda key: (_KIND_ORDER.index(key[0]), key[1])
    )
    sections = []
    for kind, boundary in keys:
        rows = [one for one in figures if (one.unit_type, one.boundary) == (kind, boundary)]
        sections.append(_section(material, indicator, year, kind, boundary, rows, is_drawn=is_drawn))
    return LeagueView(indicator, year, tuple(sections))


def by_place(material: Material, figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Ranked ones first by rank, then by value, then in the order of the alphabet."""
    return tuple(
        sorted(
            figures,
            key=lambda one: (
                one.rank is None,
                one.rank or 0,
                -(one.value if one.value is not None else float("-inf")),
                material.units[one.unit_code].place,
            ),
        )
    )


def _section(
    material: Material,
    indicator: Indicator,
    year: int,
    kind: str,
    boundary: str,
    figures: Sequence[Figure],
    *,
    is_drawn: bool,
) -> Section:
    rows = by_place(material, figures)
    on_the_map = _units_on_the_map(material, year, boundary) if kind == "province" else None
    enough = on_the_map is not None and _with_value(rows) >= RANKED_SHARE * on_the_map
    moved = sorted((one for one in rows if one.change is not None), key=lambda one: one.change or 0.0)
    both = [one for one in rows if one.value is not None and one.previous_value is not None]
    return Section(
        kind=kind,
        boundary=boundary,
        rows=rows,
        on_the_map=on_the_map,
        map_picture=_map(material, indicator, year, on_the_map, rows) if enough and on_the_map and is_drawn else None,
        spread_picture=_spread(material, indicator, year, boundary, rows) if enough and is_drawn else None,
        up=tuple(one for one in reversed(moved) if (one.change or 0) > 0)[:MOVES] if enough else (),
        down=tuple(one for one in moved if (one.change or 0) < 0)[:MOVES] if enough else (),
        comparable=sum(1 for one in both if one.is_comparable),
        withheld=_withheld(both),
    )


def _units_on_the_map(material: Material, year: int, boundary: str) -> int:
    """34 on the present map; on the source's the provinces there were in that year."""
    if boundary == "2025":
        return PROVINCES["2025"]
    return sum(
        1
        for unit in material.units.values()
        if unit.kind == "province"
        and (unit.valid_from is None or unit.valid_from.year <= year)
        and (unit.valid_to is None or unit.valid_to.year > year)
    )


def _with_value(rows: Sequence[Figure]) -> int:
    return sum(1 for one in rows if one.value is not None)


def _withheld(both: Sequence[Figure]) -> tuple[Withheld, ...]:
    reasons = Counter(one.reason for one in both if not one.is_comparable and one.reason)
    found = []
    for reason, count in reasons.most_common():
        texts = {one.reason_text for one in both if one.reason == reason}
        found.append(Withheld(reason, count, texts.pop() if len(texts) == 1 else ("", "")))
    return tuple(found)


def _map(
    material: Material, indicator: Indicator, year: int, on_the_map: int, rows: Sequence[Figure]
) -> Picture | None:
    """The tile map, where all units with a figure have a tile on it: not so before Hà Tây became part of Hà Nội."""
    version = str(on_the_map)
    if version not in ("34", "63") or not {one.unit_code for one in rows} <= {one.unit_code for one in grid(version)}:
        return None
    drawn = tiles(version, year, material.units, {one.unit_code: one for one in rows}, min(indicator.places, 2))
    name = indicator.name
    return Picture(
        name=f"leagues/{indicator.code.lower()}-{year}-map-{version}",
        drawing=tile_map(drawn),
        title=(f"{name[0]} {year}: {version} tỉnh, thành phố", f"{name[1]} {year}: {version} provinces"),
        text=(
            "Mỗi ô là một tỉnh, thành phố, gồm giá trị và thứ hạng; ô càng đậm giá trị càng cao (bốn nhóm bằng nhau), "
            "gạch ngang: chưa có số liệu. Hoàng Sa thuộc thành phố Đà Nẵng, Trường Sa thuộc tỉnh Khánh Hòa.",
            "Each tile is a province with its value and rank; the darker, the higher (four equal groups), a dash: no "
            "figure. Hoang Sa belongs to Da Nang City, Truong Sa to Khanh Hoa Province.",
        ),
        table=figure_table(material, rows),
        marks=marks_in(rows),
    )


def _spread(material: Material, indicator: Indicator, year: int, boundary: str, rows: Sequence[Figure]) -> Picture:
    values = [one.value for one in rows if one.value is not None]
    name = indicator.name
    return Picture(
        name=f"leagues/{indicator.code.lower()}-{year}-spread-{boundary}",
        drawing=distribution(values, median(values)),
        title=(
            f"{name[0]} {year}: phân bố của {len(values)} tỉnh",
            f"{name[1]} {year}: spread of {len(values)} provinces",
        ),
        text=(
            "Số trên mỗi cột là số tỉnh trong khoảng giá trị đó; đường nét đứt là trung vị.",
            "The number on a bar is how many provinces lie in that span of values; the dashed line is the median.",
        ),
        table=figure_table(material, rows),
        marks=marks_in(rows),
    )
