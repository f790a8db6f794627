"""The tile maps of 34 and 63 provinces, from `data/reference/map/tile_grid.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from warehouse.errors import EnvironmentBroken
from warehouse.home import REFERENCE_DIR
from warehouse.scorecards.chart_specs import Tile
from warehouse.scorecards.material import Figure, Unit
from warehouse.scorecards.wording import Words

GRID_FILE = REFERENCE_DIR / "map" / "tile_grid.yml"


#: Marks most tiles carry: a tile has no room for them, and the caption says which figures of the map carry them.
_SAID_BELOW = frozenset({"backcast", "assumption", "derived"})


@dataclass(frozen=True)
class Place:
    """Where a tile stands; `island` names the archipelago of an island tile, `unit_code` its province."""

    column: int
    row: int
    unit_code: str
    island: Words | None = None


@lru_cache(maxsize=2)
def grid(version: str) -> tuple[Place, ...]:
    """The places of the map of `34` or `63`.

    Raises:
        EnvironmentBroken: the file names an archipelago it does not describe.
    """
    content = yaml.safe_load(GRID_FILE.read_text("utf-8"))
    places = []
    for row, line in enumerate(content["maps"][version]):
        for column, word in enumerate(line.split()):
            if word.startswith("*"):
                island = content["islands"].get(word[1:])
                if island is None:
                    raise EnvironmentBroken(f"{GRID_FILE} places {word} but does not describe it under `islands`")
                name = (island["name_vi"], island["name_en"])
                places.append(Place(column, row, island["belongs_to"][version], name))
            elif word != ".":
                places.append(Place(column, row, word))
    return tuple(places)


def tiles(
    version: str, year: int, units: Mapping[str, Unit], figures: Mapping[str, Figure], decimals: int
) -> list[Tile]:
    """The tiles of one indicator and year: value and rank in words, the quarter of the values it lies in."""
    boundary = "2025" if version == "34" else "published"
    values = sorted(one.value for one in figures.values() if one.value is not None)
    drawn = []
    for place in grid(version):
        unit = units.get(place.unit_code)
        short = (place.unit_code,) * 2
        if unit:
            short = (unit.short_in(year, boundary), unit.name_in(year, boundary)[1])
        if place.island:
            drawn.append(Tile(place.column, place.row, place.island, f"({short[0]})", None))
            continue
        figure = figures.get(place.unit_code)
        if figure is None or figure.value is None:
            drawn.append(Tile(place.column, place.row, short, "–", 0))
            continue
        signs = "".join(mark.sign for mark in figure.value_marks if mark.code not in _SAID_BELOW)
        text = f"{figure.value:.{decimals}f}{signs}" + (f" · {figure.rank}" if figure.rank else "")
        below = sum(1 for value in values if value < figure.value)
        drawn.append(Tile(place.column, place.row, short, text, 1 + min(3, 4 * below // len(values))))
    return drawn
